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
      INSERT INTO directory.community (code, name, country, region) VALUES
        ('z-1', E'a,b "c" \\\\ \\t tab', 'US', ''),
        ('z-2', E'two\\nlines\\r', 'US', E'\\x1b[31m\\x7f\\u0085\\u202e\\u2066'),
        ('z-3', '\\N', 'US', ' edge ')
      """)
    var streamed: Set<String> = []
    var rows = 0
    for declaration in registry.declarations {
      guard case .list = declaration.returns, !declaration.effect.writes,
        !Self.unstreamed.contains(declaration.path)
      else { continue }
      let line = try bare(declaration)
      for format in [OutputFormat.csv, .tsv, .json] {
        let page = try await service.run("\(line) limit=10000 format=\(format.rawValue)")
        let all = try await service.run("\(line) limit=all format=\(format.rawValue)")
        guard case .list(let table, nil) = page, case .stream(let stream) = all else {
          Issue.record("\(line) is not streamed")
          continue
        }
        streamed.insert(declaration.path)
        rows += table.rows.count
        #expect(try await text(stream, format) == text(table, format), "\(line)")
      }
    }
    #expect(streamed.count > 15)
    #expect(streamed.contains("grant list"))
    #expect(rows > 400)
  }

  /// More than every buffer between here and PostgreSQL holds.
  private static let manyCommunities = """
    INSERT INTO directory.community (code, name, country)
    SELECT 'c-' || i, repeat('long ', 36) || i, 'US' FROM generate_series(1, 40000) AS i
    """

  /// Lists of the service's own, which it knows without the database.
  private static let unstreamed: Set<String> = ["commands", "complete", "report list", "role list"]

  /// A list's example without its filters: all there is.
  private func bare(_ declaration: CommandDeclaration) throws -> String {
    let request = try #require(try RequestParser.parse(Array(declaration.example.utf8)))
    let words = request.arguments.filter { $0.name == nil }.map(\.value)
    let given = words.dropFirst(declaration.path.split(separator: " ").count)
    return ([declaration.path] + given.map(JSON.string)).joined(separator: " ")
  }

  @Test("what a list is of must be there, whether it streams or not")
  func missing() async throws {
    let service = try await TestService.makeWithDemo()
    for (line, code) in [
      ("conference verify nowhere-1999", "missing.conference"),
      ("quota list nowhere-1999", "missing.conference"),
      ("ticket-type list nowhere-1999", "missing.conference"),
      ("indicator list NOWHERE", "missing.initiative"), ("ledger show NOWHERE", "missing.fund"),
    ] {
      for suffix in ["", " limit=all format=csv"] {
        #expect(await service.failure(line + suffix)?.code.description == code, "\(line)\(suffix)")
      }
    }
  }

  @Test("streams have connections of their own: however many wait, writes are made")
  func ownConnections() async throws {
    let service = try await TestService.make(loanedConnections: 1)
    try await service.auditedSQL(Self.manyCommunities)
    var open: [RowStream] = []
    for _ in 0..<Limits.streamConnections {
      guard case .stream(let rows) = try await service.run("community list limit=all format=csv")
      else { continue }
      #expect(try await rows.next() != nil)
      open.append(rows)
    }
    #expect(open.count == Limits.streamConnections)
    try await service.run("user create somebody desk")
    #expect(try await service.run("community list limit=1").rows.count == 1)
    for rows in open { await rows.close() }
  }

  @Test("a task that is cancelled while the database computes lets go of it at once")
  func cancelled() async throws {
    let service = try await TestService.make()
    try await service.sql(
      """
      CREATE FUNCTION directory.slow() RETURNS boolean LANGUAGE sql VOLATILE AS
      'SELECT pg_sleep(25) IS NOT NULL';
      ALTER TABLE directory.community ENABLE ROW LEVEL SECURITY;
      CREATE POLICY slow ON directory.community FOR SELECT USING (directory.slow());
      """)
    try await service.auditedSQL(
      "INSERT INTO directory.community (code, name, country) VALUES ('c', 'C', 'US')")
    let task = Task { await service.failure("community list limit=all format=csv") }
    try await eventually("the database computes") {
      (try? self.copies(service, "state")) == [["active"]]
    }
    task.cancel()
    #expect(await task.value?.code == .cancelledByClient)
    try await eventually("the database computes no more") {
      (try? self.copies(service, "state").isEmpty) == true
    }
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
    try await service.auditedSQL(Self.manyCommunities)
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
    try await service.auditedSQL(Self.manyCommunities)
    guard case .stream(let rows) = try await service.run("community list limit=all format=csv")
    else {
      Issue.record("not streamed")
      return
    }
    #expect(try await rows.next() != nil)
    #expect(try copies(service, "pg_cancel_backend(pid)") == [["t"]])
    let error = await #expect(throws: DomainError.self) {
      while try await rows.next() != nil {}
    }
    #expect(error?.code == .timeout)
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
