import Access
import CommandLanguage
import Glibc
import TestSupport
import Testing

@Suite("What is generated from the declarations is what is kept")
struct ReferenceTests {
  @Test("the reference is up to date")
  func reference() {
    let page = Reference.page
    for declaration in registry.declarations {
      #expect(page.contains("\n### \(declaration.path)\n"))
    }
    expectGolden(page, "../../Sources/Reference.md")
  }

  @Test("help: the overview, a noun and a command")
  func help() {
    let declarations = registry.declarations
    expectGolden(Help.overview(declarations).joined(separator: "\n"), "Golden/help.txt")
    expectGolden(
      Help.noun("grant", declarations).joined(separator: "\n"), "Golden/help-grant.txt")
    if let offer = registry.command("grant offer") {
      expectGolden(
        Help.command(offer.declaration).joined(separator: "\n"), "Golden/help-grant-offer.txt")
    } else {
      Issue.record("there is no grant offer")
    }
  }

  @Test("the program's own help")
  func programHelp() throws {
    let output = try #require(Self.output(of: "sister", "--help"))
    expectGolden(output, "Golden/program-help.txt")
    #expect(output.contains("usage: sister"))
  }

  @Test("a difference between a text and its golden file is seen, and shown")
  func difference() {
    guard !Golden.isRecording else { return }
    let kept = SourceTree.text("Tests/CatalogTests/Golden/help.txt")
    #expect(kept.contains("grant offer"))
    #expect(Golden.difference(kept, "Golden/help.txt") == nil)
    let other = kept.replacing("grant offer", with: "grant often")
    #expect(Golden.difference(other, "Golden/help.txt")?.contains("+   grant often") == true)
    #expect(Golden.difference(kept, "Golden/no-such-file.txt") != nil)
  }

  /// What a program that lies beside this test bundle writes; nil where it fails.
  private static func output(of program: String, _ arguments: String...) -> String? {
    guard let bundle = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(bundle) }
    let beside = String(cString: bundle).split(separator: "/", omittingEmptySubsequences: false)
      .dropLast().joined(separator: "/")
    let words = ["\(beside)/\(program)"] + arguments
    let quoted = words.map { "'\($0)'" }.joined(separator: " ")
    guard let stream = popen(quoted, "r") else { return nil }
    var bytes: [UInt8] = []
    var byte = fgetc(stream)
    while byte != EOF {
      bytes.append(UInt8(truncatingIfNeeded: byte))
      byte = fgetc(stream)
    }
    guard pclose(stream) == 0 else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
