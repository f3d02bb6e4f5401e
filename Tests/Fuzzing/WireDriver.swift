import CommandLanguage
import LineProtocol
import Synchronization

/// Drives a session, and sees to it that the session keeps the rules on its way.
struct WireDriver {
  private static let maximumInFlight = 4

  /// Of the answers without a tag, in the order in which they came: `+`, or `-` and the code.
  private(set) var untagged: [String] = []
  /// Of the others, with their tags behind it.
  private(set) var tagged: [String] = []

  private var wire: WireSession
  private let endsLastFirst: Bool
  private let endsAtOnce: Bool
  private let room: Room
  private var waiting: Int?
  private var running: [(number: Int, request: Request)] = []
  private var hasUnsent = false
  private var isPaused = false
  private var isClosed = false

  /// Whether there is room for requests that are not urgent.
  private final class Room: Sendable {
    let isThere: Mutex<Bool>
    init(isThere: Bool) { self.isThere = Mutex(isThere) }
    func admits(_ request: Request) -> Bool {
      isThere.withLock(\.self) || WireDriver.order(request) == .urgent
    }
  }

  /// A driver that ends requests in their order or in the other, and before more bytes come or not; and
  /// that has room for them at once, or when they have waited.
  init(
    isAnonymous: Bool, endsLastFirst: Bool, unsentBytes: Int, endsAtOnce: Bool, makesWait: Bool
  ) {
    let room = Room(isThere: !makesWait)
    self.room = room
    wire = WireSession(
      maximumInFlight: Self.maximumInFlight, maximumUnsentBytes: unsentBytes, order: Self.order,
      admits: { request, _ in room.admits(request) })
    wire.isAnonymous = isAnonymous
    self.endsLastFirst = endsLastFirst
    self.endsAtOnce = endsAtOnce
  }

  /// The first letter of a request says what may run beside it.
  private static func order(_ request: Request) -> RequestOrder {
    switch request.arguments.first?.value.utf8.first {
    case UInt8(ascii: "w"): .alone
    case UInt8(ascii: "s"): .detached
    case UInt8(ascii: "u"): .urgent
    default: .beside
    }
  }

  /// Sends everything, then the end, and lets everything end.
  mutating func run(_ pieces: some Sequence<[UInt8]>) throws(Violation) {
    for piece in pieces {
      while isPaused, !isClosed {
        try demand(step(), "a session that pauses does not go on")
      }
      if isClosed { return }
      try perform(wire.receive(piece))
      while endsAtOnce, !running.isEmpty || waiting != nil { try step() }
    }
    if !isClosed { try perform(wire.endOfInput()) }
    while !isClosed { try demand(step(), "a session does not end") }
    try demand(running.isEmpty, "a session ends before its requests")
    try demand(wire.unanswered == 0, "a session ends without an answer")
  }

  /// Ends a request, lets one begin that waits, or takes what was sent; false if there is nothing of
  /// these.
  @discardableResult
  private mutating func step() throws(Violation) -> Bool {
    if let (number, request) = endsLastFirst ? running.last : running.first {
      running.removeAll { $0.number == number }
      let tag = request.tag.map { "@\($0) " } ?? ""
      try perform(wire.finish(number, Array("+ \(tag)ms=0\n".utf8)))
      return true
    }
    if let waiting {
      self.waiting = nil
      room.isThere.withLock { $0 = true }
      defer { room.isThere.withLock { $0 = false } }
      try perform(wire.admit(waiting))
      return true
    }
    guard hasUnsent else { return false }
    hasUnsent = false
    try perform(wire.outputHasLeft())
    return true
  }

  private mutating func perform(_ actions: [WireSession.Action]) throws(Violation) {
    for action in actions {
      try demand(!isClosed, "an action after the close")
      switch action {
      case .send(let bytes):
        hasUnsent = true
        try take(bytes)
      case .run(let number, let request):
        try demand(room.admits(request), "a request runs that there is no room for")
        running.append((number, request))
      // No request of these takes its literal in pieces.
      case .feed, .cutOff: try demand(false, "a piece of a literal that nobody takes")
      case .wait(let number, let request):
        try demand(!room.admits(request), "a request waits that there is room for")
        try demand(waiting == nil, "two requests wait for room")
        waiting = number
      case .pauseReading:
        try demand(!isPaused, "paused twice")
        isPaused = true
      case .resumeReading:
        try demand(isPaused, "resumed twice")
        isPaused = false
      case .close: isClosed = true
      }
    }
    try demand(wire.unanswered <= Self.maximumInFlight, "too many requests under way")
    var others = 0
    var isAlone = false
    for (_, request) in running {
      switch Self.order(request) {
      case .alone:
        others += 1
        isAlone = true
      case .beside: others += 1
      case .detached, .urgent: break
      }
    }
    try demand(!isAlone || others == 1, "a request does not run alone")
  }

  private mutating func take(_ bytes: [UInt8]) throws(Violation) {
    try demand(bytes.last == 0x0A, "half a line is sent")
    for line in bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
      var words = line.split(separator: 0x20, maxSplits: 3)[...]
      guard let marker = words.popFirst(), !words.isEmpty else { throw Violation("no status") }
      let tag = words.first?.first == UInt8(ascii: "@") ? words.popFirst() : nil
      var status = String(decoding: marker, as: UTF8.self)
      try demand(status == "+" || status == "-", "a line is no status")
      if status == "-", let code = words.first {
        status += " " + String(decoding: code, as: UTF8.self)
      }
      if let tag {
        tagged.append(status + " " + String(decoding: tag.dropFirst(), as: UTF8.self))
      } else {
        untagged.append(status)
      }
    }
  }
}
