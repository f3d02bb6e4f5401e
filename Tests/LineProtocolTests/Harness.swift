import CommandLanguage
import Foundations
import LineProtocol

/// A wire session whose driver is the test: what it was told to do, in order.
struct Harness {
  var wire: WireSession
  /// Everything sent so far.
  var output = ""
  /// Requests told to run and not finished, by number.
  var running: [Int: Request] = [:]
  /// Numbers in the order started.
  var started: [Int] = []
  /// The requests that there was no room for, each time that it was asked, and their first words.
  var waited: [(number: Int, word: String)] = []
  /// Pieces of literals, the last with a dollar sign behind it.
  var fed = ""
  var isPaused = false
  var isClosed = false

  /// A session in which `write` and `set` run alone, nobody waits for a `stream`, and `stop` waits for
  /// nobody. There is room for what `room` says.
  init(
    maximumInFlight: Int = 4, maximumUnsentBytes: Int = .max,
    room: @escaping @Sendable (Request, _ others: Int) -> Bool = { _, _ in true }
  ) {
    wire = WireSession(
      maximumInFlight: maximumInFlight, maximumUnsentBytes: maximumUnsentBytes,
      order: {
        switch $0.arguments[0].value {
        case "write", "set", "load": .alone
        case "stream": .detached
        case "stop": .urgent
        default: .beside
        }
      }, takesPieces: { $0.arguments[0].value == "load" }, admits: room)
  }

  /// The lines sent so far.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// The first words of the running requests and their arguments, in the order started.
  var runningWords: [String] {
    started.compactMap { running[$0]?.arguments.map(\.value).joined(separator: " ") }
  }

  mutating func receive(_ text: String) { perform(wire.receive(Array(text.utf8))) }
  mutating func receive(_ bytes: [UInt8]) { perform(wire.receive(bytes)) }
  /// Cancels what has this tag; what the session says of it.
  mutating func cancel(_ tag: String?) -> (running: [Int], refused: Int) {
    let error = DomainError(.cancelledByClient, "cancelled")
    let (running, refused, actions) = wire.cancel(tag: tag, with: error)
    perform(actions)
    return (running, refused.count)
  }
  /// There is room for the request that waits; there has been none for too long.
  mutating func admit() { if let (number, _) = waited.last { perform(wire.admit(number)) } }
  mutating func refuse() {
    if let (number, _) = waited.last { perform(wire.refuse(number).actions) }
  }
  mutating func endOfInput() { perform(wire.endOfInput()) }
  mutating func drain() { perform(wire.drain()) }
  mutating func outputHasLeft() { perform(wire.outputHasLeft()) }

  /// Ends the running request with these words: its answer is `+` with its words as a pair.
  mutating func finish(_ words: String, size: Int = 0) {
    let number = started.first { number in
      running[number]?.arguments.map(\.value).joined(separator: " ") == words
    }
    guard let number else { return output += "no \(words) runs\n" }
    finish(number, size: size)
  }

  /// Adds lines to the answer of the running request with these words.
  mutating func add(_ lines: String, to words: String) {
    let number = started.first { number in
      running[number]?.arguments.map(\.value).joined(separator: " ") == words
    }
    if let number { perform(wire.add(number, Array(lines.utf8))) }
  }

  mutating func finish(_ number: Int, size: Int = 0) {
    guard let request = running.removeValue(forKey: number) else { return }
    let words = request.arguments.map(\.value).joined(separator: " ")
    let reply = Reply.done([
      .init("is", words), .init("pad", String(repeating: "x", count: size)),
    ])
    let style = AnswerEncoder.Style(format: .tsv, width: nil, tag: request.tag)
    perform(wire.finish(number, AnswerEncoder.answer(reply, style, milliseconds: 0)))
  }

  mutating func perform(_ actions: [WireSession.Action]) {
    for action in actions {
      if isClosed { output += "an action after close: \(action)\n" }
      switch action {
      case .send(let bytes): output += String(decoding: bytes, as: UTF8.self)
      case .run(let number, let request):
        running[number] = request
        started.append(number)
      case .feed(_, let bytes, let isLast):
        fed += String(decoding: bytes, as: UTF8.self) + (isLast ? "$" : "")
      case .cutOff: fed += "!"
      case .wait(let number, let request): waited.append((number, request.arguments[0].value))
      case .pauseReading: isPaused = true
      case .resumeReading: isPaused = false
      case .close: isClosed = true
      }
    }
  }
}
