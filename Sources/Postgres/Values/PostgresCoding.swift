import Foundations

/// A value of a PostgreSQL type.
package protocol PostgresTyped: Sendable {
  static var postgresType: PostgresType { get }
}

/// A value that statements take, in PostgreSQL's text form.
package protocol PostgresEncodable: PostgresTyped {
  /// The value as PostgreSQL reads it; nil is NULL.
  var postgresText: String? { get }
}

/// A value that rows hold, in PostgreSQL's text form.
package protocol PostgresDecodable: PostgresTyped {
  /// Whether NULL is a value of the type.
  static var acceptsNull: Bool { get }
  /// The value of a cell; nil where the cell does not hold one.
  init?(cell: Cell)
}

extension PostgresDecodable {
  package static var acceptsNull: Bool { false }
}

/// One cell of a result, in PostgreSQL's text form. Valid while its result lives.
package struct Cell {
  /// The bytes, or nil for NULL.
  package let bytes: UnsafeBufferPointer<UInt8>?

  /// The cell as text, or nil for NULL.
  package var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
}

extension Optional: PostgresTyped where Wrapped: PostgresTyped {
  package static var postgresType: PostgresType { Wrapped.postgresType }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
  package var postgresText: String? { flatMap { $0.postgresText } }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  package static var acceptsNull: Bool { true }
  package init?(cell: Cell) {
    guard cell.bytes != nil else {
      self = Wrapped?.none
      return
    }
    guard let value = Wrapped(cell: cell) else { return nil }
    self = value
  }
}

extension String: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .text }
  package var postgresText: String? { self }
  package init?(cell: Cell) {
    guard let bytes = cell.bytes else { return nil }
    self = String(decoding: bytes, as: UTF8.self)
  }
}

extension Int64: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .bigint }
  package var postgresText: String? { String(self) }
  package init?(cell: Cell) {
    guard let bytes = cell.bytes, !bytes.isEmpty else { return nil }
    let negative = bytes[0] == 0x2D
    var value: Int64 = 0
    for byte in bytes.dropFirst(negative ? 1 : 0) {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.subtractingReportingOverflow(Int64(byte - 0x30))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    guard negative || value != .min else { return nil }
    self = negative ? value : -value
  }
}

extension Bool: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .boolean }
  package var postgresText: String? { self ? "t" : "f" }
  package init?(cell: Cell) {
    guard let byte = cell.bytes?.first, byte == 0x74 || byte == 0x66 else { return nil }
    self = byte == 0x74
  }
}

extension CalendarDate: PostgresEncodable {
  package static var postgresType: PostgresType { .date }
  package var postgresText: String? { description }
}

extension Currency: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .text }
  package var postgresText: String? { code }
  package init?(cell: Cell) {
    guard let text = cell.text else { return nil }
    self.init(code: text)
  }
}

/// States and other words that the database keeps as text.
extension PostgresTyped where Self: RawRepresentable, RawValue == String {
  package static var postgresType: PostgresType { .text }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue == String {
  package var postgresText: String? { rawValue }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue == String {
  package init?(cell: Cell) {
    guard let text = cell.text else { return nil }
    self.init(rawValue: text)
  }
}

/// A type whose arrays PostgreSQL has.
package protocol PostgresArrayElement: PostgresEncodable {
  static var postgresArrayType: PostgresType { get }
}

extension String: PostgresArrayElement {
  package static var postgresArrayType: PostgresType { .textArray }
}
extension Int64: PostgresArrayElement {
  package static var postgresArrayType: PostgresType { .bigintArray }
}
extension CalendarDate: PostgresArrayElement {
  package static var postgresArrayType: PostgresType { .dateArray }
}
extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {
  package static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }
}

extension Array: PostgresTyped where Element: PostgresArrayElement {
  package static var postgresType: PostgresType { Element.postgresArrayType }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
  package var postgresText: String? { PostgresArray.literal(map { $0.postgresText }) }
}

extension [String]: PostgresDecodable {
  package init?(cell: Cell) {
    guard let bytes = cell.bytes else { return nil }
    guard let elements = PostgresArray.elements([UInt8](bytes)) else { return nil }
    self = elements
  }
}

/// What a function without a result answers.
package struct Nothing: PostgresDecodable {
  package static var postgresType: PostgresType { .void }
  package init?(cell: Cell) {}
}
