import Glibc

/// A home that exists, has its folders, and is open to exactly those who need it.
struct ClusterHome: Sendable {
  let paths: ClusterPaths
  let account: ClusterAccount

  /// Makes what is missing; safe to run by several processes at once.
  static func open(_ given: String) throws(EmbeddedClusterError) -> ClusterHome {
    let asked = try ClusterPaths(home: given)
    try makeFolders(asked.home)
    let paths = try asked.resolved()
    guard access(paths.home, R_OK | W_OK | X_OK) == 0 else {
      throw .system("use the home", paths.home, errno)
    }
    let home = ClusterHome(paths: paths, account: try ClusterAccount.resolve(paths))
    try home.account.checkReach(paths)
    try home.makePrivateFolder(paths.run)
    try home.makePrivateFolder(paths.log)
    return home
  }

  /// Makes the home and its parents. As root the home is passable, because PostgreSQL runs as
  /// somebody else there, but nobody can list it; an ordinary user's home is closed.
  private static func makeFolders(_ path: String) throws(EmbeddedClusterError) {
    if let status = FileStatus(path, followingLinks: true) {
      guard status.isDirectory else {
        throw EmbeddedClusterError(
          .homeNotDirectory,
          "The home \(path) is not a folder. Choose another --home, or move that file away.")
      }
      return
    }
    if FileStatus(path) != nil {
      throw EmbeddedClusterError(
        .homeNotDirectory, "The home \(path) is a link to nothing. Choose another --home.")
    }
    let parts = path.split(separator: "/")
    var prefix = ""
    for (index, part) in parts.enumerated() {
      prefix += "/" + part
      if FileStatus(prefix, followingLinks: true) != nil { continue }
      let isHome = index == parts.count - 1
      let mode: mode_t = !isHome ? 0o755 : geteuid() == 0 ? 0o711 : 0o700
      if mkdir(prefix, mode) != 0 {
        if errno == EEXIST { continue }
        throw .system("make the folder", prefix, errno)
      }
      // The umask may have taken away what the cluster's user needs.
      if geteuid() == 0 { chmod(prefix, mode) }
    }
  }

  /// A folder of the cluster's account that nobody else may enter (root may enter anything).
  private func makePrivateFolder(_ path: String) throws(EmbeddedClusterError) {
    if mkdir(path, 0o700) != 0 && errno != EEXIST { throw .system("make the folder", path, errno) }
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open the folder", path, errno) }
    defer { close(descriptor) }
    guard let status = FileStatus(descriptor: descriptor) else {
      throw .system("look at", path, errno)
    }
    if status.owner != account.uid, fchown(descriptor, account.uid, account.gid) != 0 {
      throw .system("give away the folder", path, errno)
    }
    if status.mode & 0o7777 != 0o700, fchmod(descriptor, 0o700) != 0 {
      throw .system("close the folder", path, errno)
    }
  }

  /// Whether the file system of the home has less than this much room.
  func hasLess(thanMegabytes limit: UInt) -> Bool {
    var status = statvfs()
    guard statvfs(paths.home, &status) == 0 else { return false }
    return status.f_bavail * status.f_frsize < limit * 1_048_576
  }

  /// A failure with the last lines of what was said about it. A full disk is named as such,
  /// whatever failed because of it.
  func failure(
    _ reason: EmbeddedClusterError.Reason, _ summary: String, lines: [String]
  ) -> EmbeddedClusterError {
    let isFull =
      hasLess(thanMegabytes: 1) || lines.contains { $0.contains("No space left on device") }
    let advice =
      isFull
      ? "The disk under \(paths.home) is full: free some space, or choose another --home." : ""
    let quoted = lines.isEmpty ? "" : "\n  " + lines.joined(separator: "\n  ")
    return EmbeddedClusterError(
      isFull ? .diskFull : reason,
      [summary, advice].filter { !$0.isEmpty }.joined(separator: " ")
        + quoted)
  }
}
