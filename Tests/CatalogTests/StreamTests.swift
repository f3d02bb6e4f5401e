import Access
import Catalog
import CommandLanguage
import Foundations
import Postgres
import Rendering
import TestSupport
import Testing

@Suite("Lists without a limit are streamed, and say what their pages say")
struct StreamTests {
  @Test("every list, in every format that streams")
  func everyList() async throws {
    let service = try await TestService.makeWithDemo()
    try await service.auditedSQL(
      """
      INSERT INTO directory.community (code, name, country, region, other_names) VALUES
        ('z-1', E'a,b "c" \\\\ \\t tab', 'US', '', '{}'),
        ('z-2', E'two\\nlines\\r', 'US', E'\\x1b[31m\\x7f\\u0085\\u202e\\u2066', '{友好}'),
        ('z-3', '\\N', 'US', ' edge ', '{"a,b"}')
      """)
    var streamed = 0
    var rows = 0
    for declaration in registry.declarations {
      guard case .list = declaration.returns, !declaration.effect.writes else { continue }
      // Without its filters, an example's list has all there is.
      let line = declaration.example.split(separator: " ")
        .filter { !$0.contains(/[=<>~]/) }.joined(separator: " ")
      for format in [OutputFormat.csv, .tsv, .json] {
        guard
          case .list(let table, nil)? = try? await service.run(
            "\(line) limit=10000 format=\(format.rawValue)"),
          case .stream(let rowsOfAll)? = try? await service.run(
            "\(line) limit=all format=\(format.rawValue)")
        else { continue }
        streamed += 1
        rows += table.rows.count
        #expect(try await text(rowsOfAll, format) == text(table, format), "\(line)")
      }
    }
    // All but what is answered without the database, and what the demo data has no example of.
    #expect(streamed >= 3 * 16)
    #expect(rows > 400)
  }

  @Test("filters, order and where to go on are those of the page")
  func arguments() async throws {
    let service = try await TestService.makeWithDemo()
    for condition in [
      "country=CN", "country!=US name~a", "region~\"'; DROP\"", "after=m",
      "after=\"a'b\\\\\" country=US",
    ] {
      let page = try await service.run("community list \(condition) limit=10000 format=csv")
      let all = try await service.run("community list \(condition) limit=all format=csv")
      guard case .list(let table, nil) = page, case .stream(let rows) = all else {
        Issue.record("\(condition) is not listed")
        continue
      }
      #expect(try await text(rows, .csv) == text(table, .csv))
    }
  }

  @Test("layouts need every row before the first: the refusal says what does not")
  func layouts() async throws {
    let service = try await TestService.make()
    for format in [OutputFormat.table, .expanded, .markdown] {
      let failure = await service.failure("community list limit=all format=\(format.rawValue)")
      #expect(failure?.code == .badValue)
      #expect(failure?.argument == "limit")
      #expect(failure?.suggestion == "format=csv")
    }
  }

  @Test("what is protected stays so: without the right, no rows of it")
  func protected() async throws {
    let service = try await TestService.makeWithDemo()
    let line = "audit list limit=all format=csv"
    guard case .stream(let all) = try await service.run(line),
      case .stream(let some) = try await service.run(line, as: .finance)
    else {
      Issue.record("the audit is not streamed")
      return
    }
    let seen = try await text(all, .csv)
    let finance = try await text(some, .csv)
    #expect(seen.contains { $0.contains("participant create") })
    #expect(!finance.isEmpty)
    #expect(!finance.contains { $0.contains("participant create") })
    let denied = await service.failure("participant list limit=all format=csv", as: .finance)
    #expect(denied?.code == .commandDenied)
  }

  @Test("a connection that has copied goes on as before, and one whose copy was left is replaced")
  func connections() async throws {
    let service = try await TestService.make(loanedConnections: 1)
    try await service.auditedSQL(
      """
      INSERT INTO directory.community (code, name, country)
      SELECT 'c-' || i, repeat('long ', 200) || i, 'US' FROM generate_series(1, 20000) AS i
      """)
    var number = 0
    for takesAll in [true, false, true] {
      guard case .stream(let rows) = try await service.run("community list limit=all format=csv")
      else {
        Issue.record("not streamed")
        return
      }
      #expect(try await rows.next() != nil)
      #expect(try copies(service, "state") == [["active"]])
      if takesAll { while try await rows.next() != nil {} }
      await rows.close()
      #expect(try await rows.next() == nil)
      // The only connection on loan is there again, for a write too.
      number += 1
      try await service.run("user create user-\(number) desk")
    }
    try await eventually("the copy that was left has ended") {
      (try? self.copies(service, "state").isEmpty) == true
    }
  }

  @Test("an error in the middle ends the answer")
  func errorInTheMiddle() async throws {
    let service = try await TestService.make()
    try await service.auditedSQL(
      """
      INSERT INTO directory.community (code, name, country)
      SELECT 'c-' || i, repeat('long ', 200) || i, 'US' FROM generate_series(1, 20000) AS i
      """)
    guard case .stream(let rows) = try await service.run("community list limit=all format=csv")
    else {
      Issue.record("not streamed")
      return
    }
    #expect(try await rows.next() != nil)
    #expect(try copies(service, "pg_cancel_backend(pid)") == [["t"]])
    await #expect(throws: DomainError.self) { while try await rows.next() != nil {} }
    await rows.close()
    #expect(try await service.run("community list limit=1").rows.count == 1)
  }

  /// What PostgreSQL says of the service's copies.
  private func copies(_ service: TestService, _ what: String) throws -> [[String?]] {
    try RawConnection(service.connectionString(.administrator)).exec(
      """
      SELECT \(what) FROM pg_stat_activity
      WHERE query ~ '^COPY' AND state = 'active' AND datname = '\(service.databaseName)'
      """)
  }

  /// The lines of a stream, each marked as the start of a record or not.
  private func text(_ rows: RowStream, _ format: OutputFormat) async throws -> [String] {
    var lines: [String] = []
    while let records = try await rows.next() {
      records.forEach { record in
        var written: [UInt8] = []
        var start = 0
        while start < record.count, let end = record[start...].firstIndex(of: 0x0A) {
          written = []
          WrittenLine.append(
            UnsafeBufferPointer(rebasing: record[start...end]), format, to: &written)
          lines.append(
            (start == 0 ? "|" : ":") + String(decoding: written.dropLast(), as: UTF8.self))
          start = end + 1
        }
      }
    }
    await rows.close()
    return lines
  }

  private func text(_ table: Table, _ format: OutputFormat) -> [String] {
    var lines: [String] = []
    Rendering.render(table, isRecord: false, format: format, width: nil) {
      lines.append(($0.kind == .row ? "|" : ":") + String(decoding: $0.bytes, as: UTF8.self))
    }
    return lines
  }
}
