import Foundations

/// The client's half of SLP/1 as a pure state machine: bytes in, events out.
///
/// It counts the row lines of every answer and sums their checksum, and does not let an answer
/// pass that is not what its status line says.
package struct ClientCodec: Sendable {
  /// A line longer than this is no answer of SLP/1, but memory running away.
  package static let lineBytes = 16_777_216

  /// What an answer under way has had so far.
  private struct Progress {
    var rows = 0
    var checksum = CRC32C()
  }

  private var pending: [UInt8] = []
  private var tags: Set<String> = []
  private var answers: [String?: Progress] = [:]
  private var isBroken = false

  /// A connection on which nothing has been received.
  package init() {}

  /// A request with this tag has been sent. Only such tags are looked for in answers: the payload
  /// of an untagged answer may begin with `@` itself.
  package mutating func expect(_ tag: String) { tags.insert(tag) }

  /// Whether rows have come without the line that ends their answer, or half a line has: an end
  /// of the connection here cuts something off.
  package var isMidAnswer: Bool { !pending.isEmpty || !answers.isEmpty }

  /// Takes the next bytes of the connection, however they were cut.
  package mutating func feed(_ bytes: some Collection<UInt8>) -> [ClientEvent] {
    guard !isBroken else { return [] }
    var events: [ClientEvent] = []
    var start = pending.count
    pending.append(contentsOf: bytes)
    var lineStart = 0
    while let end = pending[start...].firstIndex(of: 0x0A) {
      let event = event(pending[lineStart..<end])
      events.append(event)
      if case .violation = event.kind { isBroken = true }
      start = end + 1
      lineStart = start
      if isBroken { break }
    }
    pending.removeFirst(lineStart)
    if pending.count > Self.lineBytes {
      isBroken = true
      let error = ClientError.damaged("the server sent a line without an end")
      events.append(ClientEvent(.violation(error)))
    }
    return events
  }

  private mutating func event(_ line: ArraySlice<UInt8>) -> ClientEvent {
    guard let marker = line.first, line.dropFirst().first == 0x20 else { return violation(line) }
    var rest = line.dropFirst(2)
    if marker == UInt8(ascii: "*") {
      return Pairs(decoding: trimmed(rest)).map { ClientEvent(.notice($0)) } ?? violation(line)
    }
    let tag = takeTag(&rest)
    switch marker {
    case UInt8(ascii: "|"):
      answers[tag, default: Progress()].rows += 1
      answers[tag]?.checksum.update(line: rest)
      return ClientEvent(.row(Array(rest)), tag: tag)
    case UInt8(ascii: ":"):
      answers[tag, default: Progress()].checksum.update(line: rest)
      return ClientEvent(.continuation(Array(rest)), tag: tag)
    case UInt8(ascii: "#"): return ClientEvent(.head(Array(trimmed(rest))), tag: tag)
    case UInt8(ascii: "-"): return failed(trimmed(rest), tag) ?? violation(line)
    default: break
    }
    guard let pairs = Pairs(decoding: trimmed(rest)) else { return violation(line) }
    switch marker {
    case UInt8(ascii: "+"): return finished(pairs, tag)
    case UInt8(ascii: "%"): return ClientEvent(.progress(pairs), tag: tag)
    case UInt8(ascii: "!"): return ClientEvent(.push(pairs), tag: tag)
    case UInt8(ascii: "~"): return ClientEvent(.step(pairs), tag: tag)
    default: return violation(line)
    }
  }

  private mutating func finished(_ pairs: Pairs, _ tag: String?) -> ClientEvent {
    let progress = forget(tag) ?? Progress()
    if let rows = pairs["rows"], rows != String(progress.rows) {
      let message = "the answer should have \(rows) rows and has \(progress.rows); ask again"
      return ClientEvent(.error(.damaged(message)), tag: tag)
    }
    if let checksum = pairs["crc32c"], checksum != progress.checksum.hexadecimal {
      let message = "the answer's checksum is wrong: it was damaged on its way; ask again"
      return ClientEvent(.error(.damaged(message)), tag: tag)
    }
    return ClientEvent(.ok(pairs), tag: tag)
  }

  private mutating func failed(_ rest: ArraySlice<UInt8>, _ tag: String?) -> ClientEvent? {
    let code = rest.prefix { $0 != 0x20 }
    guard !code.isEmpty, let pairs = Pairs(decoding: rest.dropFirst(code.count)) else { return nil }
    forget(tag)
    let error = ClientError(code: String(decoding: code, as: UTF8.self), pairs: pairs)
    return ClientEvent(.error(error), tag: tag)
  }

  @discardableResult
  private mutating func forget(_ tag: String?) -> Progress? {
    if let tag { tags.remove(tag) }
    return answers.removeValue(forKey: tag)
  }

  /// Takes `@tag ` off, if it is the tag of a request under way.
  private func takeTag(_ rest: inout ArraySlice<UInt8>) -> String? {
    guard !tags.isEmpty, rest.first == UInt8(ascii: "@") else { return nil }
    let word = trimmed(rest).prefix { $0 != 0x20 }
    let tag = String(decoding: word.dropFirst(), as: UTF8.self)
    guard tags.contains(tag) else { return nil }
    rest = rest.dropFirst(word.count + 1)
    return tag
  }

  /// A line that may have been sent with CRLF; payloads keep a carriage return, it is theirs.
  private func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    line.last == 0x0D ? line.dropLast() : line
  }

  private func violation(_ line: ArraySlice<UInt8>) -> ClientEvent {
    let text = JSON.string(String(decoding: line.prefix(60), as: UTF8.self))
    return ClientEvent(.violation(.damaged("this is no server of SLP/1: it said \(text)")))
  }
}
