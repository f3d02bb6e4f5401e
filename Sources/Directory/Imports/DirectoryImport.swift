import Access
import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// Takes a list of pairs in: each place that it names is sent to the database once, and each row as the
/// numbers of its two places. What becomes of them is decided there, of all at once.
@EventLoop
struct DirectoryImport: Sendable {
  static let columns =
    [1, 2].flatMap { end in
      ["city", "country", "region", "lat", "lng", "geonames"].map { "\($0)\(end)" }
    } + ["since"]
  static let required = ["city1", "country1", "city2", "country2"]

  private let context: CommandContext
  private let transaction: Transaction
  private let run: Int64
  private let startedAt = MonotonicClock.nowMilliseconds
  /// The number of each place that has been named.
  private var numbers: [ImportedPlace: Int64] = [:]
  private var places: [ImportedPlace] = []
  private var rows: [Row] = []

  private struct Row {
    let line: Int64
    var ends: (Int64, Int64)?
    var since: FirstDay?
    var refusal: String?
  }

  /// An import of the run of this number.
  init(_ context: CommandContext, _ transaction: Transaction, run: Int64) {
    self.context = context
    self.transaction = transaction
    self.run = run
  }

  /// Sends every row.
  mutating func take(_ records: inout RecordReader) async throws(DomainError) {
    while let item = try await records.next() {
      switch item {
      case .refused(let error, let line):
        rows.append(Row(line: Int64(line), refusal: error.message))
      case .record(let record): rows.append(row(record))
      }
      guard numbers.count <= Limits.importPlaces else {
        throw DomainError(
          .invalid,
          "a list may name \(Limits.importPlaces) places; import it in parts, each as a "
            + "source of its own", argument: "data")
      }
      if rows.count == Limits.importListRows {
        try await send()
        try await context.mayGoOn(since: startedAt)
      }
    }
    try await send()
  }

  private mutating func row(_ record: RecordReader.Record) -> Row {
    var row = Row(line: Int64(record.line))
    do throws(InvalidRow) {
      let one = try ImportedPlace(record.callAsFunction, end: 1)
      let other = try ImportedPlace(record.callAsFunction, end: 2)
      row.ends = (number(one), number(other))
      guard one != other else { throw InvalidRow("a community is no partner of itself") }
      row.since = try Self.since(record("since"))
    } catch {
      row.refusal = error.reason
    }
    return row
  }

  private mutating func number(_ place: ImportedPlace) -> Int64 {
    if let number = numbers[place] { return number }
    let number = Int64(numbers.count + 1)
    numbers[place] = number
    places.append(place)
    return number
  }

  private static func since(_ text: String?) throws(InvalidRow) -> FirstDay? {
    guard let text else { return nil }
    guard let day = try? FirstDay(argument: text) else {
      throw InvalidRow("since is \(FirstDay.accepts), not \(text)")
    }
    return day
  }

  private mutating func send() async throws(DomainError) {
    let first = Int64(numbers.count - places.count + 1)
    let newPlaces = ImportStatements.addPlaces.with(
      (
        run, places.indices.map { first + Int64($0) }, places.map(\.city), places.map(\.country),
        places.map(\.region), places.map(\.latitude), places.map(\.longitude),
        places.map(\.geonames)
      ))
    let newRows = ImportStatements.addRows.with(
      (
        run, rows.map(\.line), rows.map { $0.ends?.0 }, rows.map { $0.ends?.1 },
        rows.map { $0.since?.postgresText }, rows.map(\.refusal)
      ))
    places = []
    rows = []
    _ = try await context.run([newPlaces, newRows], in: transaction)
  }
}

extension CommandContext {
  /// Takes in what a source says.
  func importDirectory(
    _ source: Code, _ data: LiteralStream, trustsCoordinates: Bool
  ) async throws(DomainError) -> Reply {
    let records = RecordReader(
      data, for: "directory import", columns: DirectoryImport.columns,
      required: DirectoryImport.required)
    return try await writeStream(records) {
      (records, transaction) async throws(DomainError) in
      let run = try await row(
        ImportStatements.begin, (source, trustsCoordinates), in: transaction)
      var work = DirectoryImport(self, transaction, run: run)
      try await work.take(&records)
      let counts = try await row(ImportStatements.finish, run, in: transaction)
      let problems = try await table(
        ImportStatements.problems, (run, Int64(Limits.importRefusals)), in: transaction)
      return StreamedOutcome(
        rows: problems, pairs: counts.pairs + [.init("listed", problems.rows.count)])
    }
  }
}
