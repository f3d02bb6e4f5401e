import Access
import CommandLanguage
import TestSupport

extension TestService {
  /// A service with an open cohort, K.
  static func withCohort(
    profile: String = "J1-62.25", starts: String = "2027-07-01", ends: String = "2027-07-14",
    capacity: Int = 10
  ) async throws -> TestService {
    let service = try await TestService.make(loanedConnections: 8)
    try await service.run("community create kyoto Kyoto JP")
    try await service.run("community create boston Boston US")
    try await service.run("source create files Files")
    try await service.run("partnership assert kyoto boston source=files")
    try await service.run("program create SUMMER \"Summer delegations\" profile=\(profile)")
    try await service.addCohort("K", starts: starts, ends: ends, capacity: capacity)
    return service
  }

  /// Adds an open cohort.
  func addCohort(_ code: String, starts: String, ends: String, capacity: Int = 10) async throws {
    try await run(
      "cohort create SUMMER \(code) from=kyoto to=boston starts=\(starts) ends=\(ends) "
        + "capacity=\(capacity)")
    try await run("cohort open \(code)")
  }

  /// Somebody's draft application; their number.
  func apply(
    _ given: String = "Aiko", born: String = "2011-04-02", to cohort: String = "K",
    key: String? = nil
  ) async throws -> String {
    let reply = try await run(
      "participant create \(cohort) \(given) Exemplar born=\(born) guardian=\"Ren Exemplar\" "
        + "guardian-email=ren@example.org" + (key.map { " key=\($0)" } ?? ""),
      as: .exchangeCoordinator)
    return reply["number"] ?? ""
  }

  /// Somebody under review; their number.
  func underReview(
    _ given: String = "Aiko", born: String = "2011-04-02", to cohort: String = "K",
    verified: Bool = true
  ) async throws -> String {
    let number = try await apply(given, born: born, to: cohort)
    try await run("participant submit \(number)", as: .exchangeCoordinator)
    try await run("participant review \(number)", as: .exchangeCoordinator)
    if verified {
      try await run("guardian verify \(number) how=video-call", as: .exchangeCoordinator)
    }
    return number
  }

  /// A column of a participant, as text.
  func participant(_ number: String, _ column: String) async throws -> String? {
    let row = try await run("participant show \(number)", as: .safeguarding).rows.first
    guard case .text(let text) = row?[column] else { return nil }
    return text
  }

  /// A column of a cohort, as a number.
  func cohort(_ code: String, _ column: String) async throws -> Int64? {
    let row = try await run("cohort show \(code)", as: .safeguarding).rows.first
    guard case .text(let number) = row?[column] else { return nil }
    return Int64(number)
  }
}
