import Glibc

/// The settings and the login rules of an embedded cluster. They are written anew before every
/// start, so that a moved home and a newer sister take effect; what an operator sets with
/// ALTER SYSTEM still wins, except for the settings on the command line.
struct ClusterConfiguration {
  let home: ClusterHome

  /// Settings that nothing may override: no network, and no commit that a crash can lose.
  var commandLine: [String] {
    [
      "listen_addresses=", "port=\(ClusterPaths.port)",
      "unix_socket_directories=\(Self.listEntry(home.paths.run))",
      "unix_socket_permissions=0700", "fsync=on", "full_page_writes=on", "synchronous_commit=on",
      "hba_file=\(home.paths.data)/pg_hba.conf", "ident_file=\(home.paths.data)/pg_ident.conf",
    ].flatMap { ["-c", $0] }
  }

  /// `sister.conf`, for a small machine that runs other things too.
  var settings: String {
    """
    # Written by sister before every start. Change settings with ALTER SYSTEM.
    cluster_name = 'sister'
    max_connections = 100
    shared_buffers = 128MB
    effective_cache_size = 512MB
    work_mem = 8MB
    maintenance_work_mem = 64MB
    max_parallel_workers = 2
    random_page_cost = 1.1
    wal_compression = on
    min_wal_size = 80MB
    max_wal_size = 512MB
    checkpoint_timeout = 15min
    timezone = 'UTC'
    log_timezone = 'UTC'
    lc_messages = 'C'
    # One file per weekday, emptied when its day comes round again.
    logging_collector = on
    log_destination = 'stderr'
    log_directory = \(Self.quoted(home.paths.log))
    log_filename = 'postgres-%u.log'
    log_file_mode = 0600
    log_rotation_age = 1d
    log_rotation_size = 0
    log_truncate_on_rotation = on
    log_line_prefix = '%m [%p] %q%u@%d '
    log_min_messages = warning
    log_min_error_statement = panic
    log_parameter_max_length_on_error = 0
    log_lock_waits = on

    """
  }

  /// `pg_hba.conf`: the kernel says who connects; there are no passwords and no network.
  var loginRules: String {
    """
    # Written by sister before every start.
    local all sister_admin,sister_owner,sister_service peer map=sister
    local all all reject
    host all all all reject

    """
  }

  /// `pg_ident.conf`: root, the user that runs PostgreSQL, and the user that runs sister.
  var loginNames: String {
    var names = ["root"]
    for name in [home.account.name, home.account.callerName] where !names.contains(name) {
      names.append(name)
    }
    let lines = names.flatMap { name in
      ClusterLogin.allCases.map(\.rawValue).map { "sister \"\(name)\" \($0)\n" }
    }
    return "# Written by sister before every start.\n" + lines.joined()
  }

  /// Writes all three files into a data folder.
  func write(to data: String) throws(EmbeddedClusterError) {
    try replaceFile(data + "/sister.conf", text: settings, owner: home.account)
    try replaceFile(data + "/pg_hba.conf", text: loginRules, owner: home.account)
    try replaceFile(data + "/pg_ident.conf", text: loginNames, owner: home.account)
  }

  /// Removes logs that grew too large or that a cluster which rarely runs never came back to.
  func trimLogs() {
    for name in namesInFolder(home.paths.log) where name.hasPrefix("postgres-") {
      let path = home.paths.log + "/" + name
      guard let status = FileStatus(path) else { continue }
      let ageSeconds = time(nil) - status.modifiedSeconds
      if ageSeconds > 6 * 86_400 || status.sizeBytes > 64 * 1_048_576 { unlink(path) }
    }
  }

  /// A string for a configuration file.
  static func quoted(_ text: String) -> String {
    "'" + doubling("'", in: doubling("\\", in: text)) + "'"
  }

  /// One entry of a list setting, where a comma or a blank in a path would end it.
  private static func listEntry(_ text: String) -> String {
    "\"" + doubling("\"", in: text) + "\""
  }

  private static func doubling(_ mark: Character, in text: String) -> String {
    String(text.flatMap { $0 == mark ? [$0, $0] : [$0] })
  }
}
