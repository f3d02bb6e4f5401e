import Access
import CommandLanguage
import Foundations

/// Communities that are members, from the day on which they join.
enum MembershipCommands {
  static let all = [create, show, list, resign]

  static let community = Parameter<Code>("community", "the community's code")

  static let create = Command<CommandContext>(
    "membership create", "Make a community a member.",
    needs: .capability(.membershipsManage), effect: .write,
    returns: .done(MembershipChange.names), errors: [.missingCommunity],
    example: "membership create urbana on=2026-07-01", community,
    Parameter<CalendarDate?>(optional: "on", "the day it joins; today, if not given")
  ) { (context, _, community, day) async throws(DomainError) in
    try await context.write(MembershipStatements.create, (community, day)) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "membership show", "Show how a member stands: its dues, its invoices, what it paid.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .record(
      MembershipStatements.show.columns + [.table("invoices"), .table("payments")]),
    errors: [.missingMembership, .missingCommunity], example: "membership show chicago",
    community,
    Parameter<CalendarDate?>(optional: "on", "how it stood on this day; today, if not given"),
    Parameter<CalendarDate?>(
      optional: "known", "as it was known at the end of this day; as it is known now, if not given")
  ) { (context, _, community, day, known) async throws(DomainError) in
    try await context.showMembership(community, day, known)
  }

  static let list = Command<CommandContext>(
    "membership list", "List members, and how they stand.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(MembershipStatements.list.columns),
    example: "membership list state=lapsed country=US",
    Parameter<CalendarDate?>(optional: "on", "how they stood on this day; today, if not given"),
    Parameter<CalendarDate?>(
      optional: "known", "as it was known at the end of this day; as it is known now, if not given"),
    Parameter<Filter<Code>?>(filter: "community", "whose they are"),
    Parameter<Filter<MembershipState>?>(filter: "state", "how they stand"),
    Parameter<Filter<CountryCode>?>(filter: "country", "where they are"),
    Parameter<Filter<String>?>(filter: "region", "their state or province"),
    Parameter<Filter<CalendarDate>?>(filter: "joined", "the day they joined"),
    Parameter<Filter<CalendarDate>?>(filter: "paid-until", "until when they have paid")
  ) {
    (context, options, day, known, community, state, country, region, joined, paid)
      async throws(DomainError) in
    try await context.readPage(
      MembershipStatements.list,
      (
        day, known, community, state, country, region, joined, paid, options.after,
        Int64(options.limit + 1)
      ))
  }

  static let resign = Command<CommandContext>(
    "membership resign", "End a membership.",
    needs: .capability(.membershipsManage), effect: .write,
    returns: .done(MembershipChange.names), errors: [.missingMembership, .missingCommunity],
    example: "membership resign houston on=2030-12-31 reason=\"the council voted to leave\"",
    community, Parameter<CalendarDate>("on", "the first day on which it is none"),
    Parameter<String>("reason", "why")
  ) { (context, _, community, day, reason) async throws(DomainError) in
    try await context.write(MembershipStatements.resign, (community, day, reason)) { $0.pairs }
  }
}

extension CommandContext {
  /// A membership with its last invoices and payments, all read together.
  fileprivate func showMembership(
    _ community: Code, _ day: CalendarDate?, _ known: CalendarDate?
  ) async throws(DomainError) -> Reply {
    async let invoices = resultOfRead(DuesStatements.invoicesOf, (community, day, known))
    async let payments = resultOfRead(MembershipStatements.payments, (community, day, known))
    let membership = try await readOne(
      MembershipStatements.show, (community, day, known), orRefuse: MembershipStatements.find,
      (community, day, known))
    return .record(
      membership
        .with("invoices", try await invoices.get())
        .with("payments", try await payments.get()))
  }
}
