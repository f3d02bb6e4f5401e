import CommandLanguage
import Foundations
import Testing

@Suite("if-rev= belongs to what changes something with a revision, and to nothing else")
struct RevisionArgumentTests {
  private static let registry = Registry<NoContext>([
    command("grant close", revises: true), command("grant offer", revises: false),
  ])

  private static func command(_ path: String, revises: Bool) -> Command<NoContext> {
    Command(
      path, "Change a grant.", needs: .authentication, effect: .write, revises: revises,
      returns: .done(["number"]), example: "\(path) G-1", Parameter<Code>("number", "the grant")
    ) { (_, options, number) async throws(DomainError) in .done([.init("number", number)]) }
  }

  private func options(_ line: String) throws -> RequestOptions {
    let request = try #require(try RequestParser.parse(line))
    return try Self.registry.bind(request).options
  }

  private func refusal(_ line: String) throws -> DomainError? {
    let request = try #require(try RequestParser.parse(line))
    do throws(DomainError) {
      _ = try Self.registry.bind(request)
      return nil
    } catch {
      return error
    }
  }

  @Test("It is a whole number from 1, and no part of what a key stands for")
  func bound() throws {
    let options = try options("grant close G-1 if-rev=3 key=K1")
    #expect(options.ifRevision == 3)
    #expect(options.canonicalText == #"grant close "G-1""#)
    #expect(try self.options("grant close G-1").ifRevision == nil)
    for value in ["0", "-1", "x", "1.5", "99999999999999999999"] {
      let error = try #require(try refusal("grant close G-1 if-rev=\(value)"), "\(value)")
      #expect(error.code == .badValue && error.argument == "if-rev", "\(value)")
    }
    #expect(try refusal("grant close G-1 if-rev>=3")?.code == .badValue)
    #expect(try refusal("grant close G-1 if-rev=3 if-rev=4")?.message == "if-rev is given twice")
  }

  @Test("What creates has nothing to compare, and says so")
  func unknown() throws {
    let error = try #require(try refusal("grant offer G-1 if-rev=3"))
    #expect(error.code == .unknownArgument)
    #expect(error.argument == "if-rev")
    #expect(
      error.message
        == "grant offer has no parameter if-rev: it changes nothing that has a revision; it takes "
        + "number, key, preview")
    #expect(try refusal("grant offer G-1 if-ref=3")?.message.contains("revision") == false)
  }

  @Test("Help and completion know it where it is taken")
  func shown() throws {
    let declarations = Self.registry.declarations
    for declaration in declarations {
      let lines = Help.command(declaration)
      #expect(lines.contains { $0.hasPrefix("  if-rev") } == declaration.revises)
    }
    #expect(
      Completion.candidates(for: "grant close G-1 if", among: declarations) == ["if-rev="])
    #expect(Completion.candidates(for: "grant offer G-1 if", among: declarations).isEmpty)
  }
}
