/// A state that a thing can be in; its raw value is what the database stores.
package protocol LifecycleState: RawRepresentable, CaseIterable, Hashable, Sendable
where RawValue == String {}

/// A noun's states and the transitions between them, as data.
///
/// The database holds the same table and refuses every other change of state; this copy explains
/// and documents. A test compares the two.
package struct Lifecycle<State: LifecycleState>: Sendable {
  /// One permitted change of state and the verb that makes it.
  package struct Transition: Sendable {
    package let verb: String
    package let from: [State]
    package let to: State

    /// `verb` takes a thing in any of the states `from` to the state `to`.
    package init(_ verb: String, from: [State], to: State) {
      self.verb = verb
      self.from = from
      self.to = to
    }
  }

  package let noun: String
  package let initial: State
  package let transitions: [Transition]

  /// The lifecycle of `noun`, whose things begin as `initial`.
  package init(_ noun: String, initial: State, _ transitions: [Transition]) {
    self.noun = noun
    self.initial = initial
    self.transitions = transitions
  }

  /// The permitted pairs as `from>to`, sorted: what the database's table must equal.
  package var pairs: [String] {
    Set(transitions.flatMap { step in step.from.map { "\($0.rawValue)>\(step.to.rawValue)" } })
      .sorted()
  }
}
