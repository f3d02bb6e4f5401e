import CommandLanguage
import Foundations

/// What the commands of these tests run in: nothing.
struct NoContext: Sendable {}

/// A registry of a few commands, each with what there is to test of parameters.
let smallRegistry = Registry<NoContext>([
  Command(
    "grant offer", "Offer a grant.", needs: .capability(Capability("grants.manage")),
    effect: .write, returns: .done(["number"]), errors: [.stateConflict],
    example: "grant offer WATER 500",
    Parameter<Code>("fund", "the fund"), Parameter<Money>("amount", "how much"),
    Parameter<CalendarDate?>(optional: "start", "first day"),
    Parameter<[CountryCode]>(list: "countries", "where"),
    Parameter<Int64>("months", "how long", default: 12, shown: "12")
  ) { (_, options, fund, amount, start, countries, months) async throws(DomainError) in
    .done([
      .init("fund", fund), .init("amount", amount), .init("start", start?.description ?? "none"),
      .init("countries", countries.map(\.description).joined(separator: "+")),
      .init("months", months), .init("key", options.key ?? "none"),
      .init("preview", options.preview),
    ])
  },
  Command(
    "grant list", "List grants.", needs: .authentication, effect: .read,
    returns: .list([Column("number", .text), Column("amount", .money)]), example: "grant list",
    Parameter<Filter<Money>?>(filter: "amount", "how much"),
    Parameter<Filter<OutputFormat>?>(filter: "shape", "its shape")
  ) { (_, options, amount, shape) async throws(DomainError) in
    .done([
      .init("amount", shown(amount) { "\($0)" }),
      .init("shape", shown(shape) { $0.rawValue }),
      .init("limit", options.limit), .init("after", options.after ?? "none"),
      .init("format", options.format?.rawValue ?? "none"),
    ])
  },
  Command(
    "fund show", "Show a fund.", needs: .authentication, effect: .read,
    returns: .record([Column("code", .text)]), example: "fund show WATER",
    Parameter<Code>("code", "the fund")
  ) { (_, _, code) async throws(DomainError) in .done([.init("code", code)]) },
  Command(
    "help", "Show help.", needs: .nothing, effect: .read, returns: .page, example: "help",
    Parameter<String>(rest: "words", "what about")
  ) { (_, _, words) async throws(DomainError) in .page([words]) },
  Command(
    "ping", "Answer.", needs: .nothing, effect: .read, returns: .done([]), example: "ping"
  ) { (_, _) async throws(DomainError) in .done([]) },
])

/// A filter's conditions in the order given.
private func shown<Operand>(_ filter: Filter<Operand>?, _ text: (Operand) -> String) -> String {
  guard let filter else { return "any" }
  return filter.conditions.map { $0.comparison.rawValue + text($0.operand) }
    .joined(separator: " and ")
}

/// Binds and runs a line; the pairs of its answer.
func run(_ line: String) async throws(DomainError) -> [String: String] {
  let reply = try await bound(line).run(NoContext())
  guard case .done(let pairs) = reply else { return [:] }
  return Dictionary(uniqueKeysWithValues: pairs.map { ($0.name, $0.value) })
}

/// The line as a command with its arguments bound.
func bound(_ line: String) throws(DomainError) -> Invocation<NoContext> {
  let request: Request?
  do throws(RequestError) {
    request = try RequestParser.parse(line)
  } catch {
    throw error.error
  }
  guard let request else { throw DomainError(.syntax, "an empty line") }
  return try smallRegistry.bind(request)
}

/// The error that a line is refused with; nil if it is not.
func refusal(_ line: String) -> DomainError? {
  do throws(DomainError) {
    _ = try bound(line)
    return nil
  } catch {
    return error
  }
}
