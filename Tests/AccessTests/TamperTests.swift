import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@Suite("One byte of the audit that was changed is found, and said where")
struct TamperTests {
  /// Three seals: over entries 1 to 3 (a number of which was given out in vain), 4 to 6, and 7.
  private func sealed() async throws -> TestService {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR")
    try await service.run("community create paris Paris FR preview=yes")
    try await service.run("program create SUMMER Summer profile=SCI-short")
    try await service.sealAll()
    for name in ["nice", "metz", "brest"] {
      try await service.run("community create \(name) \(name) FR key=\(name)")
    }
    try await service.sealAll()
    try await service.run("user create bot reporter")
    try await service.sealAll()
    #expect(
      try await service.sql("SELECT first_entry, last_entry, entries FROM audit.seal ORDER BY 1")
        == [["1", "3", "2"], ["4", "6", "3"], ["7", "7", "1"]])
    try await service.superuserSQL(
      """
      CREATE TABLE entries AS SELECT * FROM audit.entry;
      CREATE TABLE changes AS SELECT * FROM audit.change;
      CREATE TABLE seals AS SELECT * FROM audit.seal
      """)
    return service
  }

  private static let restore = """
    DELETE FROM audit.change; DELETE FROM audit.entry; DELETE FROM audit.seal;
    INSERT INTO audit.entry OVERRIDING SYSTEM VALUE SELECT * FROM entries;
    INSERT INTO audit.change OVERRIDING SYSTEM VALUE SELECT * FROM changes;
    INSERT INTO audit.seal SELECT * FROM seals
    """

  /// What was done, and the first seal that does not hold any more.
  private static let tamperings: [(sql: String, seal: Int)] = [
    ("UPDATE audit.entry SET request = replace(request, 'nice', 'nicf') WHERE id = 4", 2),
    ("UPDATE audit.entry SET request_key = 'NICE' WHERE id = 4", 2),
    ("UPDATE audit.entry SET at = at + interval '1 microsecond' WHERE id = 1", 1),
    ("UPDATE audit.entry SET principal = 'zoe' WHERE id = 7", 3),
    ("UPDATE audit.entry SET transaction = '1' WHERE id = 7", 3),
    (#"UPDATE audit.change SET after = after || '{"name": "metx"}' WHERE entry_id = 5"#, 2),
    (#"UPDATE audit.change SET before = '{}' WHERE entry_id = 5"#, 2),
    (#"UPDATE audit.change SET after = after || '{"title": "X"}' WHERE entry_id = 3"#, 1),
    ("UPDATE audit.change SET row_key = 'mets' WHERE entry_id = 5", 2),
    ("UPDATE audit.change SET entry_id = 1 WHERE entry_id = 4", 1),
    ("DELETE FROM audit.change WHERE entry_id = 6", 2),
    ("DELETE FROM audit.change WHERE entry_id = 6; DELETE FROM audit.entry WHERE id = 6", 2),
    ("INSERT INTO audit.change (entry_id, relation, row_key) VALUES (7, 'a', 'b')", 3),
    (insertEntry("2"), 1), (insertEntry("0"), 1), (insertEntry("-5"), 1),
    ("UPDATE audit.seal SET at = at + interval '1 microsecond' WHERE number = 2", 2),
    (#"UPDATE audit.seal SET hash = sha256('') WHERE number = 2"#, 2),
    (#"UPDATE audit.seal SET hash = sha256('') WHERE number = 3"#, 3),
    (#"UPDATE audit.seal SET previous_hash = sha256('') WHERE number = 2"#, 2),
    ("UPDATE audit.seal SET entries = 4 WHERE number = 2", 2),
    ("UPDATE audit.seal SET last_entry = 5 WHERE number = 2", 2),
    ("UPDATE audit.seal SET first_entry = 2 WHERE number = 1", 1),
    ("DELETE FROM audit.seal WHERE number = 1", 1), ("DELETE FROM audit.seal WHERE number = 2", 2),
    ("UPDATE audit.seal SET number = 4 WHERE number = 3", 3),
  ]

  private static func insertEntry(_ id: String) -> String {
    """
    INSERT INTO audit.entry (id, principal, command, request) OVERRIDING SYSTEM VALUE
    VALUES (\(id), 'ann', 'test', 'test')
    """
  }

  @Test("changed, added or removed: whatever it is, the seal is named, and its entries")
  func found() async throws {
    let service = try await sealed()
    let untouched = try await service.run("audit verify", as: .finance)
    #expect(untouched["seals"] == "3")
    #expect(untouched["entries"] == "6")
    let head = try #require(untouched["head"])
    #expect(head.hasPrefix("3:"))
    for (sql, seal) in Self.tamperings {
      try await service.superuserSQL(sql)
      let error = await service.failure("audit verify", as: .finance)
      #expect(error?.code == .auditTampered, "\(sql)")
      #expect(error?.message.hasPrefix("seal \(seal) does not hold, ") == true, "\(sql)")
      let range = ["entries from 1 to 3", "entries from 4 to 6", "entries from 7"][seal - 1]
      if !sql.contains("last_entry") {
        #expect(error?.message.contains(range) == true, "\(sql): \(error?.message ?? "")")
      }
      try await service.superuserSQL(Self.restore)
      #expect(try await service.run("audit verify head=\(head)", as: .safeguarding) == untouched)
    }
    #expect(ErrorCode.auditTampered.errorClass.exitStatus == 3)
    #expect(await service.failure("audit verify", as: .desk)?.code == .commandDenied)
  }

  @Test("with a seal that was written down: an end that was cut off, and a chain made anew")
  func head() async throws {
    let service = try await sealed()
    let head = try #require(try await service.run("audit verify")["head"])
    let second =
      try await service.sql(
        "SELECT '2:' || encode(hash, 'hex') FROM audit.seal WHERE number = 2")[0][0] ?? ""
    #expect(try await service.run("audit verify head=\(second)")["seals"] == "3")
    try await service.superuserSQL("DELETE FROM audit.seal WHERE number = 3")
    let cut = try await service.run("audit verify")
    #expect(cut["seals"] == "2")
    #expect(cut["unsealed"] == "1")
    #expect(await service.failure("audit verify head=\(head)")?.code == .auditTampered)
    #expect(try await service.run("audit verify head=\(second)")["seals"] == "2")
    // Whoever may do everything can change an entry and seal everything anew.
    try await service.superuserSQL(
      """
      DELETE FROM audit.seal; UPDATE audit.entry SET principal = 'zoe';
      UPDATE audit.horizon SET entry = 0
      """)
    try await service.sealAll()
    #expect(try await service.run("audit verify")["entries"] == "6")
    for old in [head, second] {
      #expect(await service.failure("audit verify head=\(old)")?.code == .auditTampered)
    }
    #expect(await service.failure("audit verify head=3")?.code == .badValue)
  }
}
