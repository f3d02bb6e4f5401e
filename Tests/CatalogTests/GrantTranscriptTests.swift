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
    await report(&transcript)
    await close(&transcript)
    await reopen(&transcript)
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
    transcript.say(
      "It is activated when its risk is rated, its conditions are met, and it is signed.")
    await transcript.run(
      "condition add G-2008-0001 precedent \"A partner in Ethiopia is named\"", as: .programOfficer)
    await transcript.run(
      "grant activate G-2008-0001 signatory=\"Mayor of Kansas City\" on=2008-02-01", as: .director)
    await transcript.run(
      "grant rate-risk G-2008-0001 low reason=\"packets were sent before\"", as: .programOfficer)
    await transcript.run(
      "grant activate G-2008-0001 signatory=\"Mayor of Kansas City\" on=2008-02-01", as: .director)
    await transcript.run(
      "condition meet G-2008-0001-C01 note=\"Axum, by letter\" on=2008-01-28", as: .programOfficer)
    await transcript.run(
      "grant activate G-2008-0001 signatory=\"Mayor of Kansas City\" on=2008-02-01",
      as: .programOfficer)
    await transcript.run(
      "grant activate G-2008-0001 signatory=\"Mayor of Kansas City\" on=2008-02-01", as: .director)
    await transcript.run("fund show PUR-2008", as: .finance)
  }

  private func pay(_ transcript: inout Transcript) async {
    transcript.say("Payments are planned, and each takes three people.")
    await transcript.run(
      "payment schedule G-2008-0001 5000 due=2008-02-15", as: .programOfficer)
    await transcript.run(
      "payment schedule G-2008-0001 5000 due=2008-09-01", as: .programOfficer)
    await transcript.run(
      "payment schedule G-2008-0001 4500 due=2008-09-01", as: .programOfficer)
    await transcript.run("payment request G-2008-0001-P01", as: .programOfficer)
    await transcript.run("payment approve-program G-2008-0001-P01", as: .programOfficer)
    await transcript.run("payment approve-program G-2008-0001-P01", as: .director)
    await transcript.run("payment pay G-2008-0001-P01 on=2008-02-14", as: .finance)
    await transcript.run("payment approve-finance G-2008-0001-P01", as: .finance)
    await transcript.run("payment pay G-2008-0001-P01 on=2008-02-14", as: .finance)
    await transcript.run("payment pay G-2008-0001-P01 on=2008-02-14", as: .finance)
  }

  private func report(_ transcript: inout Transcript) async {
    transcript.say("A report that is late stops the next payment by itself.")
    await transcript.run(
      "grantee-report schedule G-2008-0001 financial 2008-02-01 2008-07-31 due=2008-08-31",
      as: .programOfficer)
    let stopped = "payment request G-2008-0001-P02"
    await transcript.runDated(stopped, as: .programOfficer)
    await transcript.run(
      "grantee-report fill G-2008-0001-R01 cash-receipts=5000 cash-disbursements=4700 "
        + "expenditures=4700 unliquidated=0", as: .programOfficer)
    await transcript.run("grantee-report submit G-2008-0001-R01 on=2008-09-12", as: .programOfficer)
    await transcript.run("grantee-report accept G-2008-0001-R01", as: .programOfficer)
    await transcript.run("grantee-report accept G-2008-0001-R01", as: .director)
    await transcript.run(stopped, as: .programOfficer)
    await transcript.run("payment approve-program G-2008-0001-P02", as: .director)
    await transcript.run("payment approve-finance G-2008-0001-P02", as: .finance)
    await transcript.run("payment pay G-2008-0001-P02 on=2008-09-15", as: .finance)
    await transcript.run("payment list grant=G-2008-0001", as: .reporter)
  }

  private func close(_ transcript: inout Transcript) async {
    transcript.say("Finance settles and somebody else closes, when nothing is left to settle.")
    await transcript.run("grant close G-2008-0001 on=2009-02-01", as: .director)
    await transcript.run("grant start-closeout G-2008-0001 on=2009-02-01", as: .programOfficer)
    await transcript.run("grant settle G-2008-0001", as: .finance)
    await transcript.run(
      "cost-share record G-2008-0001 in-kind 7000 \"volunteers and the freight\" on=2008-10-01",
      as: .programOfficer)
    await transcript.run(
      "grantee-report schedule G-2008-0001 financial 2008-02-01 2009-01-31 due=2009-04-30",
      as: .programOfficer)
    await transcript.run(
      "grantee-report fill G-2008-0001-R02 cash-receipts=9500 cash-disbursements=9100 "
        + "expenditures=9100 unliquidated=0", as: .programOfficer)
    await transcript.run("grantee-report submit G-2008-0001-R02 on=2009-04-02", as: .programOfficer)
    await transcript.run("grantee-report accept G-2008-0001-R02", as: .director)
    transcript.say("What was paid and not spent comes back.")
    await transcript.run("grant settle G-2008-0001", as: .finance)
    await transcript.run(
      "payment refund G-2008-0001-P02 400 reason=\"not spent\" on=2009-04-20", as: .finance)
    await transcript.run("grant settle G-2008-0001", as: .finance)
    await transcript.run("grant close G-2008-0001 on=2009-05-01", as: .finance)
    await transcript.run("grant close G-2008-0001 on=2009-05-01", as: .programOfficer)
    await transcript.run("grant show G-2008-0001", as: .reporter)
  }

  private func reopen(_ transcript: inout Transcript) async {
    transcript.say("An audit disallows a cost: a director asks, finance reopens, the city refunds.")
    await transcript.run(
      "payment refund G-2008-0001-P02 250 reason=\"no receipt\" on=2009-09-10", as: .finance)
    await transcript.run(
      "grant ask-reopening G-2008-0001 reason=\"a cost without a receipt\"", as: .director)
    await transcript.run("grant reopen G-2008-0001 on=2009-09-01", as: .finance)
    await transcript.run(
      "payment refund G-2008-0001-P02 250 reason=\"no receipt\" on=2009-09-10", as: .finance)
    await transcript.run("grant start-closeout G-2008-0001 on=2009-09-11", as: .programOfficer)
    await transcript.run("grant settle G-2008-0001", as: .finance)
    transcript.say("The report must say so too: it is the last word on what was spent.")
    await transcript.run(
      "grantee-report schedule G-2008-0001 financial 2008-02-01 2009-01-31 due=2009-10-31",
      as: .programOfficer)
    await transcript.run(
      "grantee-report fill G-2008-0001-R03 cash-receipts=9500 cash-disbursements=8850 "
        + "expenditures=8850 unliquidated=0", as: .programOfficer)
    await transcript.run("grantee-report submit G-2008-0001-R03 on=2009-09-12", as: .programOfficer)
    await transcript.run("grantee-report accept G-2008-0001-R03", as: .director)
    await transcript.run("grant settle G-2008-0001", as: .finance)
    await transcript.run("grant close G-2008-0001 on=2009-09-15", as: .programOfficer)
    transcript.say("The books say where every cent went, and that they are right.")
    await transcript.run("grant history G-2008-0001", as: .reporter)
    await transcript.run("ledger show PUR-2008", as: .finance)
    await transcript.run("report run trial-balance", as: .finance)
    await transcript.run("ledger verify", as: .finance)
  }
}
