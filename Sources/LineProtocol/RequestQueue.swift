import CommandLanguage

/// How a request stands to the others of its connection.
package enum RequestOrder: Sendable {
  /// Beside the others of its kind that it follows.
  case beside
  /// When everything before it has ended; nothing behind it starts before it ends.
  case alone
  /// Starts when those before it that run alone have ended; nobody waits for its end.
  case detached
  /// At once.
  case urgent
}

/// The requests of one connection that are not answered yet: which may run, whose answer may leave.
///
/// Untagged answers leave in the order of their requests, tagged ones at once.
struct RequestQueue {
  private struct Slot {
    let number: Int
    let tag: String?
    /// Not run yet: it waits for its turn.
    var request: Request?
    let order: RequestOrder
    /// Bytes that the request came in.
    let size: Int
    /// Lines of the answer that wait for earlier answers to leave.
    var lines: [UInt8] = []
    /// Whether those are the last: the request has been answered.
    var isAnswered = false

    var isRunning: Bool { request == nil && !isAnswered }
  }

  private var slots: [Slot] = []
  private(set) var nextNumber = 0

  var count: Int { slots.count }
  var isEmpty: Bool { slots.isEmpty }
  /// Whether a request has been started and has not ended.
  var isRunning: Bool { slots.contains(where: \.isRunning) }
  /// Bytes of answers that wait for earlier ones.
  private(set) var finishedBytes = 0
  /// Bytes of the requests that are not answered.
  var requestBytes: Int { slots.reduce(0) { $0 + ($1.isAnswered ? 0 : $1.size) } }

  /// A request that is to run.
  mutating func append(_ request: Request, size: Int, order: RequestOrder) {
    append(
      Slot(
        number: nextNumber, tag: request.tag, request: request, order: order, size: size))
  }

  /// A request that is answered already, in its turn.
  mutating func append(answer: [UInt8], tag: String?) {
    append(
      Slot(
        number: nextNumber, tag: tag, request: nil, order: .beside, size: 0, lines: answer,
        isAnswered: true))
  }

  private mutating func append(_ slot: Slot) {
    slots.append(slot)
    finishedBytes += slot.lines.count
    nextNumber += 1
  }

  /// More lines of the answer to the running request of this number; false if there is none.
  mutating func add(_ number: Int, _ lines: [UInt8]) -> Bool {
    guard let index = slots.firstIndex(where: { $0.number == number && $0.isRunning }) else {
      return false
    }
    slots[index].lines += lines
    finishedBytes += lines.count
    return true
  }

  /// The running request of this number has ended, with the last lines of its answer; false if there
  /// is none.
  mutating func finish(_ number: Int, _ lines: [UInt8]) -> Bool {
    guard let index = slots.firstIndex(where: { $0.number == number && $0.isRunning }) else {
      return false
    }
    slots[index].lines += lines
    slots[index].isAnswered = true
    finishedBytes += lines.count
    return true
  }

  /// Answers what has not been started: the request of this number, those of this tag and before this
  /// number only, if there is one; those, with their numbers.
  @discardableResult
  mutating func refuseWaiting(
    number: Int? = nil, tag: String? = nil, before: Int? = nil,
    _ answer: (_ tag: String?) -> [UInt8]
  ) -> [(number: Int, request: Request)] {
    var refused: [(number: Int, request: Request)] = []
    for index in slots.indices {
      guard let request = slots[index].request,
        number == nil || slots[index].number == number,
        tag == nil || slots[index].tag == tag,
        before.map({ slots[index].number < $0 }) ?? true
      else { continue }
      let refusal = answer(slots[index].tag)
      slots[index].lines = refusal
      slots[index].isAnswered = true
      slots[index].request = nil
      finishedBytes += refusal.count
      refused.append((slots[index].number, request))
    }
    return refused
  }

  /// Whether the request of this number runs alone.
  func runsAlone(_ number: Int) -> Bool {
    slots.contains { $0.number == number && $0.order == .alone }
  }

  /// The numbers of the requests that run, of this tag only if there is one. What is urgent is not
  /// among them: it is about these.
  func running(tag: String?, before: Int? = nil) -> [Int] {
    slots.filter { slot in
      slot.isRunning && slot.order != .urgent && (tag == nil || slot.tag == tag)
        && (before.map { slot.number < $0 } ?? true)
    }.map(\.number)
  }

  /// What may start now, and the one that there is no room for: that waits, and what stands behind it.
  struct Start {
    var requests: [(number: Int, request: Request)] = []
    var waiting: (number: Int, request: Request)?
  }

  /// Takes what may start now; only what is urgent, if nothing else may. What is urgent waits for its
  /// turn while the requests in front of it may tell who asks. There is room for what `admits` says,
  /// which is told how many others, of whatever command, start as well.
  mutating func start(
    onlyUrgent: Bool, isAnonymous: Bool, admits: (Request, _ others: Int) -> Bool
  ) -> Start {
    var started = Start()
    var othersRun = false
    var isBlocked = onlyUrgent
    for index in slots.indices where !slots[index].isAnswered {
      let order = slots[index].order
      if let request = slots[index].request {
        if order == .alone, othersRun { isBlocked = true }
        guard !isBlocked || order == .urgent && !isAnonymous else { continue }
        guard admits(request, started.requests.count) else {
          started.waiting = (slots[index].number, request)
          isBlocked = true
          continue
        }
        slots[index].request = nil
        started.requests.append((slots[index].number, request))
      }
      switch order {
      case .alone: isBlocked = true
      case .beside: othersRun = true
      case .detached, .urgent: break
      }
    }
    return started
  }

  /// Appends the lines that may leave to `output`, and forgets requests whose last have.
  mutating func takeAnswers(_ output: inout [UInt8]) {
    var isBlocked = false
    var index = 0
    while index < slots.count {
      let isFirst = slots[index].tag != nil || !isBlocked
      if isFirst, !slots[index].lines.isEmpty {
        let lines = slots[index].lines
        slots[index].lines = []
        finishedBytes -= lines.count
        if output.isEmpty { output = lines } else { output.append(contentsOf: lines) }
      }
      if isFirst, slots[index].isAnswered {
        slots.remove(at: index)
      } else {
        if slots[index].tag == nil { isBlocked = true }
        index += 1
      }
    }
  }
}
