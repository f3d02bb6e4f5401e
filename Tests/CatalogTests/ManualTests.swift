import CommandLanguage
import Glibc
import TestSupport
import Testing

@Suite("The manual page and the protocol's specification are what is generated")
struct ManualTests {
  @Test("the manual page is up to date, and names every option and command")
  func manual() {
    let page = ManualPage.page
    for declaration in registry.declarations {
      #expect(page.contains("\n.B \(ManualPage.escaped(declaration.path))"))
    }
    #expect(page.contains("\n.B \\-\\-key\\-prefix=PREFIX\n"))
    expectGolden(page, "../../Scripts/man/sister.1")
  }

  @Test("groff renders the manual page without a word of warning", .enabled(if: hasGroff))
  func rendering() throws {
    let file = SourceTree.root + "/Scripts/man/sister.1"
    // Where it is being written anew, it may be found half-written.
    guard !Golden.isRecording else { return }
    let stream = try #require(
      popen("LC_ALL=C.UTF-8 groff -man -Tutf8 -k -ww -z '\(file)' 2>&1 >/dev/null", "r"))
    var output: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF {
      output.append(UInt8(truncatingIfNeeded: byte))
    }
    #expect(pclose(stream) == 0)
    #expect(String(decoding: output, as: UTF8.self) == "")
  }

  private static let hasGroff = access("/usr/bin/groff", X_OK) == 0

  @Test("the specification of the protocol is up to date")
  func specification() {
    let page = ProtocolPage.page
    #expect(page.contains("| `conflict.idempotency` |"))
    expectGolden(page, "../../Sources/Protocol.md")
  }
}
