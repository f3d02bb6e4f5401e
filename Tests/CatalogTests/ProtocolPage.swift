import Access
import Catalog
import CommandLanguage
import Foundations

/// The specification of SLP/1: fixed prose, and tables made from the declarations and the limits.
struct ProtocolPage {
  private var blocks: [String] = []

  /// The whole page.
  static var page: String {
    var page = ProtocolPage()
    page.blocks += [ProtocolProse.introduction, ProtocolProse.grammar, ProtocolProse.kinds]
    page.describeErrors()
    page.describeArguments()
    page.describeUrgency()
    page.blocks += [ProtocolProse.order, ProtocolProse.security]
    page.describeLimits()
    page.showExamples()
    return page.blocks.joined(separator: "\n\n") + "\n"
  }

  private mutating func describeErrors() {
    blocks += [
      ProtocolProse.errors,
      markdownTable(
        ["class", "exit status", "meaning"],
        ErrorClass.allCases.map { ["`\($0.rawValue).`", String($0.exitStatus), $0.meaning] }),
      "Codes that any request can be answered with; those of commands are in the "
        + "[reference](Reference.md#errors):",
      markdownTable(
        ["code", "when"],
        ErrorCode.general.sorted { $0.description < $1.description }
          .map { ["`\($0)`", $0.summary] }),
    ]
  }

  private mutating func describeArguments() {
    blocks.append(ProtocolProse.arguments)
    for (heading, path) in [
      ("Lists take:", "grant list"),
      ("Writes take; `if-rev` those that change what has a revision:", "grant activate"),
    ] {
      guard let declaration = registry.command(path)?.declaration else { continue }
      blocks += [
        heading,
        markdownTable(
          ["parameter", "accepts", "default", "meaning"],
          declaration.commonParameters.map {
            ["`\($0.name)`", $0.accepts, $0.defaultText ?? "", $0.summary]
          }),
      ]
    }
    blocks.append(
      "What shows one thing takes `format`. Formats: "
        + OutputFormat.choices.map { "`\($0)`" }.joined(separator: ", ") + ".")
  }

  private mutating func describeUrgency() {
    let urgent = registry.declarations.filter(\.isUrgent).map { "`\($0.path)`" }
    let open = registry.declarations.filter { $0.needs == .nothing }.map { "`\($0.path)`" }
    blocks.append(
      "Before authentication these can be run: \(open.joined(separator: ", ")). "
        + "At once, whatever is under way: \(urgent.joined(separator: ", ")).")
  }

  private mutating func describeLimits() {
    func seconds(_ milliseconds: Int64) -> String { "\(Double(milliseconds) / 1_000) s" }
    let rows: [[String]] = [
      ["a line, without its end", "\(Limits.lineBytes) bytes", "discarded; `usage.line-too-long`"],
      ["a line without end", "\(Limits.fatalLineBytes) bytes", "`proto.overflow`, closed"],
      ["a literal", "\(Limits.literalBytes) bytes", "`proto.overflow`, closed"],
      ["a line or literal of somebody unknown", "\(Limits.anonymousBytes) bytes", "as these"],
      ["a tag", "\(Limits.tagCharacters) characters", "`usage.syntax`"],
      ["arguments of a request", "\(Limits.arguments)", "`usage.syntax`"],
      ["conditions on one filter", "\(Limits.filterConditions)", "`usage.unknown-argument`"],
      ["a key", "\(Limits.keyBytes) bytes", "`usage.bad-value`"],
      ["requests under way of a connection", "\(Limits.requestsInFlight)", "no more is read"],
      [
        "requests under way of all connections",
        "\(Limits.requestsUnderWay), and \(Limits.requestsOfCommand) of one command",
        "the next of a connection waits, after \(seconds(Limits.roomWaitMilliseconds)) it is `busy.queue`",
      ],
      ["rows of an answer", "\(Limits.rows), or `limit=all`", "`usage.bad-value`"],
      ["rows of lists that run side by side", "\(Limits.rowsSideBySide)", "more run alone"],
      [
        "answers that wait for their reader", "\(Limits.queuedOutputBytes) bytes", "no more is run",
      ],
      ["a reader that takes nothing", seconds(Limits.stalledReaderMilliseconds), "closed"],
      ["silence", seconds(Limits.idleMilliseconds), "`cancelled.timeout`, closed"],
      ["time to authenticate", seconds(Limits.loginMilliseconds), "`auth.required`, closed"],
      ["failed logins of a connection", "\(Limits.failedLogins)", "closed"],
      ["a statement", seconds(Int64(Limits.statementMilliseconds)), "`cancelled.timeout`"],
      [
        "waiting for what somebody else is changing", seconds(Int64(Limits.lockMilliseconds)),
        "`busy.locked`",
      ],
      ["a transaction left alone", seconds(Limits.transactionIdleMilliseconds), "rolled back"],
      ["a transaction in all", seconds(Limits.transactionMilliseconds), "rolled back"],
      ["a list that streams", seconds(Limits.copyMilliseconds), "closed"],
      ["watches of a connection", "\(Limits.watchesOfConnection)", "`busy.watches`"],
      ["connections", "\(Limits.connections)", "`busy.connections`"],
      ["finishing at the end", seconds(Limits.drainMilliseconds), "closed"],
    ]
    blocks += [
      "## Limits", "Everything has one; these are the server's.",
      markdownTable(["what", "limit", "past it"], rows),
    ]
  }

  /// What a test has a server answer, as it is kept.
  private mutating func showExamples() {
    let transcript = SourceTree.text("Tests/ServerTests/Golden/tcp.txt")
    blocks += [
      "## Examples",
      "From a test's transcript; `N` and `S` stand for what differs from run to run.",
      "```\n" + transcript + "```",
    ]
  }
}
