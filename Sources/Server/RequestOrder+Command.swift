import CommandLanguage
import Foundations
import LineProtocol

extension RequestOrder {
  /// The order of a request for this command.
  init(_ request: Request, _ command: CommandDeclaration) {
    if command.isUrgent {
      self = .urgent
    } else if case .pushes = command.returns {
      // Without a tag, the answers behind it would wait for ever.
      self = request.tag == nil ? .alone : .detached
    } else if command.effect.writes {
      self = .alone
    } else if let limit = request.arguments.first(where: { $0.name == "limit" })?.value {
      // What streams needs little memory. Without a tag, the answers behind it would wait in it.
      let isTagged = request.tag != nil
      let isShort = Int(limit).map { $0 <= Limits.rowsSideBySide } ?? false
      self = isShort ? .beside : limit == "all" && isTagged ? .detached : .alone
    } else {
      switch command.returns {
      // What answers no rows may change the session: auth, set, quit.
      case .done, .step: self = .alone
      // Whatever that is.
      case .other: self = .alone
      case .record, .list, .page, .pushes: self = .beside
      }
    }
  }
}
