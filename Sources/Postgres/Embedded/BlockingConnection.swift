import CLibPQ

/// What PostgreSQL said about a failure.
struct ServerFailure: Error, Equatable, CustomStringConvertible {
  /// Nil where there was no connection, or it broke.
  var sqlState: String?
  var message: String
  var detail: String?
  var hint: String?
  var context: String?
  /// Where in the SQL, counted in characters from 1.
  var position: Int?

  /// The message with its detail and hint, as one paragraph.
  var description: String {
    var text = message.hasSuffix(".") || sqlState != nil ? message : message + "."
    if let sqlState { text += " (\(sqlState))." }
    if let detail { text += " " + detail }
    if let hint { text += " " + hint }
    return text
  }
}

/// A libpq connection that blocks: for the work before and beside the event loop, which is to
/// prepare a cluster and to migrate a database.
struct BlockingConnection: ~Copyable {
  private let handle: OpaquePointer

  /// Connects, or throws with libpq's words.
  static func open(_ connectionString: String) throws(ServerFailure) -> BlockingConnection {
    guard let handle = connect(connectionString) else {
      throw ServerFailure(message: "Out of memory.")
    }
    let connection = BlockingConnection(handle: handle)
    guard connection.isUsable else {
      throw ServerFailure(message: trimmed(PQerrorMessage(handle)))
    }
    // Notices ("relation exists, skipping") would go to standard error, into the midst of a REPL.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    return connection
  }

  private init(handle: OpaquePointer) {
    self.handle = handle
  }

  deinit {
    PQfinish(handle)
  }

  /// Whether the server can still be talked to.
  var isUsable: Bool { PQstatus(handle) == CONNECTION_OK }

  /// Runs one or more statements and drops their rows.
  func run(_ sql: String, _ parameters: [String?] = []) throws(ServerFailure) {
    _ = try rows(sql, parameters)
  }

  /// Runs SQL and returns the rows of its last statement, as text.
  func rows(
    _ sql: String, _ parameters: [String?] = []
  ) throws(ServerFailure) -> [[String?]] {
    let result = parameters.isEmpty ? PQexec(handle, sql) : execute(sql, parameters)
    defer { PQclear(result) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      return []
    case PGRES_TUPLES_OK:
      return (0..<PQntuples(result)).map { row in
        (0..<PQnfields(result)).map { column in
          PQgetisnull(result, row, column) == 1
            ? nil : String(cString: PQgetvalue(result, row, column))
        }
      }
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
      // The session would wait for data that nobody sends.
      endCopy()
      throw ServerFailure(
        sqlState: "0A000", message: "COPY from or to the client has no place here")
    default:
      throw failure(result)
    }
  }

  private static func connect(_ connectionString: String) -> OpaquePointer? {
    // Later keywords win over what the string holds; `dbname` is expanded as a whole string.
    let keywords = ["dbname", "client_encoding", "fallback_application_name"]
    let values = [connectionString, "UTF8", "sister"]
    return withConstantCStrings(keywords) { keywords in
      withConstantCStrings(values) { PQconnectdbParams(keywords, $0, 1) }
    }
  }

  private func execute(_ sql: String, _ parameters: [String?]) -> OpaquePointer? {
    withConstantCStrings(parameters) { values in
      PQexecParams(handle, sql, Int32(parameters.count), nil, values, nil, nil, 0)
    }
  }

  private func endCopy() {
    PQputCopyEnd(handle, "not supported")
    while let result = PQgetResult(handle) {
      let status = PQresultStatus(result)
      PQclear(result)
      if status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH {
        var buffer: UnsafeMutablePointer<CChar>?
        while PQgetCopyData(handle, &buffer, 0) > 0 {
          PQfreemem(buffer)
          buffer = nil
        }
      }
    }
  }

  private func failure(_ result: OpaquePointer?) -> ServerFailure {
    let fields = ErrorFields(result)
    guard let message = fields.message else {
      return ServerFailure(message: Self.trimmed(PQerrorMessage(handle)))
    }
    return ServerFailure(
      sqlState: fields.sqlState, message: message, detail: fields.detail, hint: fields.hint,
      context: fields.context, position: fields.position)
  }

  private static func trimmed(_ text: UnsafePointer<CChar>?) -> String {
    let lines = text.map { String(cString: $0) } ?? "no answer from the server"
    return lines.split(whereSeparator: \.isNewline).joined(separator: "; ")
  }
}
