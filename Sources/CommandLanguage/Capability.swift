/// A right that a command needs and that roles grant, `area.action`.
package struct Capability: Sendable, Hashable, CustomStringConvertible {
  /// The capability's name, `grants.manage`.
  package let description: String

  /// Declares a capability of this name.
  package init(_ name: String) { description = name }
}

/// Who may run a command.
package enum Requirement: Sendable, Equatable {
  /// Everyone, before authentication too.
  case nothing
  /// Everyone who has authenticated.
  case authentication
  /// Those with a role that grants it.
  case capability(Capability)
}

/// What a command does to the data.
package enum Effect: String, Sendable {
  case read
  case write
  /// Takes something away that can be brought back.
  case destructive
  /// Cannot be undone.
  case irreversible

  /// Whether it changes data at all: then it is audited and takes `key=` and `preview=`.
  package var writes: Bool { self != .read }
}
