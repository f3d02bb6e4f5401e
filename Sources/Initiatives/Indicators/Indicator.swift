import Access
import CommandLanguage
import Postgres

/// What an indicator is about (IATI's ResultType).
enum IndicatorResult: String, CaseIterable, ParameterValue, PostgresEncodable {
  case output, outcome, impact

  static let typeName = "result"
}

/// How an indicator is measured (IATI's IndicatorMeasure, of those that can be added up).
enum IndicatorMeasure: String, CaseIterable, ParameterValue, PostgresEncodable {
  case unit, percentage

  static let typeName = "measure"
}

/// What comes of several actuals.
enum IndicatorAggregation: String, CaseIterable, ParameterValue, PostgresEncodable {
  /// Each says how much came to be: they are summed.
  case incremental
  /// Each says how much there is by now: each contributor's latest are summed.
  case cumulative

  static let typeName = "aggregation"
}

/// Whether more of it is better, or less.
enum IndicatorDirection: String, CaseIterable, ParameterValue, PostgresEncodable {
  case ascending, descending

  static let typeName = "direction"
}

/// How an indicator goes, or a period of it.
enum IndicatorStatus: String, CaseIterable, ParameterValue {
  case reached, upcoming, missed, unreported
  case onTrack = "on-track"
  case behind

  static let typeName = "status"
}

/// A term of a formula, as typed: `packets*10`.
struct TermArgument: ParameterValue {
  static let typeName = "indicator*factor"
  static let accepts = "an indicator's code times a number, for example packets*10"
  let base: String
  let factor: String

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let base = try? Code(argument: parts[0]),
      let factor = try? Decimal(argument: parts[1])
    else { throw InvalidValue(Self.accepts) }
    self.base = base.description
    self.factor = factor.digits
  }
}

/// What a change of an indicator answers.
struct IndicatorChange: Sendable {
  let initiative: String
  let code: String
  let result: String

  static let names = ["initiative", "indicator", "result"]

  var pairs: [Reply.Pair] {
    [.init("initiative", initiative), .init("indicator", code), .init("result", result)]
  }
}

/// What a change of a formula answers.
struct FormulaChange: Sendable {
  let initiative: String
  let code: String
  let formula: String

  static let names = ["initiative", "indicator", "formula"]

  var pairs: [Reply.Pair] {
    [.init("initiative", initiative), .init("indicator", code), .init("formula", formula)]
  }
}

/// What a change of a dimension answers.
struct DimensionChange: Sendable {
  let indicator: String
  let dimension: String
  let categories: String

  static let names = ["indicator", "dimension", "categories"]

  var pairs: [Reply.Pair] {
    [
      .init("indicator", indicator), .init("dimension", dimension),
      .init("categories", categories),
    ]
  }
}

/// What a change of a period answers.
struct PeriodChange: Sendable {
  let indicator: String
  let starts: String
  let ends: String
  let target: String
  let state: String

  static let names = ["indicator", "starts", "ends", "target", "state"]

  var pairs: [Reply.Pair] {
    [
      .init("indicator", indicator), .init("starts", starts), .init("ends", ends),
      .init("target", target), .init("state", state),
    ]
  }
}
