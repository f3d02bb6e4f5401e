import CommandLanguage
import Foundations
import Testing

@Suite("Error codes and suggestions")
struct ErrorCodeTests {
  @Test(
    "Each class has its documented exit status",
    arguments: [
      (.usage, 64), (.data, 65), (.missing, 66), (.conflict, 3), (.auth, 77), (.denied, 77),
      (.busy, 75), (.cancelled, 4), (.proto, 76), (.fault, 70),
    ] as [(ErrorClass, Int32)])
  func exitStatus(errorClass: ErrorClass, status: Int32) {
    #expect(errorClass.exitStatus == status)
  }

  @Test("Every class has a status that no success has")
  func everyClass() {
    #expect(ErrorClass.allCases.count == 10)
    #expect(ErrorClass.allCases.allSatisfy { $0.exitStatus != 0 })
  }

  @Test("General codes are unique, lower case and explained by a sentence")
  func general() {
    let names = ErrorCode.general.map(\.description)
    #expect(Set(names).count == names.count)
    for code in ErrorCode.general {
      let allowed = code.reason.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || [0x2D, 0x38].contains($0)
      }
      #expect(allowed, "\(code)")
      #expect(code.summary.hasSuffix("."), "\(code)")
    }
  }

  @Test(
    "Edits are inserted, deleted, replaced and swapped letters",
    arguments: [
      ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("grant", "grant", 0), ("grnat", "grant", 1),
      ("grat", "grant", 1), ("gramt", "grant", 1), ("grantt", "grant", 1), ("ca", "abc", 3),
      ("kitten", "sitting", 3), ("友城", "城友", 1),
    ])
  func distance(left: String, right: String, edits: Int) {
    #expect(EditDistance.between(left, right) == edits)
    #expect(EditDistance.between(right, left) == edits)
  }

  @Test("The nearest word is suggested, if it is near at all")
  func nearest() {
    let words = ["community", "initiative", "grant", "help"]
    #expect(EditDistance.nearest(to: "comunity", among: words) == "community")
    #expect(EditDistance.nearest(to: "inititaive", among: words) == "initiative")
    #expect(EditDistance.nearest(to: "hlep", among: words) == "help")
    #expect(EditDistance.nearest(to: "zebra", among: words) == nil)
    #expect(EditDistance.nearest(to: "grant", among: ["grant"]) == nil)
    #expect(EditDistance.nearest(to: "", among: words) == nil)
    let endless = String(repeating: "grant", count: 10_000)
    #expect(EditDistance.nearest(to: endless, among: words) == nil)
  }
}
