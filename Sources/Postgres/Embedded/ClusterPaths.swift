import Glibc

/// Where things lie in a cluster's home.
struct ClusterPaths: Sendable {
  /// The port names the socket file; no TCP port is ever opened.
  static let port = 5432
  /// `sun_path` holds 108 bytes, the last of which is the NUL.
  static let longestSocketPathBytes = 107

  /// Absolute, without a slash at the end.
  let home: String

  /// PostgreSQL's data folder.
  var data: String { home + "/data" }
  /// Sockets, the users' FIFO and the running cluster's lock; open to one user only.
  var run: String { home + "/run" }
  /// Server logs.
  var log: String { home + "/log" }
  /// Held for as long as somebody starts, joins, repairs or stops the cluster.
  var lock: String { home + "/lock" }
  /// The FIFO whose write end every user holds and whose read end the keeper holds.
  var users: String { run + "/users" }
  /// Held by every process of the running PostgreSQL, by inheritance.
  var processLock: String { run + "/postgres.lock" }
  /// The socket that PostgreSQL will make.
  var socket: String { run + "/.s.PGSQL.\(Self.port)" }
  /// What PostgreSQL says before its own log is open.
  var startLog: String { log + "/start.log" }
  var creationLog: String { log + "/initdb.log" }
  var keeperLog: String { log + "/keeper.log" }
  var postmasterFile: String { data + "/postmaster.pid" }
  /// Unfinished clusters are named like this, so that a later start can clear them away.
  static let unfinishedPrefix = "data.unfinished-"

  /// Checks a home's text and its length; touches nothing.
  init(home given: String) throws(EmbeddedClusterError) {
    guard !given.isEmpty else {
      throw EmbeddedClusterError(.homeInvalid, "The home is empty. Give a folder with --home.")
    }
    // PostgreSQL keeps paths as lines of text in its lock file.
    guard given.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
      throw EmbeddedClusterError(
        .homeInvalid, "The home's path holds a control character. Give a plain path with --home.")
    }
    guard !given.contains(",") else {
      throw EmbeddedClusterError(
        .homeInvalid,
        "The home \(given) holds a comma, which PostgreSQL's clients read as the end of a host. "
          + "Choose a --home without one.")
    }
    var path = given
    if !path.hasPrefix("/") {
      guard let current = getcwd(nil, 0) else { throw .system("find", "the current folder", errno) }
      path = String(cString: current) + "/" + path
      free(current)
    }
    while path.utf8.count > 1 && path.hasSuffix("/") { path.removeLast() }
    home = path == "/" ? "" : path
    guard socket.utf8.count <= Self.longestSocketPathBytes else {
      let room = Self.longestSocketPathBytes - (socket.utf8.count - home.utf8.count)
      throw EmbeddedClusterError(
        .pathTooLong,
        "The home \(path) has \(home.utf8.count) bytes; its sockets leave room for \(room). "
          + "Choose a shorter --home.")
    }
  }

  /// The same home with every symbolic link resolved; the folder must exist.
  func resolved() throws(EmbeddedClusterError) -> ClusterPaths {
    guard let real = realpath(home, nil) else { throw .system("find", home, errno) }
    defer { free(real) }
    return try ClusterPaths(home: String(cString: real))
  }
}
