import CLibEvent
import Glibc

/// Many connections from one thread, each with so many requests under way: the load of the bench.
///
/// It does as little as it can for each answer (it finds the status lines), because it shares the
/// machine with what it measures.
struct LoadClient {
  private struct Connection {
    let descriptor: Int32
    var counter = AnswerCounter()
    /// When the requests under way were due, the oldest first, and when the last of them was sent.
    var due: [Int64] = []
    var sentAt: Int64 = 0
  }

  /// Connections that log in at a time: a server may well refuse thousands at once.
  private static let loginsAtOnce = 256
  /// How long the other end may say nothing at all.
  private static let patienceMicroseconds: Int64 = 15_000_000

  private var connections: [Connection] = []
  private let poller: Int32
  private var events = [epoll_event](repeating: epoll_event(), count: 256)
  private var buffer = [UInt8](repeating: 0, count: 65_536)
  private var outcome = Outcome()
  /// Requests sent and not answered.
  private var pending = 0
  private var heardAt = Loopback.now()
  /// Connections that were answered since they were last taken from here, and how often.
  private var answered: [(index: Int, count: Int)] = []

  /// Makes so many connections to a port of 127.0.0.1, each of which has its first line answered.
  init(port: UInt16, login: String, connections count: Int) throws(BenchError) {
    poller = epoll_create1(0)
    while connections.count < count {
      let first = connections.count
      for index in first..<min(count, first + Self.loginsAtOnce) {
        let descriptor = try Loopback.connect(port)
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u32 = UInt32(index)
        epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event)
        connections.append(Connection(descriptor: descriptor))
        send({ login + "\n" }, 1, index, due: Loopback.now())
      }
      while pending > 0 { try receive(waitingMicroseconds: Self.patienceMicroseconds) }
    }
    guard outcome.good == count else {
      throw BenchError("\(count - outcome.good) of \(count) logins failed \(outcome.firstError)")
    }
  }

  /// Keeps `depth` requests under way on every connection for so many seconds: where answers come
  /// late, so do the next requests.
  mutating func run(
    seconds: Double, depth: Int, request: () -> String
  ) throws(BenchError) -> Outcome {
    let start = begin()
    let end = start + Int64(seconds * 1_000_000)
    answered = connections.indices.map { ($0, depth) }
    var now = start
    while now < end || pending > 0 {
      if now < end {
        for (index, count) in answered { send(request, count, index, due: now) }
      }
      answered.removeAll(keepingCapacity: true)
      guard pending > 0 else { break }
      try receive(waitingMicroseconds: Self.patienceMicroseconds)
      now = Loopback.now()
    }
    outcome.goodInTime = outcome.good
    outcome.seconds = Double(now - start) / 1_000_000
    return outcome
  }

  /// Makes `rate` requests a second for so many seconds, whatever becomes of them: `depth` at once on
  /// a connection that has none under way. Where there is none, they wait for one, and that is part
  /// of how long they take; what waits still at the end is not sent.
  mutating func run(
    seconds: Double, depth: Int, rate: Int, request: () -> String
  ) throws(BenchError) -> Outcome {
    let start = begin()
    let end = start + Int64(seconds * 1_000_000)
    let interval = Double(depth) * 1_000_000 / Double(rate)
    // Each waits its turn, so that all take part.
    var free = Ring(connections.indices)
    var bursts = 0
    var now = start
    while now < end {
      let due = Int(Double(now - start) / interval) + 1
      while bursts < due, let index = free.next() {
        send(request, depth, index, due: start + Int64(Double(bursts) * interval))
        bursts += 1
      }
      // Where all wait for answers, so does this: looking at the clock meanwhile would take the time
      // of what answers.
      let next = free.isEmpty ? end : start + Int64(Double(due) * interval)
      try receive(waitingMicroseconds: max(0, min(next, end) - Loopback.now()))
      for (index, _) in answered where connections[index].due.isEmpty { free.append(index) }
      answered.removeAll(keepingCapacity: true)
      now = Loopback.now()
    }
    outcome.goodInTime = outcome.good
    outcome.seconds = Double(now - start) / 1_000_000
    let patience = now + Self.patienceMicroseconds
    while pending > 0, Loopback.now() < patience { try receive(waitingMicroseconds: 100_000) }
    outcome.unanswered += pending
    return outcome
  }

  func close() {
    for connection in connections { Glibc.close(connection.descriptor) }
    Glibc.close(poller)
  }

  private mutating func begin() -> Int64 {
    outcome = Outcome()
    answered.removeAll(keepingCapacity: true)
    heardAt = Loopback.now()
    return heardAt
  }

  private mutating func send(_ request: () -> String, _ count: Int, _ index: Int, due: Int64) {
    var text = ""
    for _ in 0..<count {
      text += request()
      connections[index].due.append(due)
    }
    pending += count
    outcome.sent += count
    connections[index].sentAt = Loopback.now()
    Loopback.send(text, connections[index].descriptor)
  }

  /// Waits so long for input, and takes in what there is.
  private mutating func receive(waitingMicroseconds: Int64) throws(BenchError) {
    var time = timespec(
      tv_sec: Int(waitingMicroseconds / 1_000_000),
      tv_nsec: Int(waitingMicroseconds % 1_000_000) * 1_000)
    let count = epoll_pwait2(poller, &events, Int32(events.count), &time, nil)
    let now = Loopback.now()
    guard count > 0 else {
      if pending > 0, now - heardAt > Self.patienceMicroseconds {
        throw BenchError("\(pending) requests were not answered in 15 s")
      }
      return
    }
    heardAt = now
    for event in events.prefix(Int(count)) { read(Int(event.data.u32), at: now) }
  }

  private mutating func read(_ index: Int, at now: Int64) {
    let count = recv(connections[index].descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return lose(index) }
    var kinds: [AnswerCounter.Kind] = []
    buffer.withUnsafeBufferPointer { bytes in
      let bytes = UnsafeBufferPointer(rebasing: bytes.prefix(count))
      connections[index].counter.take(bytes) { kind, place in
        kinds.append(kind)
        guard kind == .error, outcome.firstError.isEmpty else { return }
        outcome.firstError = String(decoding: bytes[place...].prefix { $0 != 0x0A }, as: UTF8.self)
      }
    }
    for (kind, due) in zip(kinds, connections[index].due) {
      outcome.count(kind, took: now - due)
    }
    connections[index].due.removeFirst(kinds.count)
    outcome.slowestMicroseconds = max(
      outcome.slowestMicroseconds, now - connections[index].sentAt)
    pending -= kinds.count
    if !kinds.isEmpty { answered.append((index, kinds.count)) }
  }

  /// The other end has closed the connection; what was under way stays without an answer.
  private mutating func lose(_ index: Int) {
    epoll_ctl(poller, EPOLL_CTL_DEL, connections[index].descriptor, nil)
    outcome.unanswered += connections[index].due.count
    pending -= connections[index].due.count
    connections[index].due = []
  }
}

/// Connections that wait their turn.
private struct Ring {
  private var indices: [Int]
  private var head = 0
  private var count: Int

  init(_ indices: Range<Int>) {
    self.indices = Array(indices)
    count = indices.count
  }

  var isEmpty: Bool { count == 0 }

  mutating func next() -> Int? {
    guard count > 0 else { return nil }
    defer {
      head = (head + 1) % indices.count
      count -= 1
    }
    return indices[head]
  }

  mutating func append(_ index: Int) {
    indices[(head + count) % indices.count] = index
    count += 1
  }
}
