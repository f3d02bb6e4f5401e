import Access
import TestSupport
import Testing

@Suite("A grant's way from the fund to the closed books, as people see it")
struct GrantTranscriptTests {
  @Test("every command and every refusal reads as the tutorial shows it")
  func journey() async throws {
    var transcript = Transcript(try await TestService.make())
    await prepare(&transcript)
    await award(&transcript)
    await pay(&transcript)
    await close(&transcript)
    #expect(!transcript.text.contains("fault.internal"))
    expectGolden(transcript.text, "Golden/grant-journey.txt")
  }

  private func prepare(_ transcript: inout Transcript) async {
    transcript.say("Finance opens the fund, and records what the funder sent.")
    await transcript.run(
      "fund create PUR-2008 \"Children's safe drinking water\" \"Procter & Gamble\" "
        + "area=humanitarian countries=ET,NG", as: .finance)
    await transcript.run("fund receive PUR-2008 12000 on=2008-01-15", as: .finance)
    transcript.say("The program officer adds the community and the initiative.")
    await transcript.run(
      "community create kansas-city \"Kansas City\" US region=Missouri", as: .programOfficer)
    await transcript.run(
      "initiative create SDWI \"Safe Drinking Water Initiative\" humanitarian "
        + "starts=2008-01-01 countries=ET,NG", as: .programOfficer)
    await transcript.run("initiative activate SDWI", as: .programOfficer)
  }

  private func award(_ transcript: inout Transcript) async {
    let offer =
      "grant offer SDWI PUR-2008 kansas-city 9500 \"PUR for Ethiopia\" starts=2008-02-01 "
      + "ends=2009-01-31 in-kind=7000 on=2008-01-20"
    transcript.say("An offer is looked at before it is made.")
    await transcript.run(offer + " preview=yes", as: .programOfficer)
    await transcript.run("grant list", as: .reporter)
    await transcript.run(offer, as: .programOfficer)
    transcript.say("A second one would give away more than there is, or goes astray.")
    await transcript.run(
      "grant offer SDWI PUR-2008 kansas-city 9500 \"More PUR\" on=2008-01-21", as: .programOfficer)
    await transcript.run(
      "grant offer SDWI PUR-2008 kansas-cty 100 \"More PUR\" on=2008-01-21", as: .programOfficer)
    await transcript.run(
      "grant offer SDWI PUR-2008 kansas-city \"100 EUR\" \"More PUR\"", as: .programOfficer)
    transcript.say("Whoever offered a grant does not also activate it; the director does.")
    await transcript.run(
      "grant activate G-2008-0001 signatory=\"Mayor of Kansas City\"", as: .programOfficer)
    await transcript.run(
      "grant activate G-2008-0001 signatory=\"Mayor of Kansas City\" on=2008-02-01", as: .director)
    await transcript.run("fund show PUR-2008", as: .finance)
  }

  private func pay(_ transcript: inout Transcript) async {
    transcript.say("Payments are planned, and made once.")
    await transcript.run(
      "payment schedule G-2008-0001 5000 due=2008-02-15", as: .programOfficer)
    await transcript.run(
      "payment schedule G-2008-0001 5000 due=2008-09-01", as: .programOfficer)
    await transcript.run(
      "payment schedule G-2008-0001 2000 due=2008-09-01", as: .programOfficer)
    await transcript.run("payment pay G-2008-0001-01 on=2008-02-14", as: .programOfficer)
    await transcript.run("payment pay G-2008-0001-01 on=2008-02-14", as: .finance)
    await transcript.run("payment pay G-2008-0001-01 on=2008-02-14", as: .finance)
    await transcript.run("payment list grant=G-2008-0001", as: .finance)
  }

  private func close(_ transcript: inout Transcript) async {
    transcript.say("Closing waits for the last payment; what was not spent goes back to the fund.")
    await transcript.run("grant close G-2008-0001 on=2009-02-01", as: .director)
    await transcript.run("grant start-closeout G-2008-0001 on=2009-02-01", as: .director)
    await transcript.run("grant close G-2008-0001 on=2009-03-01", as: .director)
    await transcript.run("payment cancel G-2008-0001-02", as: .programOfficer)
    await transcript.run("grant close G-2008-0001 on=2009-03-01", as: .director)
    await transcript.run("grant show G-2008-0001", as: .reporter)
    transcript.say("The books say where every cent went, and that they are right.")
    await transcript.run("ledger show PUR-2008", as: .finance)
    await transcript.run("ledger verify", as: .finance)
    await transcript.run("fund show PUR-2008", as: .finance)
  }
}
