import Glibc

/// Makes the data folder on first use: beside its place, and moved there when it is complete, so
/// that a kill in the middle never leaves half a cluster.
struct ClusterCreation {
  let home: ClusterHome
  /// Given to `initdb` as well: while one of ours still writes, nobody else starts.
  let processLock: Int32

  func run(
    _ binaries: ServerBinaries, progress: (String) -> Void
  ) throws(EmbeddedClusterError) {
    try removeUnfinished()
    guard !home.hasLess(thanMegabytes: 100) else {
      throw EmbeddedClusterError(
        .diskFull,
        "Less than 100 MB are free under \(home.paths.home), too little for a new database. "
          + "Free some space, or choose another --home.")
    }
    progress("Creating the database in \(home.paths.data)…")
    let folder = try makeFolder()
    if try !initialise(folder, binaries, Self.internationalLocale) {
      try remove(folder)
      try remake(folder)
      guard try initialise(folder, binaries, Self.plainLocale) else { throw failure() }
    }
    try ClusterConfiguration(home: home).write(to: folder)
    try includeSettings(folder)
    guard rename(folder, home.paths.data) == 0 else {
      throw .system("move the new database to", home.paths.data, errno)
    }
    syncFolder(home.paths.home)
  }

  /// Case folding and sorting of every script; `und` is the root collation of Unicode.
  private static let internationalLocale = [
    "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=und",
  ]
  /// For a PostgreSQL that was built without ICU.
  private static let plainLocale = ["--locale=C.UTF-8"]

  /// False if this PostgreSQL has no ICU.
  private func initialise(
    _ folder: String, _ binaries: ServerBinaries, _ locale: [String]
  ) throws(EmbeddedClusterError) -> Bool {
    let child = try ChildProcess.spawn(
      home.account.command(
        [
          binaries.initdb, "--pgdata=\(folder)",
          "--username=\(ClusterLogin.administrator.rawValue)", "--auth-local=peer",
          "--auth-host=reject", "--encoding=UTF8", "--data-checksums",
        ] + locale),
      output: home.paths.creationLog, inherited: processLock)
    let ending = child.wait()
    if ending == .exited(0) { return true }
    // Whoever collected the status did not change what initdb said.
    if ending == .unknown, creationLines().contains(where: { $0.hasPrefix("Success.") }) {
      return true
    }
    let isPlain = locale == Self.plainLocale
    guard !isPlain, creationLines().contains(where: { $0.contains("ICU") }) else { throw failure() }
    return false
  }

  /// `postgresql.conf` stays the operator's; it only learns of ours.
  private func includeSettings(_ folder: String) throws(EmbeddedClusterError) {
    let path = folder + "/postgresql.conf"
    guard let text = readTail(path, limitBytes: 1_048_576) else {
      throw .system("read", path, errno)
    }
    try replaceFile(
      path, text: text + "\ninclude_if_exists = 'sister.conf'\n", owner: home.account)
  }

  private func makeFolder() throws(EmbeddedClusterError) -> String {
    let folder = "\(home.paths.home)/\(ClusterPaths.unfinishedPrefix)\(getpid())"
    try remake(folder)
    return folder
  }

  private func remake(_ folder: String) throws(EmbeddedClusterError) {
    guard mkdir(folder, 0o700) == 0 else { throw .system("make the folder", folder, errno) }
    guard geteuid() != 0 || lchown(folder, home.account.uid, home.account.gid) == 0 else {
      throw .system("give away the folder", folder, errno)
    }
  }

  private func removeUnfinished() throws(EmbeddedClusterError) {
    for name in namesInFolder(home.paths.home)
    where name.hasPrefix(ClusterPaths.unfinishedPrefix) {
      try remove(home.paths.home + "/" + name)
    }
  }

  private func remove(_ folder: String) throws(EmbeddedClusterError) {
    let child = try ChildProcess.spawn(["/bin/rm", "-rf", "--", folder])
    _ = child.wait()
  }

  private func creationLines() -> [String] {
    lastLines(readTail(home.paths.creationLog) ?? "", 12)
  }

  private func failure() -> EmbeddedClusterError {
    home.failure(
      .creationFailed,
      "PostgreSQL could not create its data folder in \(home.paths.home); its initdb said:",
      lines: creationLines())
  }
}
