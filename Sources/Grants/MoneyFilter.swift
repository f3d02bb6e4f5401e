import CommandLanguage
import Foundations
import Postgres

/// Comparisons with sums of money, as `grants.matches_money` takes them: `{operator,minor units,
/// currency,…}`. Sums in other currencies never pass.
struct MoneyFilter: PostgresEncodable {
  static var postgresType: PostgresType { .textArray }
  let postgresText: String?

  init(_ filter: Filter<Money>) {
    postgresText = PostgresArray.literal(
      filter.conditions.flatMap { condition in
        let money = condition.operand
        return [condition.comparison.rawValue, String(money.amountMinor), money.currency.code]
      })
  }
}
