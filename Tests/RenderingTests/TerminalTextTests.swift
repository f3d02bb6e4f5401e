import Rendering
import Testing

@Suite("Text takes the cells that a terminal gives it")
struct TerminalTextTests {
  @Test(
    "Widths",
    arguments: [
      ("", 0), ("grant", 5), ("友好城市", 8), ("Zürich", 6), ("Zu\u{308}rich", 6), ("ﾊﾝ", 2),
      ("한국", 4), ("👨‍👩‍👧", 2), ("🇩🇪", 2), ("🇩🇪🇯🇵", 4), ("👍🏽", 2), ("❤️", 2), ("❤", 1), ("1️⃣", 2),
      ("🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}", 2), ("a\u{200B}b", 2),
      ("\u{1FAE8}", 2), ("…∅│", 3), ("שלום", 4),
    ])
  func widths(_ text: String, _ cells: Int) {
    #expect(TerminalText.width(text) == cells)
  }

  @Test("Nothing in data commands the terminal or reorders the line")
  func safe() {
    #expect(TerminalText.safe("\u{1B}[31mred") == #"\x1b[31mred"#)
    #expect(TerminalText.safe("a\u{9B}2J\u{7F}\u{0}") == #"a\x9b2J\x7f\x00"#)
    #expect(TerminalText.safe("abc\u{202E}fdp.exe") == #"abc\u{202e}fdp.exe"#)
    #expect(TerminalText.safe("\u{2066}x\u{2069}\u{2028}") == #"\u{2066}x\u{2069}\u{2028}"#)
    #expect(TerminalText.safe("a\nb\tc\r\n") == #"a\nb\tc\r\n"#)
    #expect(TerminalText.safe("a\nb\tc", keepingLineBreaks: true, keepingTabs: true) == "a\nb\tc")
    for text in troubledTexts(2000) {
      let shown = TerminalText.safe(text ?? "")
      #expect(TerminalText.safe(shown) == shown)
      #expect(!shown.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
    }
  }

  @Test("A cut text is as wide as it may be, and says that it was cut")
  func truncation() {
    #expect(TerminalText.truncated("Kansas City", to: 11) == "Kansas City")
    #expect(TerminalText.truncated("Kansas City", to: 10) == "Kansas Ci…")
    #expect(TerminalText.truncated("友好城市", to: 7) == "友好城…")
    #expect(TerminalText.truncated("友好城市", to: 6) == "友好…")
    #expect(TerminalText.truncated("👨‍👩‍👧👨‍👩‍👧", to: 3) == "👨‍👩‍👧…")
    for text in troubledTexts(500) {
      let shown = TerminalText.safe(text ?? "")
      for cells in 1...12 {
        #expect(TerminalText.width(TerminalText.truncated(shown, to: cells)) <= cells)
        let padded = TerminalText.padded(TerminalText.truncated(shown, to: cells), to: cells)
        #expect(TerminalText.width(padded) == cells)
      }
    }
  }

  @Test("Wrapped text loses nothing but the spaces it breaks at")
  func wrapping() {
    #expect(
      TerminalText.wrapped("A youth exchange between two cities", to: 12)
        == ["A youth", "exchange", "between two", "cities"])
    #expect(TerminalText.wrapped("abcdefghij", to: 4) == ["abcd", "efgh", "ij"])
    #expect(TerminalText.wrapped("友好城市网络", to: 5) == ["友好", "城市", "网络"])
    #expect(TerminalText.wrapped("one\n\ntwo", to: nil) == ["one", "", "two"])
    for text in troubledTexts(800) {
      let shown = TerminalText.safe(text ?? "", keepingLineBreaks: true)
      for cells in [2, 3, 7, 20] {
        let lines = TerminalText.wrapped(shown, to: cells)
        #expect(lines.allSatisfy { TerminalText.width($0) <= cells })
        let squeezed = { (text: String) in text.filter { $0 != " " && $0 != "\n" } }
        #expect(squeezed(lines.joined()) == squeezed(shown))
      }
    }
  }
}
