import CommandLanguage

/// A city, county or other place that can be a sister: as far as other areas refer to it.
struct Community: Sendable {
  let code: String
  let name: String
  let country: String
  let region: String?
  let otherNames: [String]

  static let shape = TableShape<Community>(
    (Column("code", .text), { .text($0.code) }),
    (Column("name", .text), { .text($0.name) }),
    (Column("country", .text), { .text($0.country) }),
    (Column("region", .text), { .text($0.region) }),
    (Column("other-names", .text), { .text($0.otherNames.joined(separator: ", ")) }))
}
