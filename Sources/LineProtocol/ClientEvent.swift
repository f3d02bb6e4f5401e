/// One line from the server, understood.
package struct ClientEvent: Sendable, Equatable {
  /// What a line can be; payloads are without marker, tag and line feed.
  package enum Kind: Sendable, Equatable {
    /// Not part of any answer: the greeting, or that the server is stopping.
    case notice(Pairs)
    /// `name:type`, separated by tabs.
    case head([UInt8])
    /// The line on which a record starts.
    case row([UInt8])
    /// Any other line of the payload.
    case continuation([UInt8])
    case progress(Pairs)
    case push(Pairs)
    /// The answer is whole: rows and checksum agree with the status line.
    case ok(Pairs)
    /// The answer is an error, or was damaged on its way.
    case error(ClientError)
    /// A step of an authentication.
    case step(Pairs)
    /// A line that is none of SLP/1: what follows cannot be trusted either.
    case violation(ClientError)
  }

  /// The tag of the request that it belongs to.
  package let tag: String?
  /// What it says.
  package let kind: Kind

  /// An event of this kind.
  package init(_ kind: Kind, tag: String? = nil) {
    self.kind = kind
    self.tag = tag
  }

  /// Whether it ends an answer.
  package var isFinal: Bool {
    switch kind {
    case .ok, .error, .violation: true
    default: false
    }
  }
}
