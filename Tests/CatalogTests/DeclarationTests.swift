import Access
import Catalog
import CommandLanguage
import Foundations
import TestSupport
import Testing

@Suite("Every command is declared whole")
struct DeclarationTests {
  private static let codes = ErrorCode.general + Catalog.areas.flatMap(\.errorCodes)

  @Test("words and parameters are lower case; no command starts with k, which clients of TLS eat")
  func names() {
    #expect(Set(registry.declarations.map(\.path)).count == registry.commands.count)
    for declaration in registry.declarations {
      #expect(declaration.path.wholeMatch(of: /[a-jl-z][a-z0-9-]*( [a-z][a-z0-9-]*){0,2}/) != nil)
      let names = declaration.allParameters.map(\.name)
      #expect(Set(names).count == names.count, "\(declaration.path)")
      for name in names + declaration.returns.columns.map(\.name) {
        #expect(name.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil, "\(declaration.path) \(name)")
      }
      let columns = declaration.returns.columns.map(\.name)
      #expect(Set(columns).count == columns.count, "\(declaration.path)")
    }
  }

  @Test("every command has a summary, and every parameter; they fit on a terminal")
  func summaries() {
    for declaration in registry.declarations {
      #expect(declaration.summary.hasSuffix("."), "\(declaration.path)")
      #expect((8...80).contains(declaration.summary.count), "\(declaration.path)")
      for parameter in declaration.allParameters {
        #expect(!parameter.summary.isEmpty, "\(declaration.path) \(parameter.name)")
        #expect(!parameter.summary.hasSuffix("."), "\(declaration.path) \(parameter.name)")
        #expect(!parameter.accepts.isEmpty, "\(declaration.path) \(parameter.name)")
      }
    }
  }

  @Test("a type has one name, and a name is one type's")
  func types() {
    let parameters = registry.declarations.flatMap(\.allParameters).filter { $0.choices.isEmpty }
    for group in Dictionary(grouping: parameters, by: \.typeName).values {
      #expect(Set(group.map(\.accepts)).count == 1, "\(group[0].typeName)")
    }
    for group in Dictionary(grouping: parameters, by: \.accepts).values {
      #expect(Set(group.map(\.typeName)).count == 1, "\(group[0].accepts)")
    }
  }

  @Test("what must be given stands before what may be: positions can be told")
  func order() {
    for declaration in registry.declarations {
      let kinds = declaration.parameters.map { $0.kind == .required }
      #expect(kinds == kinds.sorted { $0 && !$1 }, "\(declaration.path)")
    }
  }

  @Test("every example is a request of its own command, and binds")
  func examples() throws {
    for declaration in registry.declarations {
      let request = try #require(
        try RequestParser.parse(declaration.example), "\(declaration.path)")
      let invocation = try registry.bind(request)
      #expect(invocation.declaration.path == declaration.path)
    }
  }

  @Test("every error that a command names is registered, and every registered one is documented")
  func errors() {
    let named = registry.declarations.flatMap(\.errors)
    #expect(named.filter { !Self.codes.contains($0) } == [])
    // What triggers refuse, whatever command is at fault: none should ever get there. And what a
    // user's own limits refuse, whatever the command.
    let general: Set<String> = [
      "conflict.append-only", "data.unbalanced", "busy.rate", "busy.concurrency", "denied.rows",
    ]
    let own = Catalog.areas.flatMap(\.errorCodes).map(\.description)
    let undocumented = Set(own).subtracting(named.map(\.description))
    #expect(undocumented == general)
  }

  @Test("a code means one thing: areas that share one say the same of it")
  func codes() {
    for area in Catalog.areas {
      #expect(Set(area.errorCodes).count == area.errorCodes.count, "\(area.name)")
    }
    #expect(Set(ErrorCode.general).count == ErrorCode.general.count)
    let general = Set(ErrorCode.general)
    #expect(Catalog.areas.flatMap(\.errorCodes).filter(general.contains) == [])
    for group in Dictionary(grouping: Self.codes, by: \.description).values {
      #expect(Set(group.map(\.summary)).count == 1, "\(group)")
    }
    for code in Self.codes {
      #expect(code.reason.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil)
      #expect(code.summary.hasSuffix("."))
    }
  }

  @Test("no answer's pair has a name that the status line has a meaning for")
  func pairNames() {
    let reserved: Set<String> = [
      "rows", "crc32c", "ms", "next", "replayed", "retry", "effect", "fatal", "msg",
    ]
    for declaration in registry.declarations {
      if case .done(let names) = declaration.returns {
        #expect(reserved.isDisjoint(with: names), "\(declaration.path)")
      }
    }
  }

  @Test("writes answer with pairs; what reads has no key=, preview= or if-rev=")
  func shapes() {
    for declaration in registry.declarations {
      let common = declaration.commonParameters.map(\.name)
      guard declaration.effect.writes else {
        #expect(!common.contains("key"), "\(declaration.path)")
        #expect(!declaration.revises, "\(declaration.path)")
        continue
      }
      #expect(
        common == ["key", "preview"] + (declaration.revises ? ["if-rev"] : [])
          + (declaration.takesStream ? ["progress"] : []))
      // What reads a stream of rows answers with those that were refused.
      if declaration.takesStream { continue }
      guard case .done(let names) = declaration.returns else {
        Issue.record("\(declaration.path) writes and does not answer with pairs")
        continue
      }
      #expect(!names.isEmpty, "\(declaration.path)")
    }
  }
}
