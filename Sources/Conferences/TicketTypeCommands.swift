import Access
import CommandLanguage
import Foundations

enum TicketTypeCommands {
  static let all = [create, list]

  private static let conference = Parameter<Code>("conference", "the conference's code")

  static let create = Command<CommandContext>(
    "ticket-type create",
    "Add a kind of ticket to a conference; it is sold once a quota counts it.",
    needs: .capability(.conferencesManage), effect: .write,
    returns: .done(["conference", "ticket-type", "price"]), errors: [.missingConference],
    example: "ticket-type create houston-2019 student \"Student\" 150", conference,
    Parameter<Code>("code", "a short name for it"),
    Parameter<String>("title", "what it is called on the order"),
    Parameter<TicketPrice>("price", "what it costs, in the conference's currency; or free"),
    Parameter<Eligibility>(
      "for", "members: people of member communities in standing", default: .anyone, shown: "anyone")
  ) { (context, _, conference, code, title, price, eligible) async throws(DomainError) in
    try await context.write(
      TicketTypeStatements.create,
      (conference, code, title, price.amountMinor, price.currency, eligible)
    ) {
      [
        .init("conference", $0.conference), .init("ticket-type", $0.code),
        .init("price", Money(amountMinor: $0.amountMinor, currency: $0.currency)),
      ]
    }
  }

  static let list = Command<CommandContext>(
    "ticket-type list", "List a conference's ticket types.",
    needs: .capability(.conferencesRead), effect: .read,
    returns: .list(TicketTypeStatements.list.columns), errors: [.missingConference],
    example: "ticket-type list houston-2019", conference
  ) { (context, _, conference) async throws(DomainError) in
    try await context.readPage(of: conference, TicketTypeStatements.list)
  }
}
