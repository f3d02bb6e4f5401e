import Foundations
import Testing

@Suite("Reading comma-separated values")
struct CSVReaderTests {
  /// Every row and failure of a text that comes in pieces of so many bytes.
  private func read(_ text: String, step: Int = .max) -> [String] {
    var reader = CSVReader(maximumRowBytes: 100)
    var found: [String] = []
    func take(isAtEnd: Bool) {
      while true {
        do throws(CSVReader.Failure) {
          guard let row = try reader.next(isAtEnd: isAtEnd) else { return }
          found.append("\(row.line):" + row.cells.map { $0 ?? "~" }.joined(separator: "|"))
        } catch {
          found.append("\(error.line)!\(error.message.prefix(18))")
        }
      }
    }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      reader.feed(rest.prefix(step))
      rest = rest.dropFirst(step)
      take(isAtEnd: false)
    }
    take(isAtEnd: true)
    return found
  }

  @Test("Rows, quotes, line breaks, and what is empty", arguments: [1, 2, 3, 7, Int.max])
  func rows(step: Int) {
    #expect(read("a,b\n1,2\n", step: step) == ["1:a|b", "2:1|2"])
    #expect(read("a,b\r\n1,2\r\n3,4", step: step) == ["1:a|b", "2:1|2", "3:3|4"])
    #expect(read("a\rb\r", step: step) == ["1:a", "2:b"])
    #expect(read("\u{FEFF}a,b\n", step: step) == ["1:a|b"])
    #expect(read("a,,\"\"\n,\n\n\nx\n", step: step) == ["1:a|~|", "2:~|~", "5:x"])
    #expect(
      read("\"a\"\"b,\",\"two\nlines\"\n友好,z\n", step: step)
        == ["1:a\"b,|two\nlines", "3:友好|z"])
    #expect(read("\"a\r\nb\"\nc\n", step: step) == ["1:a\r\nb", "3:c"])
    #expect(read("", step: step) == [])
  }

  @Test(
    "What is no row is named by its line, and the next one is read", arguments: [1, 5, Int.max])
  func failures(step: Int) {
    #expect(
      read("a\nb\"c\nd\n", step: step) == ["1:a", "2!a quote stands in ", "3:d"])
    #expect(
      read("\"a\"b,c\nd\n", step: step) == ["1!something stands b", "2:d"])
    #expect(read("a\n\"open\nb\n", step: step) == ["1:a", "2!a quote is left op"])
    #expect(
      read(String(repeating: "x", count: 101) + "\ny\n", step: step)
        == ["1!it has more than 1", "2:y"])
  }

  @Test("Bytes that are no text are refused where they stand")
  func notText() throws {
    var reader = CSVReader()
    reader.feed([0x61, 0xFF, 0x0A, 0x62, 0x0A])
    #expect(throws: CSVReader.Failure.self) { try reader.next(isAtEnd: true) }
    #expect(try reader.next(isAtEnd: true)?.cells == ["b"])
  }
}
