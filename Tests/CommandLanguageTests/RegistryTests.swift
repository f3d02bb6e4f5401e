import CommandLanguage
import Testing

@Suite("Finding commands, and saying what there is")
struct RegistryTests {
  private let declarations = smallRegistry.declarations

  @Test(
    "A command that does not exist is told what was probably meant",
    arguments: [
      ("gratn offer", "grant offer", 1), ("grant ofer", "grant offer", 7),
      ("grant", "help grant", 1), ("grant zzz", "help grant", 7), ("pnig", "ping", 1),
      ("gratn zzz", "grant", 1), ("zzzzzz", "help", 1), ("x=1", "help", 1),
      ("grant x=1", "help grant", 1), ("GRANT list", "help", 1),
    ])
  func unknown(line: String, suggestion: String, column: Int) throws {
    let error = try #require(refusal(line))
    #expect(error.code == .unknownCommand)
    #expect(error.suggestion == suggestion)
    #expect(error.column == column)
  }

  @Test("An endless word is not echoed")
  func endless() throws {
    let word = String(repeating: "y", count: 60_000)
    for line in [word, "grant \(word)", "fund show \(word)", "ping \(word)"] {
      #expect(try #require(refusal(line)).message.utf8.count < 500)
    }
  }

  @Test("A noun without a verb is told its verbs")
  func verbs() {
    #expect(refusal("grant")?.message == "grant needs a verb: list, offer")
    #expect(refusal("grant ofer")?.message == #"grant has no verb "ofer"; it has list, offer"#)
  }

  @Test("The page of all commands has each of them, by noun")
  func overview() {
    let page = Help.overview(declarations)
    for declaration in declarations {
      #expect(page.contains { $0.contains(declaration.path) && $0.hasSuffix(declaration.summary) })
    }
    #expect(
      page.firstIndex { $0.contains("fund show") } ?? 99 < page.firstIndex {
        $0.contains("grant list")
      } ?? 0)
  }

  @Test("The page of a command says all that is declared of it")
  func page() throws {
    let page = Help.command(try #require(smallRegistry.command("grant offer")).declaration)
    #expect(page.first == "Offer a grant.")
    #expect(page.contains("  grant offer FUND AMOUNT [start=…] [countries=…] [months=…]"))
    #expect(page.contains { $0.contains("amount") && $0.contains("(required)") })
    #expect(page.contains { $0.contains("months") && $0.contains("(default 12)") })
    #expect(page.contains { $0.contains("key") })
    #expect(page.contains("Needs: grants.manage. Effect: write."))
    #expect(page.contains("Answers: number="))
    #expect(page.contains("Errors: conflict.state"))
    #expect(page.last == "Example: grant offer WATER 500")
    let list = Help.command(try #require(smallRegistry.command("grant list")).declaration)
    #expect(list.contains("Columns: number:text amount:money"))
    #expect(list.contains { $0.contains("(filter: = != < <= > >= ~; repeated: all must hold)") })
    #expect(Help.noun("grant", declarations).count == 4)
    #expect(Help.noun("nothing", declarations).isEmpty)
  }

  @Test("Every example is a request that its own command takes")
  func examples() throws {
    for declaration in declarations {
      #expect(try bound(declaration.example).declaration.path == declaration.path)
    }
  }

  @Test(
    "Completion offers what may come next, and nothing that was given",
    arguments: [
      ("", ["fund", "grant", "help", "ping"]), ("g", ["grant"]), ("grant ", ["list", "offer"]),
      ("grant o", ["offer"]), ("help gr", ["grant"]), ("help grant l", ["list"]),
      ("grant list ", ["amount=", "shape=", "format=", "limit=", "after=", "progress="]),
      ("grant list after=5 af", []), ("grant list amount>=5 a", ["amount=", "after="]),
      (
        "grant list am",
        [
          "amount=", "amount!=", "amount<", "amount<=", "amount>", "amount>=", "amount~",
        ]
      ),
      ("grant list amount>", ["amount>="]), ("grant list amount!", ["amount!="]),
      ("grant list sh", ["shape=", "shape!="]),
      ("grant list shape!=t", ["shape!=tsv", "shape!=table"]),
      ("grant list shape=ts", ["shape=tsv"]),
      ("grant offer start=\"a b\" mo", ["months="]), ("grant offer start=\"a m", []),
      (#"grant offer start="a \" b" mo"#, ["months="]), ("@t grant l", ["list"]),
      ("help grant list ", []), ("help he", ["help"]), ("grant offer months>", []),
      ("grant list format=t", ["format=tsv", "format=table"]),
      ("grant offer WATER 5 preview=", ["preview=yes", "preview=no"]),
      ("grant offer fund=X s", ["start="]), ("ping ", []), ("zzz ", []), ("grant zzz ", []),
      ("grant list amount=", []), ("  grant   l", ["list"]),
    ])
  func completion(line: String, candidates: [String]) {
    #expect(Completion.candidates(for: line, among: declarations) == candidates)
  }

  @Test("A lifecycle's pairs are its transitions, each once and sorted")
  func lifecycle() {
    enum Light: String, LifecycleState { case red, green }
    let lifecycle = Lifecycle<Light>(
      "light", initial: .red,
      [
        .init("go", from: [.red], to: .green), .init("stop", from: [.green, .red], to: .red),
        .init("halt", from: [.green], to: .red),
      ])
    #expect(lifecycle.pairs == ["green>red", "red>green", "red>red"])
  }
}
