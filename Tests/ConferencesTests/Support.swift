import Access
import CommandLanguage
import TestSupport

/// What the tests of this area begin with.
extension TestService {
  /// A service with the open conference `houston` that sells `regular` tickets, `seats` of them.
  static func withConference(seats: Int = 100) async throws -> TestService {
    let service = try await TestService.make()
    try await service.run("community create houston Houston US region=Texas")
    try await service.run(
      "conference create houston \"Cities Mean Business\" houston starts=2019-07-17 "
        + "ends=2019-07-19 timezone=America/Chicago venue=\"Hilton Americas\"")
    try await service.run("ticket-type create houston regular \"Regular delegate\" 450")
    try await service.run("quota create houston hall \(seats) ticket-types=regular")
    try await service.run("conference open houston")
    return service
  }

  /// Registers `person@example.org`.
  @discardableResult
  func register(
    _ person: String, ticket: String = "regular", more: String = ""
  ) async throws(DomainError) -> Reply {
    try await run(Self.registration(person, ticket: ticket, more: more), as: .desk)
  }

  /// The line that registers `person@example.org`.
  static func registration(
    _ person: String, ticket: String = "regular", more: String = ""
  ) -> String {
    "registration create houston \(ticket) \(person)@example.org \"\(person)\" \(more)"
  }

  /// A counter of a quota.
  func quota(_ code: String, _ counter: String = "confirmed") async throws -> Value? {
    try await run("quota list houston").rows.first { $0["code"] == .text(code) }?[counter]
  }

  /// Live registrations, counted by themselves.
  func liveRegistrations() async throws -> Int {
    let rows = try await sql(
      "SELECT count(*) FROM conferences.registration WHERE state <> 'cancelled'")
    return Int(rows[0][0] ?? "") ?? -1
  }

  /// The outcomes of one batch, called as the service calls it; each request is person, key and
  /// the text by which repetitions are told.
  func batch(
    _ requests: [(person: String, key: String?, text: String)], ticket: String = "regular"
  ) async throws -> [[String?]] {
    func array(_ values: [String?]) -> String {
      "ARRAY[" + values.map { $0.map { "'\($0)'" } ?? "NULL" }.joined(separator: ",")
        + "]::text[]"
    }
    let same = { (value: String?) in array(requests.map { _ in value }) }
    return try await serviceSQL(
      """
      SELECT error_code, reply_values[1], replayed, error_message FROM conferences.register(
        \(same("test-desk")), \(array(requests.map(\.text))), \(array(requests.map(\.key))),
        \(same("houston")), \(same(ticket)),
        \(array(requests.map { "\($0.person)@example.org" })), \(array(requests.map(\.person))),
        \(same(nil)))
      """)
  }
}

/// How many of some requests, sent all at once, succeeded; and the codes of the others.
func sendTogether(
  _ lines: [String], _ send: @escaping @Sendable (Int, String) async throws(DomainError) -> Reply
) async -> (replies: [Int: Reply], errors: [Int: DomainError]) {
  await withTaskGroup(of: (Int, Result<Reply, DomainError>).self) { group in
    for (index, line) in lines.enumerated() {
      group.addTask {
        do throws(DomainError) {
          return (index, .success(try await send(index, line)))
        } catch {
          return (index, .failure(error))
        }
      }
    }
    var replies: [Int: Reply] = [:]
    var errors: [Int: DomainError] = [:]
    for await (index, outcome) in group {
      switch outcome {
      case .success(let reply): replies[index] = reply
      case .failure(let error): errors[index] = error
      }
    }
    return (replies, errors)
  }
}
