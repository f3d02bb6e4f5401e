import Access
import Catalog
import CommandLanguage

/// A database with the demo data, made when a test first asks, for others to be copied from.
actor DemoDatabase {
  static let shared = DemoDatabase()
  private var making: Task<String, any Error>?

  /// The database's name.
  func name() async throws -> String {
    let task =
      making
      ?? Task {
        let service = try await TestService.make()
        for part in DemoScript.parts {
          let person = try await Self.principal(part.user, service)
          for line in part.lines {
            do throws(DomainError) {
              try await service.run(line, as: person)
            } catch {
              throw RawSQLError(
                sqlState: "", message: "\(line): \(error.code) \(error.message)", constraint: nil)
            }
          }
        }
        await service.close()
        return service.databaseName
      }
    making = task
    return try await task.value
  }

  /// The demo's user of this name, with the roles that the demo gave them; the owner for none.
  private static func principal(
    _ user: String?, _ service: TestService
  ) async throws -> Principal {
    guard let user else { return .owner }
    let roles = try await service.sql(
      "SELECT unnest(roles) FROM access.principal WHERE name = '\(user)'")
    return Principal(
      name: user, roles: roles.compactMap { $0.first.flatMap { $0 }.flatMap { Role(rawValue: $0) } }
    )
  }
}
