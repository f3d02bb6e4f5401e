/// The version of the program.
package enum Version {
  /// As `sister --version` prints it and the greeting names it.
  package static let current = "1.0"
  /// The day of that version, for the manual page.
  package static let day = "2026-11-24"
}
