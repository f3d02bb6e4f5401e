/// The roles of an embedded cluster.
package enum ClusterLogin: String, Sendable, CaseIterable {
  /// The superuser: creates the other roles and databases, nothing else.
  case administrator = "sister_admin"
  /// Owns the database's objects: migrations. No superuser, so that row-level security, where it
  /// is forced, binds it and its routines too.
  case owner = "sister_owner"
  /// Serves requests: owns nothing, is no superuser, and row-level security binds it.
  case service = "sister_service"

  /// A libpq connection string. It names every parameter that the environment could turn
  /// elsewhere (PGHOSTADDR, PGPORT, PGOPTIONS and their like), and refuses a server that runs
  /// as another user.
  func connectionString(_ home: ClusterHome, database: String) -> String {
    [
      ("host", home.paths.run), ("hostaddr", ""), ("port", String(ClusterPaths.port)),
      ("user", rawValue), ("dbname", database), ("requirepeer", home.account.name),
      ("sslmode", "disable"), ("gssencmode", "disable"), ("channel_binding", "disable"),
      ("target_session_attrs", "any"), ("options", ""), ("connect_timeout", "10"),
    ]
    .map { "\($0)=\(Self.quoted($1))" }
    .joined(separator: " ")
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] } + "'"
  }
}
