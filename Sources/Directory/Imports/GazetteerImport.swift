import Access
import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// The load of a gazetteer: its places, sent to the database by the thousand.
@EventLoop
struct GazetteerImport: Sendable {
  private let context: CommandContext
  private let transaction: Transaction
  private let startedAt = MonotonicClock.nowMilliseconds
  private var batch: [GazetteerPlace] = []
  /// The line of each place's number: none is there twice.
  private var lines: [String: Int] = [:]
  private var total = GazetteerCounts(added: 0, matched: 0, names: 0)
  private var refused: [[Value]] = []
  private var refusedCount = 0

  init(_ context: CommandContext, _ transaction: Transaction) {
    self.context = context
    self.transaction = transaction
  }

  /// What came of the places: how many there were of each kind, and the first that were refused.
  var outcome: StreamedOutcome {
    StreamedOutcome(
      rows: Table(columns: context.declaration.returns.columns, rows: refused),
      pairs: total.pairs + [.init("rejected", refusedCount)])
  }

  /// Takes in all places.
  mutating func take(_ records: inout RecordReader) async throws(DomainError) {
    while let item = try await records.next() {
      switch item {
      case .record(let record): take(record)
      case .refused(let error, let line): refuse(error.message, line)
      }
      guard lines.count <= Limits.importPlaces else {
        throw DomainError(
          .invalid, "a gazetteer may have \(Limits.importPlaces) places; load it in parts",
          argument: "data")
      }
      if batch.count == Limits.importListRows { try await send() }
    }
    if !batch.isEmpty { try await send() }
  }

  private mutating func take(_ record: RecordReader.Record) {
    do throws(InvalidRow) {
      let place = try GazetteerPlace(record)
      if let line = lines[place.geonames] {
        throw InvalidRow("the number \(place.geonames) is in line \(line) already")
      }
      lines[place.geonames] = record.line
      batch.append(place)
    } catch {
      refuse(error.reason, record.line)
    }
  }

  private mutating func refuse(_ reason: String, _ line: Int) {
    refusedCount += 1
    guard refused.count < Limits.importRefusals else { return }
    refused.append([.integer(Int64(line)), .text(reason)])
  }

  private mutating func send() async throws(DomainError) {
    let counts = try await context.row(
      ImportStatements.loadPlaces, GazetteerPlace.columns(of: batch), in: transaction)
    total = total + counts
    batch = []
    try await context.mayGoOn(since: startedAt)
  }
}

extension CommandContext {
  /// Takes in the places of a gazetteer.
  func loadGazetteer(_ data: LiteralStream) async throws(DomainError) -> Reply {
    let records = RecordReader(
      data, for: "directory gazetteer", columns: GazetteerPlace.columns,
      required: GazetteerPlace.required)
    return try await writeStream(records) {
      (records, transaction) async throws(DomainError) in
      var work = GazetteerImport(self, transaction)
      try await work.take(&records)
      return work.outcome
    }
  }
}
