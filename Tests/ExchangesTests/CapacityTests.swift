import CommandLanguage
import TestSupport
import Testing

@testable import Exchanges

@Suite("Exchanges: the places of a cohort")
struct CapacityTests {
  /// Runs commands at the same time; what went wrong with each.
  private func atOnce(_ service: TestService, _ lines: [String]) async -> [DomainError?] {
    await withTaskGroup(of: DomainError?.self) { group in
      for line in lines { group.addTask { await service.failure(line) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test("twenty acceptances at once fill five places, and the others are told that it is full")
  func full() async throws {
    let service = try await TestService.withCohort(capacity: 5)
    var numbers: [String] = []
    for index in 0..<20 { numbers.append(try await service.underReview("Aiko\(index)")) }
    let outcomes = await atOnce(service, numbers.map { "participant accept \($0)" })
    #expect(outcomes.count { $0 == nil } == 5)
    #expect(outcomes.compactMap { $0 }.allSatisfy { $0.code == .cohortFull })
    #expect(try await service.cohort("K", "taken") == 5)
    #expect(try await service.run("participant list state=accepted").rows.count == 5)
  }

  @Test("withdrawals and acceptances at once: the count stays that of the accepted")
  func churn() async throws {
    let service = try await TestService.withCohort(capacity: 3)
    var numbers: [String] = []
    for index in 0..<12 { numbers.append(try await service.underReview("Aiko\(index)")) }
    for number in numbers.prefix(3) { try await service.run("participant accept \(number)") }
    let lines =
      numbers.prefix(3).map { "participant withdraw \($0) reason=ill" }
      + numbers.dropFirst(3).map { "participant accept \($0)" }
    _ = await atOnce(service, lines)
    let accepted = try await service.run("participant list state=accepted").rows.count
    #expect(accepted <= 3)
    #expect(try await service.cohort("K", "taken") == Int64(accepted))
  }

  @Test("one participant accepted by many at once has one place")
  func once() async throws {
    let service = try await TestService.withCohort(capacity: 5)
    let number = try await service.underReview()
    let outcomes = await atOnce(
      service, Array(repeating: "participant accept \(number)", count: 8))
    #expect(outcomes.count { $0 == nil } == 1)
    #expect(try await service.cohort("K", "taken") == 1)
  }

  @Test("the count is nobody's to write, and keeps the limit without the check before it")
  func counter() async throws {
    let service = try await TestService.withCohort(capacity: 1)
    for sql in [
      "UPDATE exchanges.cohort SET taken = 0", "UPDATE exchanges.cohort SET capacity = 99",
      "INSERT INTO exchanges.cohort (code, taken) VALUES ('X', 1)",
    ] {
      let error = await #expect(throws: RawSQLError.self) { try await service.serviceSQL(sql) }
      #expect(error?.sqlState == "42501", "\(sql)")
    }
    try await service.run("participant accept \(try await service.underReview("Hana"))")
    let second = try await service.underReview()
    try await service.sql(
      "ALTER TABLE exchanges.participant DISABLE TRIGGER lifecycle_acceptance")
    let refusal = await service.failure("participant accept \(second)")
    #expect(refusal?.code == .cohortFull)
    #expect(try await service.cohort("K", "taken") == 1)
  }

  @Test("places that are taken do not raise the cohort's revision; an application has its own")
  func revisions() async throws {
    let service = try await TestService.withCohort(capacity: 5)
    func revision(_ thing: String) async throws -> Value? {
      try await service.run("\(thing.replacing(" ", with: " show "))").rows.first?["revision"]
    }
    let number = try await service.underReview()
    #expect(try await revision("cohort K") == .integer(2))
    #expect(try await revision("participant \(number)") == .integer(3))
    #expect(
      await service.failure("participant accept \(number) if-rev=2")?.code == .revisionConflict)
    // The cohort, whose place it takes, is at another revision: that is not what is compared.
    try await service.run("participant accept \(number) if-rev=3")
    #expect(try await service.cohort("K", "taken") == 1)
    #expect(try await revision("cohort K") == .integer(2))
    #expect(try await revision("participant \(number)") == .integer(4))
    #expect(await service.failure("cohort cancel K if-rev=1")?.code == .revisionConflict)
    try await service.run("cohort cancel K if-rev=2")
  }
}
