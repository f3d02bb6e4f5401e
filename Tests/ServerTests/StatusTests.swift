import Access
import CommandLanguage
import EventLoop
import Foundations
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("server status says how the server is doing")
struct StatusTests {
  /// The fields of the one record of an answer.
  private func status(_ client: TestClient) async throws -> [String: String] {
    let lines = try await client.ask("server status")
    let head = try #require(lines.first?.hasPrefix("# ") == true ? lines.first : nil, "\(lines)")
    let names = head.dropFirst(2).split(separator: "\t").map { $0.prefix { $0 != ":" } }
    let cells = lines[1].dropFirst(2).split(separator: "\t", omittingEmptySubsequences: false)
    return Dictionary(uniqueKeysWithValues: zip(names.map(String.init), cells.map(String.init)))
  }

  @Test("Counts of connections, requests, errors, transactions, pools; the database's round trip")
  func counts() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let owner = try await server.unix()
    let stranger = try await server.tcp()
    let writer = try await server.unix()
    _ = try await writer.ask("begin")
    _ = try await stranger.ask("community list")
    let status = try await status(owner)
    #expect(status["version"] == Version.current)
    #expect(status["connections"] == "3")
    #expect(status["authenticated"] == "2")
    #expect(status["running"] == "1")
    #expect(status["waiting"] == "0")
    #expect(status["transactions"] == "1")
    #expect(status["requests"] == "2")
    #expect(status["errors"] == "1")
    #expect(status["database"] == "yes")
    #expect(status["database-ms"].flatMap(Double.init) != nil)
    #expect(status["max-ms"].flatMap(Double.init) != nil)
    #expect(status["report-database"] == "same")
    #expect(status["report-lag-s"] == "\\N")
    #expect(status["pools"]?.contains(#""pool":"transactions","in-use":1"#) == true, "\(status)")
    let token = try await service.makeToken(user: "ann", role: .reviewer)
    _ = try await stranger.ask("auth token=\(token)")
    let refused = try await stranger.ask("server status")
    #expect(refused.last?.hasPrefix("- denied.command ") == true)
  }

  @Test("A database of its own for reports is asked too")
  func reports() async throws {
    let main = try await TestService.make()
    let url = main.connectionString(.service)
    let database = await Database(url, reports: url)
    let service = await Service(areas: [.access], database: database)
    let server = try await TestServer.start(service)
    let status = try await status(try await server.unix())
    #expect(status["report-database"] == "primary")
    #expect(status["report-lag-s"] == "\\N")
    #expect(status["pools"]?.contains(#""pool":"report-streams""#) == true)
    await database.close()
  }

  @Test("A database that does not answer is what it tells, and soon")
  func unreachable() async throws {
    let database = await Database("host=127.0.0.1 port=1 user=nobody dbname=none")
    let service = await Service(areas: [.access], database: database)
    let server = try await TestServer.start(service)
    let status = try await status(try await server.unix())
    #expect(status["database"] == "no")
    #expect(status["database-ms"] == "\\N")
    #expect(status["unsealed"] == "\\N")
  }

  @Test("Percentiles are at most an eighth too high, and a minute is forgotten after the next")
  func histogram() {
    var histogram = LatencyHistogram()
    #expect(histogram.summary(at: 0) == nil)
    for value in 1...1_000 { histogram.add(microseconds: Int64(value), at: 5_000) }
    let summary = histogram.summary(at: 60_000)
    #expect((500...563).contains(summary?.median ?? 0))
    #expect((990...1_000).contains(summary?.percentile99 ?? 0))
    #expect(summary?.maximum == 1_000)
    #expect(histogram.summary(at: 75_000) == nil)
    histogram.add(microseconds: 7, at: 75_000)
    #expect(
      histogram.summary(at: 75_000)
        == ServerStatus.Latency(median: 7, percentile99: 7, maximum: 7))
  }

  @Test("Every duration falls into a bucket whose bounds it is within")
  func buckets() {
    for value in Array(0...5_000 as ClosedRange<Int64>) + [1 << 20, 1 << 31, (1 << 32) + 5] {
      let bucket = LatencyHistogram.bucket(value)
      #expect(LatencyHistogram.upperBound(bucket) >= value)
      #expect(bucket == 0 || LatencyHistogram.upperBound(bucket - 1) < value)
      #expect(LatencyHistogram.upperBound(bucket) <= max(value, value + value / 8))
    }
    #expect(LatencyHistogram.bucket(.max) == LatencyHistogram.bucket(1 << 40))
  }
}
