import Access
import CommandLanguage

extension ErrorCode {
  package static let missingRequest = ErrorCode(
    .missing, "request", "Nothing of this tag is under way; it may just have ended.")
  package static let missingSession = ErrorCode(
    .missing, "session", "No connection has this session= and secret=.")
}

extension Area {
  /// Help, completion and the session itself: no data of its own.
  static let session = Area(
    "session", commands: SessionCommands.all + WatchCommands.all, statements: [],
    errorCodes: [.missingRequest, .missingSession],
    constraintRules: [])
}
