import Access
import CommandLanguage
import Foundations
import TestSupport

extension TestService {
  /// A service with a community, an initiative, and a fund `PG` that received `received`.
  static func withFund(
    received: String = "12000", loanedConnections: Int = 4
  ) async throws -> TestService {
    let service = try await make(loanedConnections: loanedConnections)
    try await service.run("community create kansas-city \"Kansas City\" US")
    try await service.run(
      "initiative create SDWI \"Safe Drinking Water\" humanitarian countries=ET,NG")
    try await service.run("fund create PG \"Water\" \"Procter & Gamble\"")
    try await service.run("fund receive PG \(received) on=2008-01-05")
    return service
  }

  /// Offers `amount` from `PG`; the new grant's number.
  func offer(_ amount: String, starts: String = "2008-02-01") async throws -> String? {
    let reply = try await run(
      "grant offer SDWI PG kansas-city \(amount) title=PUR starts=\(starts) on=2008-01-10")
    return reply["number"]
  }

  /// Rates a grant's risk and has it activated.
  func activate(_ number: String = "G-2008-0001", on day: String = "2008-02-01") async throws {
    try await run("grant rate-risk \(number) low reason=known", as: .programOfficer)
    try await run("grant activate \(number) signatory=\"Ann Mayor\" on=\(day)", as: .director)
  }

  /// Has three people bring a scheduled payment to where the bank can make it.
  func approve(_ payment: String) async throws {
    try await run("payment request \(payment)", as: .programOfficer)
    try await run("payment approve-program \(payment)", as: .director)
    try await run("payment approve-finance \(payment)", as: .finance)
  }

  /// Schedules a payment on G-2008-0001, has it approved, and pays it.
  func pay(_ amount: String, on day: String = "2008-03-02") async throws {
    let scheduled = try await run(
      "payment schedule G-2008-0001 \(amount) due=2008-03-01", as: .programOfficer)
    try await approve(scheduled["number"] ?? "")
    try await run("payment pay \(scheduled["number"] ?? "") on=\(day)", as: .finance)
  }

  /// Has finance settle G-2008-0001, and somebody else close it; today where no day is said.
  @discardableResult
  func closeOut(on day: String?) async throws -> Reply {
    try await run("grant settle G-2008-0001", as: .finance)
    let on = day.map { " on=\($0)" } ?? ""
    return try await run("grant close G-2008-0001\(on)", as: .programOfficer)
  }

  /// A fund's counters: received, reserved, committed, spent.
  func counters(_ fund: String = "PG") async throws -> [String?] {
    try await sql(
      """
      SELECT b.received, b.reserved, b.committed, b.spent
      FROM grants.fund_balance b JOIN grants.fund f ON f.id = b.fund_id AND f.currency = b.currency
      WHERE f.code = '\(fund)'
      """
    ).first ?? []
  }

  /// Every posting of every fund, as `line kind account amount`.
  func postings() async throws -> [String] {
    try await sql(
      """
      SELECT concat_ws(' ', p.line, e.kind, p.account, p.amount)
      FROM grants.posting p JOIN grants.entry e ON e.id = p.entry_id ORDER BY p.fund_id, p.line
      """
    ).map { $0.first.flatMap { $0 } ?? "" }
  }
}
