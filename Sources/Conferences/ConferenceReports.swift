import Access
import CommandLanguage
import Foundations
import Postgres

/// What organizers ask of conferences again and again.
enum ConferenceReports {
  static let all = [registrations]
  static let statements = [registrationsStatement.description]

  private static let registrations = Command<CommandContext>(
    "report run registrations-by-day", "Count registrations by day and ticket type.",
    needs: .capability(.registrationsRead), effect: .read,
    returns: .list(registrationsStatement.columns),
    example: "report run registrations-by-day conference=houston-2019",
    Parameter<Filter<Code>?>(filter: "conference", "the conference's code"),
    Parameter<Filter<CalendarDate>?>(filter: "day", "the day, in UTC")
  ) { (context, options, conference, day) async throws(DomainError) in
    try await context.readPage(
      registrationsStatement, (conference, day, options.after, Int64(options.limit + 1)))
  }

  private static let registrationsStatement = TableStatement(
    "conferences.report-registrations-by-day",
    """
    SELECT conference, day, ticket_type, count(*),
      count(*) FILTER (WHERE state = 'cancelled')
    FROM (
      SELECT c.code AS conference, (r.registered_at AT TIME ZONE 'UTC')::date AS day,
        t.code AS ticket_type, r.state
      FROM conferences.registration r JOIN conferences.conference c ON c.id = r.conference_id
      JOIN conferences.ticket_type t ON t.id = r.ticket_type_id
    ) AS registered
    WHERE service.matches(conference, $1) AND service.matches(day, $2)
      AND conference || ' ' || day || ' ' || ticket_type > coalesce($3, '')
    GROUP BY conference, day, ticket_type
    ORDER BY conference || ' ' || day || ' ' || ticket_type LIMIT $4
    """, lane: .report, takes: Filter<Code>?.self, Filter<CalendarDate>?.self, String?.self,
    Int64.self,
    columns: [
      .text("conference"), .date("day"), .text("ticket-type"), .integer("registered"),
      .integer("cancelled"),
    ], key: ["conference", "day", "ticket-type"])
}
