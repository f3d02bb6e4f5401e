/// Brings the roles and the database of a running cluster to what they must be. It runs at every
/// start rather than once, so that a kill during the first start leaves nothing to repair by hand.
struct ClusterBootstrap {
  let home: ClusterHome

  /// The key of the advisory lock: "roles" in ASCII.
  static let lockKey: Int64 = 0x72_6F6C_6573

  func run() throws(EmbeddedClusterError) {
    do {
      let connection = try BlockingConnection.open(
        ClusterLogin.administrator.connectionString(home, database: "postgres"))
      try prepare(connection)
    } catch {
      throw EmbeddedClusterError(
        .startFailed,
        "PostgreSQL in \(home.paths.data) runs, but its roles and its database could not be "
          + "prepared: \(error.description) Its log is in \(home.paths.log).")
    }
  }

  private func prepare(_ connection: borrowing BlockingConnection) throws(ServerFailure) {
    // The users' own lock ends with its process; PostgreSQL still runs what a killed user had sent.
    try connection.run("SELECT pg_advisory_lock(\(Self.lockKey))")
    let attributes = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
    for login in [ClusterLogin.owner, .service] {
      let isSound = try connection.rows(
        """
        SELECT rolcanlogin AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
          OR rolreplication)
        FROM pg_roles WHERE rolname = '\(login.rawValue)'
        """
      ).first?.first
      if isSound == "t" { continue }
      let verb = isSound == nil ? "CREATE" : "ALTER"
      try connection.run("\(verb) ROLE \(login.rawValue) \(attributes)")
    }
    if try connection.rows("SELECT FROM pg_database WHERE datname = 'sister'").isEmpty {
      try connection.run("CREATE DATABASE sister OWNER sister_owner")
    }
    try connection.run(
      """
      REVOKE ALL ON DATABASE sister FROM PUBLIC;
      GRANT CONNECT ON DATABASE sister TO sister_service
      """)
  }
}
