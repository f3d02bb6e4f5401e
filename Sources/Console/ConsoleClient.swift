import CommandLanguage
import Foundations
import Glibc
import LineProtocol
import Security

/// What a request was answered with, beside its lines.
package struct Answer: Sendable, Equatable {
  /// `name:type` of its columns, separated by tabs; nil where it has none.
  package var head: [UInt8]?
  /// How many records it had.
  package var rows = 0
  /// The pairs of its status line.
  package var pairs = Pairs()
  /// The pairs of a login's step.
  var step: Pairs?

  /// Whether it is text to read, such as help, and no rows to count.
  var isPage: Bool { head.map(Self.isPage) ?? true }

  /// Whether an answer with this head is text to read.
  static func isPage(_ head: [UInt8]) -> Bool { head.elementsEqual("text:text".utf8) }
}

/// A client of SLP/1 on a connected stream socket, plain or under TLS: one request at a time, waited for.
///
/// Not for several threads. It owns its descriptor and closes it.
package final class ConsoleClient {
  /// What can end the waiting for an answer.
  struct Interruption {
    /// What is done then.
    enum Verdict {
      case goOn
      /// The server is asked to end the request, whose answer is waited for still.
      case cancel
      /// The answer is given up: the connection is closed.
      case giveUp
    }

    /// Readable when there is something to look at.
    let descriptor: Int32
    /// Looks at it, and says what to do.
    let verdict: () -> Verdict
  }

  /// The tag of requests to cancel: their own answers are nobody's.
  private static let cancelTag = "sister-console-cancel"

  private var descriptor: Int32
  private let channel: TLSChannel?
  /// Why TLS has ended the connection.
  private var failure: TLSError?
  private var codec = ClientCodec()
  private var received: [ClientEvent] = []
  /// Where the events begin that nobody has taken yet.
  private var firstReceived = 0
  /// Answers not received yet, the one waited for included: an answer that came too late is
  /// read and dropped before the next.
  private var owed = 0
  /// Whether the server has been asked to end the request that is waited for.
  private var isCancelling = false
  private var buffer = [UInt8](repeating: 0, count: 65_536)
  /// What is still to be sent, from `sentCount` on.
  private var outgoing: [UInt8] = []
  private var sentCount = 0

  /// The head of the last answer, or of the one whose lines are coming.
  private(set) var lastHead: [UInt8]?
  /// What is looked at while an answer is waited for.
  var interruption: Interruption?
  /// The server's greeting, once it has been waited for.
  package private(set) var greeting: Pairs?
  /// Is told what the server says beside its answers.
  package var onNotice: (Pairs) -> Void = { _ in }
  /// Is told how far a request has come that asked for it, even while it is being sent.
  package var onProgress: (Pairs) -> Void = { _ in }

  /// A client on a connected socket, which it owns from now on.
  package init(descriptor: Int32, channel: TLSChannel? = nil) {
    self.descriptor = descriptor
    self.channel = channel
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    flush()
  }

  /// What only the two ends of a connection under TLS know.
  var channelBinding: [UInt8]? { channel?.channelBinding }

  deinit { closeConnection() }

  /// Whether the connection has ended, as far as is known.
  package var isClosed: Bool { descriptor < 0 }

  /// The socket, to wait on; nil when it is closed.
  var readable: Int32? { isClosed ? nil : descriptor }

  /// Ends the connection.
  package func closeConnection() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
  }

  /// Waits for the server's greeting, which comes first on every connection.
  @discardableResult
  package func greet() throws(ClientError) -> Pairs {
    while true {
      switch try nextEvent(deadline: nil).kind {
      case .notice(let pairs):
        greeting = pairs
        return pairs
      case .error(let error), .violation(let error):
        closeConnection()
        throw error
      default: throw violated()
      }
    }
  }

  /// Sends one line and waits for its answer. A blank line and a comment have none and are not
  /// sent.
  ///
  /// - Parameters:
  ///   - literal: The bytes that follow a line ending in `={N}`.
  ///   - timeoutMilliseconds: How long to wait; the answer is dropped when it comes later.
  ///   - onLine: Is given each line of the payload as it comes.
  package func request(
    _ line: some Collection<UInt8>, literal: [UInt8]? = nil, timeoutMilliseconds: Int64? = nil,
    onLine: ([UInt8]) -> Void = { _ in }
  ) throws(ClientError) -> Answer {
    var bytes = Array(line)
    if bytes.last == 0x0D { bytes.removeLast() }
    let request = try RequestLine(bytes, literal: literal)
    guard !request.isBlank else { return Answer() }
    absorb()
    guard !isClosed else {
      throw ClientError(
        "busy.connection-lost", "the server has closed the connection; nothing was sent",
        retry: .seconds(1))
    }
    if let tag = request.tag { codec.expect(tag) }
    owed += 1
    isCancelling = false
    send(bytes + [0x0A] + (literal.map { $0 + [0x0A] } ?? []))
    let deadline = timeoutMilliseconds.map { MonotonicClock.nowMilliseconds + $0 }
    return try answer(deadline, onLine)
  }

  /// Takes what the server has sent unasked, without waiting, and notices that it has gone.
  package func absorb() {
    while !isClosed, poll(timeout: 0), receive() { flush() }
    while let event = takeReceived() {
      switch event.kind {
      case .notice(let pairs), .push(let pairs): onNotice(pairs)
      case .error(let error) where owed == 0: onNotice(Pairs([("msg", error.message)]))
      default: if event.isFinal, owed > 0 { owed -= 1 }
      }
    }
  }

  private func answer(
    _ deadline: Int64?, _ onLine: ([UInt8]) -> Void
  ) throws(ClientError) -> Answer {
    var answer = Answer()
    lastHead = nil
    while true {
      let event = try nextEvent(deadline: deadline)
      if case .violation(let error) = event.kind {
        closeConnection()
        throw error
      }
      guard owed <= 1 else {
        if event.isFinal { owed -= 1 }
        continue
      }
      switch event.kind {
      case .notice(let pairs), .push(let pairs): onNotice(pairs)
      case .progress: break  // It was told of when it came.
      case .head(let head):
        answer.head = head
        lastHead = head
      case .row(let payload):
        answer.rows += 1
        onLine(payload)
      case .continuation(let payload): onLine(payload)
      case .ok(let pairs):
        owed = 0
        answer.pairs = pairs
        return answer
      case .error(let error):
        owed = 0
        if error.isFatal { closeConnection() }
        throw error
      case .step(let pairs): answer.step = pairs
      case .violation: throw violated()
      }
    }
  }

  private func violated() -> ClientError {
    closeConnection()
    return .damaged("the server said something out of turn")
  }

  private func nextEvent(deadline: Int64?) throws(ClientError) -> ClientEvent {
    while true {
      if let event = takeReceived() { return event }
      guard !isClosed else { throw cut() }
      let wait = deadline.map { max(0, $0 - MonotonicClock.nowMilliseconds) }
      guard poll(timeout: wait) else {
        if isClosed {
          throw ClientError(
            "cancelled.client", "the answer was not waited for; the server may still finish it",
            effect: .unknown)
        }
        throw ClientError("busy.timeout", "the server has not answered in time", effect: .unknown)
      }
      guard receive() else { throw cut() }
      flush()
    }
  }

  private func cut() -> ClientError {
    if let failure { return ClientError("proto.tls-failed", failure.message) }
    return .cut("the connection ended before the answer did; what came of it is not whole")
  }

  private func takeReceived() -> ClientEvent? {
    while firstReceived < received.count {
      firstReceived += 1
      let event = received[firstReceived - 1]
      if event.tag != Self.cancelTag { return event }
    }
    received.removeAll(keepingCapacity: true)
    firstReceived = 0
    return nil
  }

  /// Waits until there is something to read; false when the time is over or it was given up.
  private func poll(timeout milliseconds: Int64?) -> Bool {
    while true {
      var wanted = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
      if let interruption, milliseconds != 0 {
        wanted.append(pollfd(fd: interruption.descriptor, events: Int16(POLLIN), revents: 0))
      }
      let count = Glibc.poll(&wanted, nfds_t(wanted.count), milliseconds.map { Int32($0) } ?? -1)
      if count == 0 { return false }
      if wanted.count > 1, wanted[1].revents != 0, let interruption {
        switch interruption.verdict() {
        case .goOn: break
        case .cancel: cancel()
        case .giveUp:
          closeConnection()
          return false
        }
      }
      if count > 0, wanted[0].revents != 0 { return true }
    }
  }

  /// Whether an answer is waited for whose request has not been cancelled yet.
  var canCancel: Bool { owed > 0 && !isCancelling }

  /// Asks the server to end what is under way.
  private func cancel() {
    isCancelling = true
    codec.expect(Self.cancelTag)
    send(Array("@\(Self.cancelTag) cancel\n".utf8))
  }

  /// Reads what is there; false at the end of the connection.
  private func receive() -> Bool {
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        closeConnection()
        return false
      }
      guard let channel else {
        take(codec.feed(buffer[..<count]))
        return true
      }
      do throws(TLSError) {
        take(codec.feed(try channel.receive(buffer[..<count]).plaintext))
        return true
      } catch {
        outgoing += channel.takeOutput()  // Its last word, as far as it gets.
        _ = transmit()
        failure = error
        closeConnection()
        return false
      }
    }
  }

  private func take(_ events: [ClientEvent]) {
    for event in events {
      if case .progress(let pairs) = event.kind {
        onProgress(pairs)
      } else {
        received.append(event)
      }
    }
  }

  /// Sends it all. A failure is left for the reading to find: the server may have said why.
  private func send(_ bytes: [UInt8]) {
    guard let channel else {
      outgoing += bytes
      return flush()
    }
    do throws(TLSError) {
      try channel.send(bytes)
      flush()
    } catch {
      failure = error
    }
  }

  /// Sends what is still to be sent, and takes what the server says meanwhile: of a long literal it says
  /// how far it has come, and it would not wait for ever until that is heard.
  private func flush() {
    while !isClosed {
      if let channel { outgoing += channel.takeOutput() }
      guard sentCount < outgoing.count else { break }
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN | POLLOUT), revents: 0)
      guard Glibc.poll(&wanted, 1, -1) >= 0 || errno == EINTR else { break }
      if wanted.revents & Int16(POLLIN) != 0, !receive() { break }
      guard wanted.revents & ~Int16(POLLIN) != 0 else { continue }
      guard transmit() else { break }
    }
    outgoing.removeAll(keepingCapacity: outgoing.count <= buffer.count)
    sentCount = 0
  }

  /// Sends what can be sent now; false where nothing can be sent any more.
  private func transmit() -> Bool {
    let count = outgoing[sentCount...].withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
    guard count > 0 else { return count < 0 && [EINTR, EAGAIN].contains(errno) }
    sentCount += count
    return true
  }
}
