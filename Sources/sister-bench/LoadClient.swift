import CLibEvent
import Glibc

/// Many connections from one thread, each with so many requests under way: the load of the bench.
///
/// It does as little as it can for each answer (it counts status lines), because it shares the
/// machine with what it measures.
struct LoadClient {
  /// What a run has found.
  struct Outcome {
    var answers = 0
    var errors = 0
    var seconds = 0.0
    var latenciesMicroseconds: [Int] = []

    var ratePerSecond: Double { Double(answers) / seconds }

    /// The latency that so much of the answers stayed under.
    func percentile(_ share: Double) -> Int {
      let sorted = latenciesMicroseconds.sorted()
      guard !sorted.isEmpty else { return 0 }
      return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
  }

  private struct Connection {
    let descriptor: Int32
    var sentAt: Int64 = 0
    var atLineStart = true
  }

  private var connections: [Connection] = []
  private let poller: Int32
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// Connects and authenticates so many times to 127.0.0.1.
  init(port: UInt16, token: String, connections count: Int) throws(BenchError) {
    poller = epoll_create1(0)
    for index in 0..<count {
      let descriptor = try Self.connect(port)
      var event = epoll_event()
      event.events = EPOLLIN.rawValue
      event.data.u32 = UInt32(index)
      epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event)
      connections.append(Connection(descriptor: descriptor))
    }
    for connection in connections { Self.send("auth token=\(token)\n", connection.descriptor) }
    var pending = count
    while pending > 0 {
      try wait { (client, index) in pending -= client.read(index).answers }
    }
  }

  /// Keeps `depth` requests under way on every connection for so many seconds.
  mutating func run(
    seconds: Double, depth: Int, request: () -> String
  ) throws(BenchError) -> Outcome {
    var outcome = Outcome()
    let start = Self.now()
    let end = start + Int64(seconds * 1_000_000)
    for index in connections.indices { send(depth, index, request) }
    var pending = connections.count * depth
    var now = start
    while pending > 0 {
      try wait { (client, index) in
        let read = client.read(index)
        outcome.answers += read.answers
        outcome.errors += read.errors
        pending -= read.answers
        now = Self.now()
        outcome.latenciesMicroseconds.append(Int(now - client.connections[index].sentAt))
        if now < end, read.answers > 0 {
          client.send(read.answers, index, request)
          pending += read.answers
        }
      }
    }
    outcome.seconds = Double(now - start) / 1_000_000
    return outcome
  }

  func close() {
    for connection in connections { Glibc.close(connection.descriptor) }
    Glibc.close(poller)
  }

  private mutating func send(_ count: Int, _ index: Int, _ request: () -> String) {
    var text = ""
    for _ in 0..<count { text += request() }
    connections[index].sentAt = Self.now()
    Self.send(text, connections[index].descriptor)
  }

  private mutating func wait(
    _ body: (inout LoadClient, Int) throws(BenchError) -> Void
  ) throws(BenchError) {
    var events = [epoll_event](repeating: epoll_event(), count: 256)
    let count = epoll_wait(poller, &events, 256, 10_000)
    guard count > 0 else { throw BenchError("the server did not answer for 10 s") }
    for event in events.prefix(Int(count)) { try body(&self, Int(event.data.u32)) }
  }

  /// Counts the status lines that have arrived on a connection.
  private mutating func read(_ index: Int) -> (answers: Int, errors: Int) {
    let count = recv(connections[index].descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return (0, 0) }
    var answers = 0
    var errors = 0
    var atLineStart = connections[index].atLineStart
    buffer.withUnsafeBufferPointer { bytes in
      for byte in bytes.prefix(count) {
        if atLineStart {
          if byte == UInt8(ascii: "+") { answers += 1 }
          if byte == UInt8(ascii: "-") {
            answers += 1
            errors += 1
          }
        }
        atLineStart = byte == 0x0A
      }
    }
    connections[index].atLineStart = atLineStart
    return (answers, errors)
  }

  private static func connect(_ port: UInt16) throws(BenchError) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw BenchError("cannot connect to 127.0.0.1:\(port)") }
    var one: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    return descriptor
  }

  private static func send(_ text: String, _ descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Glibc.send(
          descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, 0)
        guard count > 0 else { return }
        sent += count
      }
    }
  }

  /// Microseconds of a clock that only goes forward.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}

/// Why a measurement could not be made.
struct BenchError: Error {
  let message: String
  init(_ message: String) { self.message = message }
}
