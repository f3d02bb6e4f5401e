import Access

extension Area {
  /// Help, completion and the session itself: no data of its own.
  static let session = Area(
    "session", commands: SessionCommands.all, statements: [], errorCodes: [],
    constraintRules: [])
}
