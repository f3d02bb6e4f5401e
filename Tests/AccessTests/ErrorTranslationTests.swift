import Access
import Catalog
import CommandLanguage
import Postgres
import TestSupport
import Testing

@Suite("What the database says is not passed on as it stands")
struct ErrorTranslationTests {
  @Test("a value out of range is explained without PostgreSQL's words")
  func outOfRange() async throws {
    let service = try await TestService.make()
    try await service.run("fund create PG Water Ford")
    try await service.run("fund receive PG 90000000000000000")
    let error = await service.failure("fund receive PG 90000000000000000")
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("bigint") == false)
    #expect(error?.message.contains("too large") == true)
  }

  @Test("every code is declared and listed once")
  func codesOnce() {
    let codes = (ErrorCode.general + Catalog.areas.flatMap(\.errorCodes)).map(\.description)
    let repeated = Set(codes.filter { code in codes.count { $0 == code } > 1 })
    #expect(repeated.isEmpty)
  }
}
