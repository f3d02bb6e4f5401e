/// A PostgreSQL type that statements use, by its name in the catalogue and its fixed OID.
package enum PostgresType: UInt32, Sendable {
  case boolean = 16
  case bigint = 20
  case text = 25
  case date = 1082
  case numeric = 1700
  case textArray = 1009
  case bigintArray = 1016
  case dateArray = 1182
  case void = 2278
}
