import CommandLanguage

/// What `clear=` of an update names, each by the name of the parameter that would set it.
extension Sequence where Element: RawRepresentable, Element.RawValue == String {
  /// Refuses to clear what a value is given for as well.
  func checkNotGiven(_ given: [(name: String, isGiven: Bool)]) throws(DomainError) {
    for detail in self where given.contains(where: { $0.name == detail.rawValue && $0.isGiven }) {
      throw DomainError(
        .badValue, "\(detail.rawValue)= is given, and to be cleared: one of the two",
        argument: "clear")
    }
  }
}
