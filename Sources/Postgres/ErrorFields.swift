import CLibPQ

/// The fields of an error report of the server, as libpq has them; the one place that reads them.
struct ErrorFields {
  let sqlState: String?
  /// Nil where the result is no report of the server: the connection broke.
  let message: String?
  let detail: String?
  let hint: String?
  let constraint: String?
  let column: String?
  let context: String?
  /// Where in the SQL, counted in characters from 1.
  let position: Int?

  init(_ result: OpaquePointer?) {
    func field(_ code: Unicode.Scalar) -> String? {
      PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
    }
    sqlState = field("C")
    message = field("M")
    detail = field("D")
    hint = field("H")
    constraint = field("n")
    column = field("c")
    context = field("W")
    position = field("P").flatMap { Int($0) }
  }
}
