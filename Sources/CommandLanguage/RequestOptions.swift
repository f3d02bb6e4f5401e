import Foundations

/// What may be asked of every command of a kind, whatever the command.
package struct RequestOptions: Sendable, Equatable {
  /// How the rows are written, where the request says.
  package var format: OutputFormat?
  /// Rows of a list to answer with.
  package var limit = Limits.defaultRows
  /// Whether the answer is every row, as it is read, and not a page.
  package var isUnlimited: Bool { limit == RowLimit.all.rows }
  /// The list goes on after the thing of this key.
  package var after: String?
  /// Whether it is said now and then how far rows that stream, to the client or from it, have come.
  package var progress = false
  /// A write with a key happens once, however often it is sent.
  package var key: String?
  /// A write that shows its changes and does not happen.
  package var preview = false
  /// A write that happens only where what it changes is at this revision.
  package var ifRevision: Int64?
  /// The arguments as given, for the audit and for telling requests with one key apart.
  package var canonicalText = ""

  private static let format = Parameter<OutputFormat?>(
    optional: "format", "how the rows are written")
  private static let limit = Parameter<RowLimit>(
    "limit", "how many rows: all of them only in csv, tsv or json",
    default: RowLimit(rows: Limits.defaultRows), shown: String(Limits.defaultRows))
  private static let after = Parameter<String?>(
    optional: "after", "go on after the row of this key, as the last answer's next= said")
  private static let progress = Parameter<Bool>(
    "progress", "yes: with limit=all, say every second how many rows have come", default: false,
    shown: "no")
  private static let progressOfData = Parameter<Bool>(
    "progress", "yes: say every second how many rows have been taken", default: false, shown: "no")
  private static let key = Parameter<Key?>(
    optional: "key", "the same key again answers the same and writes nothing")
  private static let preview = Parameter<Bool>(
    "preview", "yes: show what would change, and change nothing", default: false, shown: "no")
  private static let ifRevision = Parameter<Revision?>(
    optional: "if-rev", "change nothing unless it is at this revision still, as show answers it")

  /// The name of the parameter that only commands with a revision to compare take.
  static var ifRevisionName: String { ifRevision.declaration.name }

  /// The common parameters of commands with this effect and answer.
  static func parameters(
    _ effect: Effect, revises: Bool, takesStream: Bool, _ returns: ReplyShape
  ) -> [ParameterDeclaration] {
    if effect.writes {
      return [key.declaration, preview.declaration] + (revises ? [ifRevision.declaration] : [])
        + (takesStream ? [progressOfData.declaration] : [])
    }
    switch returns {
    case .list:
      return [
        format.declaration, limit.declaration, after.declaration, progress.declaration,
      ]
    case .record: return [format.declaration]
    case .done, .step, .page, .other, .pushes: return []
    }
  }

  mutating func bind(_ declaration: CommandDeclaration, _ binder: inout ArgumentBinder) {
    switch (declaration.effect.writes, declaration.returns) {
    case (true, _):
      key = (binder.value(Self.key) ?? nil)?.text
      preview = binder.value(Self.preview) ?? false
      if declaration.revises {
        ifRevision = (binder.value(Self.ifRevision) ?? nil)?.number
      }
      if declaration.takesStream { progress = binder.value(Self.progressOfData) ?? false }
    case (false, .list):
      format = binder.value(Self.format) ?? nil
      limit = binder.value(Self.limit)?.rows ?? Limits.defaultRows
      after = binder.value(Self.after) ?? nil
      progress = binder.value(Self.progress) ?? false
    case (false, .record):
      format = binder.value(Self.format) ?? nil
    case (false, .done), (false, .step), (false, .page), (false, .other),
      (false, .pushes):
      break
    }
  }
}

/// How many rows a list may answer with.
private struct RowLimit: ParameterValue {
  static let typeName = "rows"
  static let accepts = "a whole number from 1 to \(Limits.rows), or all"
  /// As many as any list can have: one more is asked for, to know whether there are more.
  static let all = RowLimit(rows: .max - 1)
  let rows: Int

  init(rows: Int) { self.rows = rows }

  init(argument: String) throws(InvalidValue) {
    if argument == "all" {
      self = .all
      return
    }
    guard let rows = Int(argument), (1...Limits.rows).contains(rows) else {
      throw InvalidValue(Self.accepts)
    }
    self.rows = rows
  }
}

/// How often a thing was changed, and once more.
private struct Revision: ParameterValue {
  static let typeName = "revision"
  static let accepts = "a whole number from 1"
  let number: Int64

  init(argument: String) throws(InvalidValue) {
    guard let number = Int64(argument), number > 0 else { throw InvalidValue(Self.accepts) }
    self.number = number
  }
}

/// An idempotency key: chosen by the client, unique for one intended write.
private struct Key: ParameterValue {
  static let typeName = "key"
  static let accepts =
    "a key of 1 to \(Limits.keyBytes) letters, digits, hyphens, dots or underscores (a ULID is good)"
  let text: String

  init(argument: String) throws(InvalidValue) {
    let allowed = argument.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
      default: false
      }
    }
    guard allowed, (1...Limits.keyBytes).contains(argument.utf8.count) else {
      throw InvalidValue(Self.accepts)
    }
    text = argument
  }
}
