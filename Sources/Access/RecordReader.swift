import CommandLanguage
import EventLoop
import Foundations

/// The rows of a CSV file that comes in pieces, whose first row names columns.
@EventLoop
package struct RecordReader: Sendable {
  /// A row, or why it is none.
  package enum Item: Sendable {
    case record(Record)
    case refused(DomainError, line: Int)
  }

  /// A row's cells by their columns.
  package struct Record: Sendable {
    /// The line it starts on, from 1.
    package let line: Int
    /// The columns that the first row names, and what the row has there; nil where that is empty.
    package let cells: [(name: String, value: String?)]

    /// The cell of a column, without spaces around it; nil where it is empty, in quotes or not, or the
    /// first row does not name it.
    package func callAsFunction(_ name: String) -> String? {
      guard let value = cells.first(where: { $0.name == name })?.value else { return nil }
      guard value.utf8.first == 0x20 || value.utf8.last == 0x20 || value.isEmpty else {
        return value
      }
      let trimmed = value.drop { $0 == " " }
      guard let last = trimmed.lastIndex(where: { $0 != " " }) else { return nil }
      return String(trimmed[...last])
    }
  }

  private let purpose: String
  private let columns: [String]
  private let required: [String]
  private let data: LiteralStream
  private var csv = CSVReader()
  private var isAtEnd = false
  private var byteCount = 0
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  private var header: [String] = []
  private var rowCount = 0
  /// Is told how many rows there were so far, the first not counted, whenever there is one more.
  var onRow: @EventLoop (Int) -> Void = { _ in }

  /// A reader of `data` for `purpose`, which takes these columns and cannot do without the required
  /// ones.
  package init(
    _ data: LiteralStream, for purpose: String, columns: [String], required: [String]
  ) {
    self.data = data
    self.purpose = purpose
    self.columns = columns
    self.required = required
  }

  /// Reads the first row.
  mutating func readHeader() async throws(DomainError) {
    guard let first = try await nextRow() else {
      throw DomainError(
        .required,
        "the data is empty; its first row names parameters of \(purpose): "
          + columns.joined(separator: ","), argument: "data")
    }
    let row: CSVReader.Row
    switch first {
    case .success(let found): row = found
    case .failure(let failure): throw DomainError(.invalid, failure.message, argument: "data")
    }
    header = row.cells.map { $0 ?? "" }
    for (index, name) in header.enumerated() {
      guard columns.contains(name) else {
        let nearest = EditDistance.nearest(to: name, among: columns)
        throw DomainError(
          .unknownArgument,
          "the first row names \(JSON.string(String(name.prefix(80)))), and \(purpose) takes "
            + columns.joined(separator: ", "), argument: "data", suggestion: nearest)
      }
      if header[..<index].contains(name) {
        throw DomainError(
          .unknownArgument, "the first row names \(name) twice", argument: "data")
      }
    }
    let missing = required.filter { !header.contains($0) }
    guard missing.isEmpty else {
      let list = missing.joined(separator: ", ")
      throw DomainError(.required, "the first row lacks \(list)", argument: "data")
    }
  }

  /// The next row; nil behind the last.
  package mutating func next() async throws(DomainError) -> Item? {
    let row = try await nextRow()
    if row != nil {
      rowCount += 1
      onRow(rowCount)
    }
    switch row {
    case nil: return nil
    case .failure(let failure):
      return .refused(
        DomainError(.invalid, failure.message, argument: "data"), line: failure.line)
    case .success(let row):
      guard row.cells.count == header.count else {
        let message =
          "it has \(row.cells.count) cells, and the first row has \(header.count)"
        return .refused(DomainError(.invalid, message), line: row.line)
      }
      return .record(
        Record(line: row.line, cells: zip(header, row.cells).map { (name: $0, value: $1) }))
    }
  }

  private mutating func nextRow() async throws(DomainError) -> Result<
    CSVReader.Row, CSVReader.Failure
  >? {
    while true {
      do throws(CSVReader.Failure) {
        if let row = try csv.next(isAtEnd: isAtEnd) { return .success(row) }
      } catch {
        return .failure(error)
      }
      if isAtEnd { return nil }
      if let bytes = try await nextBytes() { csv.feed(bytes) } else { isAtEnd = true }
    }
  }

  private mutating func nextBytes() async throws(DomainError) -> [UInt8]? {
    guard let bytes = try await data.next() else { return nil }
    byteCount += bytes.count
    // FNV-1a: it tells files apart, not attackers.
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return bytes
  }

  /// Takes what is left without looking at it.
  mutating func drain() async throws(DomainError) {
    while try await nextBytes() != nil {}
  }

  /// What tells the data that was read from other data: a key is good for one file.
  var digest: String { "\(byteCount)-\(String(hash, radix: 16))" }
}
