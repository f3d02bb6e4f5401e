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

  @Test("what somebody else is changing is waited for, and then it is said that it was that")
  func locked() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR")
    let connectionString = service.connectionString(.owner)
    let holder = try await blocking {
      let connection = try RawConnection(connectionString)
      try connection.exec("BEGIN; SELECT FROM directory.community FOR UPDATE")
      return connection
    }
    async let update = service.failure("community update lyon population=2")
    // It is not the row that is refused, which could be left out.
    async let rows = service.failure(
      "import \"community update\" on-error=skip data=\"code,population\\nlyon,3\\n\"")
    for error in await [update, rows] {
      #expect(error?.code == .lockBusy)
      #expect(error?.retry == .seconds(5))
    }
    _ = try await blocking { try holder.exec("ROLLBACK") }
    #expect(try await service.run("community show lyon").rows[0]["population"] == .null)
  }

  @Test("every code is declared and listed once")
  func codesOnce() {
    let codes = (ErrorCode.general + Catalog.areas.flatMap(\.errorCodes)).map(\.description)
    let repeated = Set(codes.filter { code in codes.count { $0 == code } > 1 })
    #expect(repeated.isEmpty)
  }
}
