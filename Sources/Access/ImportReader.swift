import CommandLanguage
import Foundations

/// The rows of an import as requests of its command.
struct ImportReader {
  /// A row, or why it is none.
  enum Item {
    case request(Request, line: Int)
    case refused(DomainError, line: Int)
  }

  private let command: CommandDeclaration
  private let data: LiteralStream
  private var csv = CSVReader()
  private var isAtEnd = false
  private var header: [String] = []

  init(_ command: CommandDeclaration, _ data: LiteralStream) {
    self.command = command
    self.data = data
  }

  /// Reads the first row, which names parameters of the command.
  mutating func readHeader() async throws(DomainError) {
    guard let first = try await nextRow() else {
      throw DomainError(
        .required,
        "the data is empty; its first row names parameters of \(command.path): "
          + names.joined(separator: ","), argument: "data")
    }
    let row: CSVReader.Row
    switch first {
    case .success(let found): row = found
    case .failure(let failure): throw refusal(failure.message, line: failure.line)
    }
    header = row.cells.map { $0 ?? "" }
    for (index, name) in header.enumerated() {
      guard names.contains(name) else {
        let nearest = EditDistance.nearest(to: name, among: names)
        throw DomainError(
          .unknownArgument,
          "the first row names \(JSON.string(String(name.prefix(80)))), and \(command.path) takes "
            + names.joined(separator: ", "), argument: "data", suggestion: nearest)
      }
      if header[..<index].contains(name) {
        throw DomainError(
          .unknownArgument, "the first row names \(name) twice", argument: "data")
      }
    }
    let missing = command.parameters.filter { $0.kind == .required && !header.contains($0.name) }
    guard missing.isEmpty else {
      let list = missing.map(\.name).joined(separator: ", ")
      throw DomainError(.required, "the first row lacks \(list)", argument: "data")
    }
  }

  /// The next row; nil behind the last.
  mutating func next() async throws(DomainError) -> Item? {
    switch try await nextRow() {
    case nil: return nil
    case .failure(let failure):
      return .refused(refusal(failure.message, line: failure.line), line: failure.line)
    case .success(let row):
      guard row.cells.count == header.count else {
        let message =
          "it has \(row.cells.count) cells, and the first row has \(header.count)"
        return .refused(DomainError(.invalid, message), line: row.line)
      }
      var arguments = command.path.split(separator: " ").map { Argument(value: String($0)) }
      for (name, cell) in zip(header, row.cells) {
        if let cell { arguments.append(Argument(name: name, value: cell)) }
      }
      return .request(Request(arguments: arguments), line: row.line)
    }
  }

  private var names: [String] { command.parameters.map(\.name) }

  private func refusal(_ message: String, line: Int) -> DomainError {
    DomainError(.invalid, message, argument: "data")
  }

  private mutating func nextRow() async throws(DomainError) -> Result<
    CSVReader.Row, CSVReader.Failure
  >? {
    while true {
      do throws(CSVReader.Failure) {
        if let row = try csv.next(isAtEnd: isAtEnd) { return .success(row) }
      } catch {
        return .failure(error)
      }
      if isAtEnd { return nil }
      if let bytes = try await data.next() { csv.feed(bytes) } else { isAtEnd = true }
    }
  }
}
