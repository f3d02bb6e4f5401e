import CommandLanguage

/// An exchange program: what its cohorts have in common, above all their rules.
struct Program: Sendable {
  let code: String
  let title: String
  let profile: String
  let profileVersion: Int64

  static let shape = TableShape<Program>(
    (Column("code", .text), { .text($0.code) }),
    (Column("title", .text), { .text($0.title) }),
    (Column("profile", .text), { .text($0.profile) }),
    (Column("profile-version", .integer), { .integer($0.profileVersion) }))
}
