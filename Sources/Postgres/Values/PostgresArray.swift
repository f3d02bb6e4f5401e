/// One-dimensional arrays in PostgreSQL's text form: `{a,"b c",NULL}`.
package enum PostgresArray {
  /// The literal of these elements; nil is NULL.
  package static func literal(_ elements: [String?]) -> String {
    var bytes: [UInt8] = [0x7B]
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(0x2C) }
      guard let element else {
        bytes.append(contentsOf: [0x4E, 0x55, 0x4C, 0x4C])
        continue
      }
      bytes.append(0x22)
      for byte in element.utf8 {
        if byte == 0x22 || byte == 0x5C { bytes.append(0x5C) }
        bytes.append(byte)
      }
      bytes.append(0x22)
    }
    bytes.append(0x7D)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The elements of a literal that has no NULL and is not nested; nil for any other text.
  package static func elements(_ literal: [UInt8]) -> [String]? {
    guard literal.first == 0x7B, literal.last == 0x7D else { return nil }
    var elements: [String] = []
    var current: [UInt8] = []
    var quoted = false
    var index = 1
    let end = literal.count - 1
    if end == 1 { return [] }
    while index < end {
      switch literal[index] {
      case 0x22: quoted.toggle()
      case 0x5C:
        index += 1
        guard index < end else { return nil }
        current.append(literal[index])
      case 0x2C where !quoted:
        elements.append(String(decoding: current, as: UTF8.self))
        current.removeAll(keepingCapacity: true)
      case 0x7B where !quoted: return nil
      default: current.append(literal[index])
      }
      index += 1
    }
    guard !quoted else { return nil }
    elements.append(String(decoding: current, as: UTF8.self))
    return elements
  }
}
