/// Brings the roles and the database of a running cluster to what they must be. It runs at every
/// start rather than once, so that a kill during the first start leaves nothing to repair by hand.
struct ClusterBootstrap {
  let home: ClusterHome

  func run() throws(EmbeddedClusterError) {
    do {
      let connection = try BlockingConnection.open(
        ClusterLogin.owner.connectionString(home, database: "postgres"))
      try prepare(connection)
    } catch {
      throw EmbeddedClusterError(
        .startFailed,
        "PostgreSQL in \(home.paths.data) runs, but its roles and its database could not be "
          + "prepared: \(error.description) Its log is in \(home.paths.log).")
    }
  }

  private func prepare(_ connection: borrowing BlockingConnection) throws(ServerFailure) {
    let state =
      try connection.rows(
        """
        SELECT
          (SELECT rolcanlogin AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
              OR rolreplication)
            FROM pg_roles WHERE rolname = 'sister_service'),
          EXISTS (SELECT FROM pg_database WHERE datname = 'sister')
        """
      ).first ?? []
    let attributes = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
    // The first is null where there is no such role.
    if state.first == .some(nil) {
      try connection.run("CREATE ROLE sister_service \(attributes)")
    } else if state.first != "t" {
      try connection.run("ALTER ROLE sister_service \(attributes)")
    }
    if state.last != "t" { try connection.run("CREATE DATABASE sister OWNER sister_owner") }
    if state != ["t", "t"] {
      try connection.run(
        """
        REVOKE ALL ON DATABASE sister FROM PUBLIC;
        GRANT CONNECT ON DATABASE sister TO sister_service
        """)
    }
  }
}
