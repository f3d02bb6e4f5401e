import Foundations
import Postgres

/// What takes a grant from its activation to the close-out, and back.
enum CloseoutStatements {
  static let suspend = Statement(
    "grants.suspend",
    "SELECT number, state, currency, awarded, available FROM grants.suspend($1, $2, $3)",
    takes: GrantNumber.self, String.self, CalendarDate?.self, row: GrantChange.init)

  static let resume = Statement(
    "grants.resume",
    "SELECT number, state, currency, awarded, available FROM grants.resume($1, $2, $3)",
    takes: GrantNumber.self, String.self, CalendarDate?.self, row: GrantChange.init)

  static let terminate = Statement(
    "grants.terminate",
    "SELECT number, state, currency, awarded, available FROM grants.terminate($1, $2, $3)",
    takes: GrantNumber.self, String.self, CalendarDate?.self, row: GrantChange.init)

  static let start = Statement(
    "grants.start-closeout",
    "SELECT number, state, currency, awarded, available FROM grants.start_closeout($1, $2)",
    takes: GrantNumber.self, CalendarDate?.self, row: GrantChange.init)

  static let settle = Statement(
    "grants.settle",
    "SELECT number, state, currency, awarded, available FROM grants.settle($1)",
    takes: GrantNumber.self, row: GrantChange.init)

  static let close = Statement(
    "grants.close",
    "SELECT number, state, currency, awarded, available FROM grants.close($1, $2)",
    takes: GrantNumber.self, CalendarDate?.self, row: GrantChange.init)

  static let askReopening = Statement(
    "grants.ask-reopening",
    "SELECT number, state, currency, awarded, available FROM grants.ask_reopening($1, $2)",
    takes: GrantNumber.self, String.self, row: GrantChange.init)

  static let reopen = Statement(
    "grants.reopen",
    "SELECT number, state, currency, awarded, available FROM grants.reopen($1, $2)",
    takes: GrantNumber.self, CalendarDate?.self, row: GrantChange.init)

  static let all = [
    suspend.description, resume.description, terminate.description, start.description,
    settle.description, close.description, askReopening.description, reopen.description,
  ]
}
