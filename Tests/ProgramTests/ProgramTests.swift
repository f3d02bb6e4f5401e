import Glibc
import Rendering
import TestSupport
import Testing

/// The program as it is built, at a terminal and in scripts. One after the other on one home: what
/// is tested is what people see, and a database for each would be most of the time.
@Suite("The program as people use it", .serialized, .ownThread)
struct ProgramTests {
  @Test("A session at a terminal, from the greeting to Ctrl-D")
  func session() async throws {
    try await blocking {
      let home = ProgramHome.shared
      let person = try PersonAtTerminal(home)
      try person.see("Ctrl-D leaves\r\n", seconds: 180)
      try person.see("sister> ")

      // Tab completes a noun, a verb and a parameter; Ctrl-C clears the line.
      person.type("communi\t")
      try person.see("community ")
      person.type("cr\t")
      try person.see("eate ")
      person.type("reg\t")
      try person.see("ion=")
      person.type("\u{3}")
      try person.see("^C\r\n")
      try person.see("sister> ")
      person.type("ping\r")
      try person.see("Done. (")

      // An error points at the place, and says what to type instead.
      person.type("grant shw G-1\r")
      try person.see("\r" + String(repeating: " ", count: "sister> grant ".count) + "^\r\n")
      try person.see("usage.unknown-command: grant has no verb \"shw\"")
      try person.see("try: grant show\r\n")

      person.type("community create beijing \"北京 Beijing\" CN\r")
      try person.see("Done: code beijing, name 北京 Beijing (")
      person.type("community create lyon Lyon FR\r")
      try person.see("Done: code lyon")
      person.type("community list\r")
      try person.see("community list\r\n\u{1B}[?2004l\r")
      let table = try person.see("(2 rows, ").split(separator: "\r\n").map(String.init)
      let columns = table.dropLast().filter { !$0.contains("┼") }.map { line in
        line.split(separator: "│", omittingEmptySubsequences: false).dropLast()
          .map { TerminalText.width($0) }
      }
      #expect(columns.count == 3, "\(table)")
      #expect(Set(columns).count == 1, "\(table)")

      // What cannot be undone is asked about, whatever the line's text says.
      person.type("registration cancel R-1 reason=\"see preview=yes here\"\r")
      try person.see("This cannot be undone. Go on? (y/N) ")
      person.type("\r")
      try person.see("Nothing was done.")

      // What has no end of its own is cancelled, and the session goes on.
      person.type("watch community from=0\r")
      try person.see("lyon")
      person.type("\u{3}")
      try person.see("Cancelling it")
      try person.see("cancelled.client: ")
      try person.see("sister> ")

      person.type("\\x\r")
      try person.see("Rows are shown as expanded.")
      person.type("help\r")
      try person.see("Commands (help NOUN")
      try person.see("Writes take preview=yes")
      try person.see("sister> ")
      person.type("auth token=sister_secret\r")
      try person.see("auth.")
      try person.see("sister> ")

      person.type("\u{4}")
      #expect(person.end() == 0)
      #expect(person.isRestored)
      let history = "\(home.path)/history"
      var status = stat()
      #expect(stat(history, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
      let lines = contents(history).split(separator: "\n")
      #expect(lines.first == "ping")
      #expect(!lines.contains { $0.contains("token") })
    }
  }

  @Test("A wrong command with -c: status 64, and the message on standard error alone")
  func wrongCommand() async throws {
    try await blocking {
      let result = try ProgramHome.shared.run("-c 'ping' -c 'grant shw' -c 'community list'")
      #expect(result.status == 64)
      #expect(result.output == "")
      #expect(result.errors.contains("sister: usage.unknown-command: grant has no verb"))
      #expect(result.errors.contains("try: grant show"))
    }
  }

  @Test("An error in a file names the line; a byte order mark is no part of the first")
  func wrongLine() async throws {
    try await blocking {
      let home = ProgramHome.shared
      let file = home.folder + "/batch"
      write("\u{FEFF}-- a comment\nping\ngrant list amount>=1,000\nping\n", to: file)
      let result = try home.run("-f \(file)")
      #expect(result.status == 64)
      #expect(result.output == "")
      #expect(result.errors.contains("sister: \(file):3: usage.bad-value: amount is"))
      #expect(result.errors.contains("thousands separators"))
    }
  }

  @Test("Standard input that is empty, or closed, is the end of a script")
  func noInput() async throws {
    try await blocking {
      for arguments in ["", "<&-"] {
        let result = try ProgramHome.shared.run(arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == "")
      }
    }
  }

  @Test("The demo data is loaded once, however often it is asked for; the README's journey works")
  func demo() async throws {
    try await blocking {
      let home = ProgramHome.shared
      // Somebody at a terminal keeps the database running meanwhile.
      let person = try PersonAtTerminal(home)
      try person.see("sister> ", seconds: 180)
      let database = try RawConnection(
        "host='\(home.path)/run' port=5432 user=sister_owner dbname=sister connect_timeout=30")
      func entries() throws -> Int {
        let rows = try database.exec(
          "SELECT count(*) FROM audit.entry WHERE command NOT LIKE 'token %'")
        let count = rows.first?.first.flatMap { $0 }.flatMap { Int($0) }
        return try #require(count)
      }
      #expect(try home.run("demo").status == 0)
      let once = try entries()
      #expect(once > 50)
      #expect(try home.run("demo").status == 0)
      #expect(try entries() == once)

      let list = try home.run("-c 'grant list state=active amount>=5000 format=csv'")
      #expect(list.output.split(separator: "\n").count == 2, "\(list)")
      let range = try home.run("-c 'grant list state=active amount>=5000 amount<=10000 format=csv'")
      #expect(range.output.hasPrefix("G-2008-0001,PUR packets"), "\(range)")
      #expect(range.output.split(separator: "\n").count == 1)
      let over = try home.run("-c 'grant offer SAI-URBANA SAI-2012 urbana 2500000 \"Larger\"'")
      #expect(over.status == 3)
      #expect(over.errors.contains("conflict.over-award: fund SAI-2012 has"), "\(over)")
      for line in [
        #"grant offer SAI-DENVER SAI-2012 denver 75000 "Tri-lateral pilot" on=2012-09-10"#,
        #"grant rate-risk G-2012-0002 low reason="a partner since 1975""#,
        #"grant activate G-2012-0002 "Mayor of Denver" on=2012-09-20"#,
        "payment schedule G-2012-0002 30000 due=2012-10-15",
        "payment request G-2012-0002-P01",
      ] {
        let result = try home.run("-c '\(line)'")
        #expect(result.status == 0, "\(line): \(result.errors)")
      }
      let alone = try home.run("-c 'payment approve-program G-2012-0002-P01'")
      #expect(alone.status == 77)
      #expect(alone.errors.contains("a payment takes three people"))
      person.type("quit\r")
      #expect(person.end() == 0)
    }
  }
}
