import CommandLanguage
import Foundations
import Glibc
import Rendering

/// Answers as bytes of SLP/1: head, rows and the one status line.
package enum AnswerEncoder {
  /// How an answer is written, as the request and its session have it.
  package struct Style: Sendable {
    let format: OutputFormat
    let width: Int?
    package let tag: String?

    /// Rows in `format`; tables no wider than `width` terminal columns.
    package init(format: OutputFormat, width: Int?, tag: String?) {
      self.format = format
      self.width = width
      self.tag = tag
    }
  }

  /// A whole answer that took so many milliseconds.
  package static func answer(_ reply: Reply, _ style: Style, milliseconds: Int64) -> [UInt8] {
    var output = AnswerBuffer(tag: style.tag)
    var pairs: [(String, String)] = []
    switch reply {
    case .record(let table): output.rows(table, isRecord: true, style)
    case .list(let table, let next):
      output.rows(table, isRecord: false, style)
      if let next { pairs.append(("next", next)) }
    case .page(let lines): output.lines(lines)
    case .stream, .pushes, .instead:
      // The driver writes these as they come, with `StreamedAnswer` or `pushes`, or runs another.
      return error(DomainError(.internalFault, "there is no answer here"), tag: style.tag)
    case .outcome(let table, let done, let failure):
      output.rows(table, isRecord: false, style)
      if let failure { return output.bytes + error(failure, tag: style.tag) }
      pairs += done.map { ($0.name, $0.value) }
    case .step(let data, let done):
      output.line(UInt8(ascii: "~"), [("data", data)])
      pairs += done.map { ($0.name, $0.value) }
    case .done(let done): pairs += done.map { ($0.name, $0.value) }
    case .goodbye: pairs.append(("bye", "yes"))
    }
    pairs.append(("ms", String(milliseconds)))
    output.status(UInt8(ascii: "+"), pairs)
    return output.bytes
  }

  /// How far an answer has come, as a line of it.
  package static func progress(_ pairs: [(String, String)], tag: String?) -> [UInt8] {
    var output = AnswerBuffer(tag: tag)
    output.line(UInt8(ascii: "%"), pairs)
    return output.bytes
  }

  /// Lines that are pushed to an open request.
  package static func pushes(_ lines: [PushStream.Line], tag: String?) -> [UInt8] {
    var output = AnswerBuffer(tag: tag)
    for line in lines { output.line(UInt8(ascii: "!"), line.map { ($0.name, $0.value) }) }
    return output.bytes
  }

  /// An error as its status line.
  package static func error(
    _ error: DomainError, tag: String?, isFatal: Bool = false
  ) -> [UInt8] {
    var pairs: [(String, String)] = []
    switch error.retry {
    case .no: pairs.append(("retry", "no"))
    case .seconds(let seconds): pairs.append(("retry", String(seconds)))
    }
    pairs.append(("effect", error.effect.rawValue))
    if isFatal { pairs.append(("fatal", "yes")) }
    if let column = error.column { pairs.append(("at", String(column))) }
    if let argument = error.argument { pairs.append(("arg", argument)) }
    if let suggestion = error.suggestion { pairs.append(("try", suggestion)) }
    if let reference = error.reference { pairs.append(("ref", reference)) }
    pairs.append(("msg", error.message))
    var output = AnswerBuffer(tag: tag)
    output.status(UInt8(ascii: "-"), code: error.code.description, pairs)
    return output.bytes
  }
}

/// An answer that leaves while its rows are still being read.
package struct StreamedAnswer {
  private let style: AnswerEncoder.Style
  private var buffer: AnswerBuffer

  /// An answer of rows with these columns; its head is the first to be taken.
  package init(_ columns: [Column], _ style: AnswerEncoder.Style) {
    self.style = style
    buffer = AnswerBuffer(tag: style.tag)
    buffer.head(columns)
  }

  /// Adds records that are written in the answer's format.
  package mutating func append(_ records: RecordBatch) {
    records.forEach { buffer.append(record: $0, style.format) }
  }

  /// How many records have been added.
  package var rowCount: Int { buffer.rowCount ?? 0 }

  /// Adds the status line: there are no more rows.
  package mutating func finish(milliseconds: Int64) {
    buffer.status(UInt8(ascii: "+"), [("ms", String(milliseconds))])
  }

  /// Takes what has been added since.
  package mutating func take() -> [UInt8] { buffer.take() }
}

/// An answer under construction.
private struct AnswerBuffer {
  private(set) var bytes: [UInt8] = []
  private let prefix: [UInt8]
  private(set) var rowCount: Int?
  private var checksum = CRC32C()

  init(tag: String?) {
    prefix = tag.map { Array("@\($0) ".utf8) } ?? []
    bytes.reserveCapacity(512)
  }

  mutating func rows(_ table: Table, isRecord: Bool, _ style: AnswerEncoder.Style) {
    head(table.columns)
    append(table, isRecord: isRecord, style)
  }

  mutating func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  mutating func head(_ columns: [Column]) {
    marker(UInt8(ascii: "#"))
    bytes.append(contentsOf: Rendering.head(columns))
    bytes.append(0x0A)
    rowCount = 0
  }

  mutating func append(_ table: Table, isRecord: Bool, _ style: AnswerEncoder.Style) {
    Rendering.render(table, isRecord: isRecord, format: style.format, width: style.width) {
      row($0.bytes, isContinuation: $0.kind == .continuation)
    }
  }

  mutating func lines(_ lines: [String]) {
    marker(UInt8(ascii: "#"))
    bytes.append(contentsOf: Array("text:text\n".utf8))
    rowCount = 0
    for line in lines { row(Array(TerminalText.safe(line).utf8), isContinuation: false) }
  }

  /// The status line. One of success begins with the rows' count and checksum, if there are rows.
  mutating func status(_ kind: UInt8, code: String? = nil, _ pairs: [(String, String)]) {
    marker(kind)
    if let code {
      bytes.append(contentsOf: code.utf8)
      bytes.append(0x20)
    } else if let rowCount {
      Pairs.append("rows", String(rowCount), to: &bytes)
      bytes.append(0x20)
      Pairs.append("crc32c", checksum.hexadecimal, to: &bytes)
      bytes.append(0x20)
    }
    append(pairs)
  }

  /// A line of pairs that is no status.
  mutating func line(_ kind: UInt8, _ pairs: [(String, String)]) {
    marker(kind)
    append(pairs)
  }

  private mutating func append(_ pairs: [(String, String)]) {
    for (index, (name, value)) in pairs.enumerated() {
      if index > 0 { bytes.append(0x20) }
      Pairs.append(name, value, to: &bytes)
    }
    bytes.append(0x0A)
  }

  /// Each line of a record that PostgreSQL has written, which ends with a line feed.
  mutating func append(record: UnsafeBufferPointer<UInt8>, _ format: OutputFormat) {
    guard let start = record.baseAddress else { return }
    var from = 0
    while from < record.count, let end = memchr(start + from, 0x0A, record.count - from) {
      let next = UnsafeRawPointer(end) - UnsafeRawPointer(start) + 1
      let line = UnsafeBufferPointer(rebasing: record[from..<next])
      marker(from == 0 ? UInt8(ascii: "|") : UInt8(ascii: ":"))
      let before = bytes.count
      WrittenLine.append(line, format, to: &bytes)
      bytes.withUnsafeBufferPointer {
        checksum.update(UnsafeBufferPointer(rebasing: $0[before...]))
      }
      from = next
    }
    rowCount = (rowCount ?? 0) + 1
  }

  private mutating func row(_ payload: [UInt8], isContinuation: Bool) {
    marker(isContinuation ? UInt8(ascii: ":") : UInt8(ascii: "|"))
    bytes.append(contentsOf: payload)
    bytes.append(0x0A)
    checksum.update(line: payload)
    if !isContinuation { rowCount = (rowCount ?? 0) + 1 }
  }

  private mutating func marker(_ kind: UInt8) {
    bytes.append(kind)
    bytes.append(0x20)
    bytes.append(contentsOf: prefix)
  }
}
