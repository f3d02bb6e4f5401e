import Access
import CommandLanguage
import Foundations
import Postgres

/// Periods of indicators, and their dimensions.
enum PeriodStatements {
  static let add = Statement(
    "initiatives.period-add",
    """
    SELECT indicator, starts, ends, target, state FROM initiatives.add_period($1, $2, $3, $4, $5)
    """, takes: Code.self, Code.self, CalendarDate.self, CalendarDate.self, Decimal.self,
    row: PeriodChange.init)

  static let change = Statement(
    "initiatives.period-change",
    """
    SELECT indicator, starts, ends, target, state
    FROM initiatives.change_period($1, $2, $3, $4, $5, $6)
    """, takes: Code.self, Code.self, CalendarDate.self, CalendarDate?.self, CalendarDate?.self,
    Decimal?.self, row: PeriodChange.init)

  static let remove = Statement(
    "initiatives.period-remove",
    "SELECT indicator, starts, ends, target, state FROM initiatives.remove_period($1, $2, $3)",
    takes: Code.self, Code.self, CalendarDate.self, row: PeriodChange.init)

  static let changeState = Statement(
    "initiatives.period-change-state",
    """
    SELECT indicator, starts, ends, target, state
    FROM initiatives.change_period_state($1, $2, $3, $4, $5)
    """, takes: Code.self, Code.self, CalendarDate.self, PeriodState.self, String?.self,
    row: PeriodChange.init)

  static let addCategories = Statement(
    "initiatives.dimension-add",
    "SELECT indicator, dimension, categories FROM initiatives.add_categories($1, $2, $3, $4)",
    takes: Code.self, Code.self, Code.self, [Code].self, row: DimensionChange.init)

  static let removeDimension = Statement(
    "initiatives.dimension-remove",
    "SELECT indicator, dimension, categories FROM initiatives.remove_dimension($1, $2, $3)",
    takes: Code.self, Code.self, Code.self, row: DimensionChange.init)

  static let all = [
    add.description, change.description, remove.description, changeState.description,
    addCategories.description, removeDimension.description,
  ]
}
