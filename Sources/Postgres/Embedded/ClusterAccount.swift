import Glibc

/// The operating-system user that runs PostgreSQL, and how to become that user.
///
/// PostgreSQL refuses to run as root. An ordinary user runs it as itself; root runs it as the
/// user who owns the home already, or else as `postgres`. Everything that is started for the
/// cluster, its keeper included, runs as this user: none of it needs more.
struct ClusterAccount: Sendable {
  let name: String
  let uid: uid_t
  let gid: gid_t
  /// The user that runs sister; it may log in to the cluster as well.
  let callerName: String
  /// The tool that becomes the account; nil where the caller is the account.
  private let setpriv: String?

  /// The account for a home that exists.
  static func resolve(_ paths: ClusterPaths) throws(EmbeddedClusterError) -> ClusterAccount {
    let caller = geteuid()
    guard let callerEntry = entry(uid: caller) else {
      throw EmbeddedClusterError(
        .accountMissing,
        "The user with number \(caller) has no entry in the user database, which PostgreSQL "
          + "needs. Add one to /etc/passwd, or run sister as a user that has one.")
    }
    let owner = FileStatus(paths.data)?.owner ?? FileStatus(paths.home)?.owner ?? caller
    guard caller == 0 else {
      guard owner == caller else {
        throw foreignHome(paths, owner: owner, caller: callerEntry.name)
      }
      return ClusterAccount(
        name: callerEntry.name, uid: caller, gid: callerEntry.gid, callerName: callerEntry.name,
        setpriv: nil)
    }
    guard let account = owner == 0 ? entry(name: "postgres") : entry(uid: owner) else {
      throw EmbeddedClusterError(
        .accountMissing,
        "PostgreSQL refuses to run as root, and there is no user "
          + (owner == 0 ? "postgres" : "with number \(owner), who owns \(paths.home)")
          + ". Install the Debian package postgresql, which brings that user, or run sister as an "
          + "ordinary user.")
    }
    guard let setpriv = findProgram("setpriv") else {
      throw EmbeddedClusterError(
        .accountMissing,
        "Running as root needs the program setpriv to start PostgreSQL as \(account.name). "
          + "Install the Debian package util-linux.")
    }
    return ClusterAccount(
      name: account.name, uid: account.uid, gid: account.gid, callerName: callerEntry.name,
      setpriv: setpriv)
  }

  /// The same command, run as this account with no way back to more rights.
  func command(_ arguments: [String]) -> [String] {
    guard let setpriv else { return arguments }
    return [
      setpriv, "--reuid=\(uid)", "--regid=\(gid)", "--clear-groups", "--inh-caps=-all",
      "--no-new-privs", "--",
    ] + arguments
  }

  /// Refuses a home that this account cannot reach. The kernel is asked, as this account,
  /// because mode bits alone do not know of access lists.
  func checkReach(_ paths: ClusterPaths) throws(EmbeddedClusterError) {
    guard setpriv != nil, try !canEnter(paths.home) else { return }
    var closed = paths.home
    var prefix = ""
    for part in paths.home.split(separator: "/") {
      prefix += "/" + part
      if try !canEnter(prefix) {
        closed = prefix
        break
      }
    }
    throw EmbeddedClusterError(
      .homeClosed,
      "\(closed) is closed to user \(name), who runs PostgreSQL because root may not. "
        + "Choose --home /var/lib/sister, or open the way with: chmod o+x \(closed)")
  }

  private func canEnter(_ folder: String) throws(EmbeddedClusterError) -> Bool {
    let child = try ChildProcess.spawn(
      command(["/bin/sh", "-c", "test -x \"$1\"", "sh", folder]))
    switch child.wait() {
    case .exited(0): return true
    case .exited(1): return false
    case .exited(let status):
      throw EmbeddedClusterError(
        .accountMissing,
        "Cannot become user \(name) to run PostgreSQL (setpriv ended with status \(status)). "
          + "Give this process the right to change users, or run sister as an ordinary user.")
    case .signalled, .unknown: return true  // the start itself will tell
    }
  }

  private static func foreignHome(
    _ paths: ClusterPaths, owner: uid_t, caller: String
  ) -> EmbeddedClusterError {
    EmbeddedClusterError(
      .homeUnwritable,
      "The home \(paths.home) belongs to user \(entry(uid: owner)?.name ?? String(owner)), and "
        + "sister runs as \(caller). Run it as that user or as root, or choose another --home.")
  }

  private static func entry(uid: uid_t) -> (name: String, uid: uid_t, gid: gid_t)? {
    lookUp { entry, buffer, result in
      getpwuid_r(uid, entry, buffer, bufferBytes, result)
    }
  }

  private static func entry(name: String) -> (name: String, uid: uid_t, gid: gid_t)? {
    lookUp { entry, buffer, result in
      getpwnam_r(name, entry, buffer, bufferBytes, result)
    }
  }

  private typealias Lookup = (
    UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>,
    UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
  ) -> Int32

  private static func lookUp(_ call: Lookup) -> (name: String, uid: uid_t, gid: gid_t)? {
    var entry = passwd()
    var result: UnsafeMutablePointer<passwd>?
    let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: bufferBytes)
    defer { buffer.deallocate() }
    guard call(&entry, buffer, &result) == 0, result != nil, let name = entry.pw_name else {
      return nil
    }
    return (String(cString: name), entry.pw_uid, entry.pw_gid)
  }

  private static let bufferBytes = 16_384
}

/// A program of the base system by name. PATH is not asked: root starts these.
func findProgram(_ name: String) -> String? {
  ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/local/bin/"]
    .map { $0 + name }
    .first { access($0, X_OK) == 0 }
}
