import CommandLanguage
import Postgres

/// One of the network's four program areas: what an initiative works in, and what a funder may
/// restrict a fund to.
package enum ProgramArea: String, CaseIterable, ParameterValue, PostgresEncodable {
  case culturalExchange = "cultural-exchange"
  case humanitarian
  case youthEducation = "youth-education"
  case economicDevelopment = "economic-development"

  package static let typeName = "area"
}
