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
        for line in SchemaFiles.demo.split(separator: "\n") {
          guard !line.hasPrefix("--") else { continue }
          do throws(DomainError) {
            try await service.run(String(line), as: .owner)
          } catch {
            throw RawSQLError(
              sqlState: "", message: "\(line): \(error.code) \(error.message)", constraint: nil)
          }
        }
        await service.close()
        return service.databaseName
      }
    making = task
    return try await task.value
  }
}
