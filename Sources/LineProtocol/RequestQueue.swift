import CommandLanguage

/// The requests of one connection that are not answered yet: which may run, whose answer may leave.
///
/// Untagged answers leave in the order of their requests, tagged ones at once. Reads that follow
/// one another run side by side; a request that runs alone starts when everything before it has
/// ended, and nothing after it starts before it ends.
struct RequestQueue {
  private struct Slot {
    let number: Int
    let tag: String?
    /// Not run yet: it waits for its turn.
    var request: Request?
    let runsAlone: Bool
    /// Bytes that the request came in.
    let size: Int
    /// The whole answer, waiting for earlier answers to leave.
    var answer: [UInt8]?

    var isRunning: Bool { request == nil && answer == nil }
  }

  private var slots: [Slot] = []
  private var nextNumber = 0

  var count: Int { slots.count }
  var isEmpty: Bool { slots.isEmpty }
  /// Whether a request has been started and has not ended.
  var isRunning: Bool { slots.contains(where: \.isRunning) }
  /// Bytes of answers that wait for earlier ones.
  private(set) var finishedBytes = 0
  /// Bytes of the requests that are not answered.
  var requestBytes: Int { slots.reduce(0) { $0 + ($1.answer == nil ? $1.size : 0) } }

  /// A request that is to run.
  mutating func append(_ request: Request, size: Int, runsAlone: Bool) {
    append(
      Slot(
        number: nextNumber, tag: request.tag, request: request, runsAlone: runsAlone,
        size: size, answer: nil))
  }

  /// A request that is answered already, in its turn.
  mutating func append(answer: [UInt8], tag: String?) {
    append(
      Slot(
        number: nextNumber, tag: tag, request: nil, runsAlone: false, size: 0, answer: answer))
  }

  private mutating func append(_ slot: Slot) {
    slots.append(slot)
    finishedBytes += slot.answer?.count ?? 0
    nextNumber += 1
  }

  /// The running request of this number has ended; false if there is none.
  mutating func finish(_ number: Int, _ answer: [UInt8]) -> Bool {
    guard let index = slots.firstIndex(where: { $0.number == number && $0.isRunning }) else {
      return false
    }
    slots[index].answer = answer
    finishedBytes += answer.count
    return true
  }

  /// Answers everything that has not been started.
  mutating func refuseWaiting(_ answer: (_ tag: String?) -> [UInt8]) {
    for index in slots.indices where slots[index].request != nil {
      let refusal = answer(slots[index].tag)
      slots[index].answer = refusal
      slots[index].request = nil
      finishedBytes += refusal.count
    }
  }

  /// Takes what may start now: everything up to the first that must wait.
  mutating func start() -> [(number: Int, request: Request)] {
    var started: [(number: Int, request: Request)] = []
    var othersRun = false
    for index in slots.indices where slots[index].answer == nil {
      if let request = slots[index].request {
        if slots[index].runsAlone, othersRun { break }
        slots[index].request = nil
        started.append((slots[index].number, request))
      }
      if slots[index].runsAlone { break }
      othersRun = true
    }
    return started
  }

  /// Appends the answers that may leave to `output`, and forgets their requests.
  mutating func takeAnswers(_ output: inout [UInt8]) {
    var isBlocked = false
    var index = 0
    while index < slots.count {
      if let answer = slots[index].answer, !isBlocked || slots[index].tag != nil {
        if output.isEmpty { output = answer } else { output.append(contentsOf: answer) }
        slots.remove(at: index)
        finishedBytes -= answer.count
      } else {
        if slots[index].tag == nil { isBlocked = true }
        index += 1
      }
    }
  }
}
