/// Rows of comma-separated values (RFC 4180) from bytes that come in pieces.
///
/// Pure, and bounded: no more is kept than one row may have.
package struct CSVReader: Sendable {
  /// One row: the line it starts on, from 1, and its cells. A cell that is empty and not in quotes is
  /// nil.
  package struct Row: Sendable, Equatable {
    package let line: Int
    package let cells: [String?]
  }

  /// Why a row is none.
  package struct Failure: Error, Sendable, Equatable {
    /// The line it starts on, from 1.
    package let line: Int
    /// What is wrong with it.
    package let message: String
  }

  private enum State {
    case cellStart, unquoted, quoted, quoteInQuoted
    /// Behind what cannot be read, up to the end of its line.
    case skipping(Failure)
  }

  private let maximumRowBytes: Int
  private var buffer: [UInt8] = []
  private var position = 0
  private var state = State.cellStart
  private var line = 1
  private var rowLine = 1
  private var rowBytes = 0
  private var cells: [String?] = []
  private var cell: [UInt8] = []
  private var wasCR = false
  private var isAtStart = true

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// A reader of rows of at most so many bytes.
  package init(maximumRowBytes: Int = Limits.importRowBytes) {
    self.maximumRowBytes = maximumRowBytes
  }

  /// Takes in bytes; they become rows as `next` is called.
  package mutating func feed(_ bytes: some Collection<UInt8>) {
    buffer.removeFirst(position)
    position = 0
    buffer.append(contentsOf: bytes)
  }

  /// The next row; nil until more bytes come. At the end of the input, a last line without an end of
  /// line is a row, too.
  package mutating func next(isAtEnd: Bool) throws(Failure) -> Row? {
    if isAtStart {
      guard buffer.count >= Self.byteOrderMark.count || isAtEnd else { return nil }
      isAtStart = false
      // Spreadsheets write one.
      if buffer.starts(with: Self.byteOrderMark) { position = Self.byteOrderMark.count }
    }
    while position < buffer.count {
      let byte = buffer[position]
      position += 1
      if let row = try take(byte) { return row }
    }
    guard isAtEnd else { return nil }
    if case .quoted = state {
      state = .cellStart
      rowBytes = 0
      throw Failure(line: rowLine, message: "a quote is left open")
    }
    guard rowBytes > 0 else { return nil }
    return try endRow()
  }

  private mutating func take(_ byte: UInt8) throws(Failure) -> Row? {
    let followsCR = wasCR
    wasCR = byte == 0x0D
    if byte == 0x0A || byte == 0x0D {
      // CR LF is one end of line.
      if byte == 0x0A, followsCR {
        if isQuoted { cell.append(byte) }
        return nil
      }
      line += 1
      if !isQuoted { return try endRow() }
    }
    rowBytes += 1
    if rowBytes > maximumRowBytes { fail("it has more than \(maximumRowBytes) bytes") }
    switch state {
    case .skipping: break
    case .cellStart where byte == UInt8(ascii: "\""): state = .quoted
    case .cellStart, .unquoted:
      if byte == UInt8(ascii: ",") {
        endCell(isQuoted: false)
      } else if byte == UInt8(ascii: "\"") {
        fail("a quote stands in the middle of a cell; the whole cell must be in quotes")
      } else {
        state = .unquoted
        cell.append(byte)
      }
    case .quoted:
      if byte == UInt8(ascii: "\"") { state = .quoteInQuoted } else { cell.append(byte) }
    case .quoteInQuoted:
      if byte == UInt8(ascii: "\"") {
        cell.append(byte)
        state = .quoted
      } else if byte == UInt8(ascii: ",") {
        endCell(isQuoted: true)
      } else {
        fail("something stands behind a closing quote")
      }
    }
    return nil
  }

  private var isQuoted: Bool { if case .quoted = state { true } else { false } }

  private mutating func fail(_ message: String) {
    if case .skipping = state { return }
    state = .skipping(Failure(line: rowLine, message: message))
    cell = []
  }

  private mutating func endCell(isQuoted: Bool) {
    defer { cell.removeAll(keepingCapacity: true) }
    state = .cellStart
    guard isQuoted || !cell.isEmpty else { return cells.append(nil) }
    guard !cell.contains(0), let text = String(validating: cell, as: UTF8.self) else {
      return fail("it is not UTF-8 text")
    }
    cells.append(text)
  }

  /// The row that has come to its end; nil for an empty line.
  private mutating func endRow() throws(Failure) -> Row? {
    defer {
      rowLine = line
      rowBytes = 0
      cells = []
      cell = []
      state = .cellStart
    }
    guard rowBytes > 0 else { return nil }
    switch state {
    case .skipping: break
    case .quoteInQuoted: endCell(isQuoted: true)
    case .cellStart, .unquoted, .quoted: endCell(isQuoted: false)
    }
    if case .skipping(let failure) = state { throw failure }
    return Row(line: rowLine, cells: cells)
  }
}
