import Glibc

/// An installed PostgreSQL server.
struct ServerBinaries: Sendable {
  /// The oldest major version that sister's SQL runs on.
  static let oldestMajor = 15
  /// Where Debian and its relatives keep one folder per major version.
  static let debianRoot = "/usr/lib/postgresql"

  /// The folder that holds `initdb`, `postgres` and `pg_ctl`.
  let folder: String
  let major: Int

  var initdb: String { folder + "/initdb" }
  var postgres: String { folder + "/postgres" }
  var control: String { folder + "/pg_ctl" }

  /// Chooses the server to run: the one named by SISTER_PG_BIN; else, of `pg_config --bindir` and
  /// Debian's folders, the one that fits an existing data folder, or else the newest.
  static func locate(
    named override: String?, dataMajor: Int?, account: ClusterAccount
  ) throws(EmbeddedClusterError) -> ServerBinaries {
    let folders = override.map { [$0] } ?? candidateFolders(account)
    var found: [ServerBinaries] = []
    for folder in folders {
      guard let major = major(of: folder, account) else { continue }
      found.append(ServerBinaries(folder: folder, major: major))
    }
    if let dataMajor {
      if let fitting = found.first(where: { $0.major == dataMajor }) { return fitting }
      guard found.isEmpty else { throw mismatch(dataMajor, found) }
    }
    if let newest = found.max(by: { $0.major < $1.major }) {
      if newest.major >= oldestMajor { return newest }
      throw EmbeddedClusterError(
        .postgresMissing,
        "PostgreSQL \(newest.major) in \(newest.folder) is too old; \(oldestMajor) or newer is "
          + "needed. Install the Debian package postgresql.")
    }
    if let override {
      throw EmbeddedClusterError(
        .postgresMissing,
        "SISTER_PG_BIN names \(override), where no initdb, postgres and pg_ctl can be run. "
          + "Name the folder that holds them, or unset it.")
    }
    throw EmbeddedClusterError(
      .postgresMissing,
      "No PostgreSQL server is installed: neither `pg_config --bindir` nor \(debianRoot) has one. "
        + "Install the Debian package postgresql, name its folder in SISTER_PG_BIN, or use your "
        + "own server with --database-url.")
  }

  /// The major version that made a data folder.
  static func major(ofData folder: String) -> Int? {
    readTail(folder + "/PG_VERSION", limitBytes: 64).flatMap { text in
      Int(text.prefix { $0.isNumber })
    }
  }

  private static func mismatch(_ dataMajor: Int, _ found: [ServerBinaries]) -> EmbeddedClusterError
  {
    let list = found.map { "\($0.major) in \($0.folder)" }.joined(separator: ", ")
    return EmbeddedClusterError(
      .versionMismatch,
      "The data folder was made by PostgreSQL \(dataMajor), and found was: \(list). Install the "
        + "Debian package postgresql-\(dataMajor), name another folder in SISTER_PG_BIN, or move "
        + "the data with pg_upgrade.")
  }

  private static func candidateFolders(_ account: ClusterAccount) -> [String] {
    var folders: [String] = []
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    for folder in path.split(separator: ":") where folder.hasPrefix("/") {
      let program = "\(folder)/pg_config"
      guard access(program, X_OK) == 0 else { continue }
      let answer = ChildProcess.capture(account.command([program, "--bindir"]))
      if let line = answer?.split(separator: "\n").first { folders.append(String(line)) }
      break
    }
    for name in namesInFolder(debianRoot) where Int(name) != nil {
      folders.append("\(debianRoot)/\(name)/bin")
    }
    return folders
  }

  /// The version of a folder's server, or nil if a needed program is not there.
  private static func major(of folder: String, _ account: ClusterAccount) -> Int? {
    for program in ["initdb", "postgres", "pg_ctl"] {
      guard access("\(folder)/\(program)", X_OK) == 0 else { return nil }
    }
    guard let text = ChildProcess.capture(account.command([folder + "/postgres", "--version"]))
    else { return nil }
    // "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"
    for word in text.split(separator: " ") {
      if let major = Int(word.prefix { $0.isNumber }) { return major }
    }
    return nil
  }
}
