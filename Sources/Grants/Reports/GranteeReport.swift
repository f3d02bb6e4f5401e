import CommandLanguage
import Foundations
import Postgres

/// A recipient's report, by whose number it is known.
enum ReportPart: GrantPart {
  static let noun = "grantee-report"
  static let letter: Character = "R"
}

/// A report's number, `G-2012-0001-R01`.
typealias ReportNumber = PartNumber<ReportPart>

/// What a recipient reports: in words, or the lines of the federal financial report (SF-425).
enum ReportKind: String, CaseIterable, ParameterValue, PostgresEncodable {
  case narrative, financial

  static let typeName = "report-kind"
}

/// Where a report stands. That it is overdue follows from the day.
enum ReportState: String, LifecycleState, ParameterValue, PostgresEncodable, PostgresDecodable {
  case scheduled, draft, submitted, returned, accepted, waived

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<ReportState>(
    "grantee report", initial: .scheduled,
    [
      .init("fill", from: [.scheduled], to: .draft),
      .init("submit", from: [.draft, .returned], to: .submitted),
      .init("return", from: [.submitted], to: .returned),
      .init("accept", from: [.submitted], to: .accepted),
      .init("waive", from: [.scheduled, .draft, .returned], to: .waived),
    ])
}

/// A sum that may be nothing: reports have lines of it.
struct ReportedSum: ParameterValue {
  static let typeName = "sum"
  static let accepts = "0, or \(Money.accepts)"
  /// In minor units.
  let amountMinor: Int64
  /// Nil where it is nothing: that it is in any currency.
  let currency: Currency?

  init(argument: String) throws(InvalidValue) {
    if argument == "0" {
      amountMinor = 0
      currency = nil
      return
    }
    do throws(InvalidValue) {
      let money = try Money(argument: argument)
      amountMinor = money.amountMinor
      currency = money.currency
    } catch {
      throw InvalidValue(Self.accepts, because: error.reason)
    }
  }
}

/// What a change of a report answers.
struct ReportChange: Sendable {
  let number: ReportNumber
  let state: ReportState

  static let names = ["number", "state"]
  var pairs: [Reply.Pair] { [.init("number", number), .init("state", state.rawValue)] }
}
