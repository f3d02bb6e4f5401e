import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Directory

@Suite("Two communities that were made one, and are two after all")
struct MergeUndoTests {
  @Test("undone, everything is as it was; what was changed since stays")
  func undo() async throws {
    let service = try await MergedCommunities.service()
    let before = try await MergedCommunities.everything(service)
    try await service.run("community merge muenchen munich reason=r")
    #expect(try await MergedCommunities.everything(service) != before)
    try await service.run("community unmerge muenchen")
    try await MergedCommunities.expectEverything(before, service)
    #expect(await service.failure("community unmerge muenchen")?.code == .stateConflict)
    try await service.run("community merge muenchen munich reason=again")
    try await service.run("community update munich population=1600000")
    try await service.run("partnership assert munich kyiv source=a since=1989")
    try await service.run("community unmerge muenchen")
    let kept = try await service.run("community show munich").rows[0]
    #expect(kept["population"] == .text("1600000"))
    #expect(MergedCommunities.names(kept["partnerships"]) == ["PS-4", "PS-1"])
    #expect(
      try await service.run("community merges").rows.map { $0["reason"] } == [
        .text("r"), .text("again"),
      ])
  }

  @Test("one after the other, and undone in the other order")
  func chain() async throws {
    let service = try await MergedCommunities.service()
    try await service.run("community create monaco \"Monaco di Baviera\" DE")
    let before = try await MergedCommunities.everything(service)
    try await service.run("community merge muenchen monaco reason=r")
    try await service.run("community merge monaco munich reason=r")
    for code in ["muenchen", "monaco"] {
      #expect(
        try await service.run("community show \(code)").rows[0]["code"] == .text("munich"),
        "\(code)")
    }
    let early = await service.failure("community unmerge muenchen")
    #expect(early?.suggestion == "community unmerge monaco")
    try await service.run("community unmerge monaco")
    try await service.run("community unmerge muenchen")
    try await MergedCommunities.expectEverything(before, service)
  }

  @Test("what cannot be made one is refused, and nothing is changed")
  func refusals() async throws {
    let service = try await PartnershipTests.signedService()
    for line in [
      "community update denver region=Colorado", "community create axum-2 Aksum ET",
      "community create denver-2 Denver US region=Iowa",
      "partnership assert denver axum-2 source=files",
      "community create munich Munich DE", "partnership create axum-2 axum",
    ] { try await service.run(line) }
    #expect(await service.failure("community merge munich denver reason=r")?.code == .invalid)
    #expect(
      await service.failure("community merge nowhere denver reason=r")?.code == .missingCommunity)
    let pair = await service.failure("community merge axum-2 axum reason=r")
    #expect(pair?.code == .stateConflict && pair?.message.contains("the two themselves") == true)
    try await service.run("partnership withdraw axum:axum-2")
    let signed = await service.failure("community merge axum axum-2 reason=r")
    #expect(signed?.suggestion == "partnership withdraw PS-2")
    try await service.run("membership create denver-2 on=2015-01-01")
    let before = try await MergedCommunities.everything(service)
    #expect(await service.failure("community merge denver-2 denver reason=r")?.code == .duplicate)
    try await MergedCommunities.expectEverything(before, service)
    #expect(
      try await service.sql("SELECT count(*) FROM directory.community WHERE merged_into_id > 0")
        == [["0"]])
    #expect(
      await service.failure("community merge axum-2 axum reason=r", as: .reporter)?.code
        == .commandDenied)
  }

  @Test("a partnership of which anything was said since stays whole where it is")
  func said() async throws {
    let service = try await PartnershipTests.service()
    for line in [
      "community create axum-2 Aksum ET", "partnership assert denver axum-2 source=files",
      "partnership assert lagos axum-2 source=files", "community merge axum-2 axum reason=r",
    ] { try await service.run(line) }
    for line in PartnershipTests.negotiated.suffix(1) + PartnershipTests.signed {
      try await service.run(line)
    }
    let undone = try await service.run("community unmerge axum-2")
    #expect(undone["left"] == "1")
    let signed = try await service.run("partnership show denver:axum").rows[0]
    #expect(signed["number"] == .text("PS-1") && signed["state"] == .text("signed"))
    #expect(
      try await service.run("partnership show lagos:axum-2").rows[0]["number"] == .text("PS-2"))
  }

  @Test("what a later merge has moved on comes back first")
  func crossed() async throws {
    let service = try await PartnershipTests.service()
    for line in [
      "community create denver-2 \"Denver City\" US", "community create axum-2 Aksum ET",
      "partnership assert denver-2 axum-2 source=files",
    ] { try await service.run(line) }
    let before = try await MergedCommunities.everything(service)
    try await service.run("community merge denver-2 denver reason=r")
    try await service.run("community merge axum-2 axum reason=r")
    let early = await service.failure("community unmerge denver-2")
    #expect(early?.code == .stateConflict && early?.suggestion == "community unmerge axum-2")
    try await service.run("community unmerge axum-2")
    try await service.run("community unmerge denver-2")
    try await MergedCommunities.expectEverything(before, service)
  }

  @Test("what would be there twice is taken away, and put back; what goes together stays together")
  func twice() async throws {
    let service = try await MergedCommunities.service()
    for line in [
      "community seek munich themes=beer", "community seek muenchen themes=opera",
      "community add-name munich Minga", "community update munich region=Bayern",
      "community update muenchen subdivision=DE-BY time-zone=Europe/Berlin",
      "initiative create V Verse humanitarian starts=2020-01-01 ends=2021-01-01 partners=x:munich,y:muenchen",
    ] { try await service.run(line) }
    let before = try await MergedCommunities.everything(service)
    try await service.run("community merge muenchen munich reason=r")
    #expect(try await service.run("directory seeking").rows.count == 1)
    let shown = try await service.run("community show munich").rows[0]
    #expect(shown["subdivision"] == .null && shown["time-zone"] == .text("Europe/Berlin"))
    let initiative = try await service.run("initiative show V").rows[0]
    #expect(MergedCommunities.names(initiative["partners"]).contains("munich"))
    try await service.run("community update munich population=5")
    try await service.run("community unmerge muenchen")
    let kept = try await service.run("community show munich").rows[0]
    #expect(kept["time-zone"] == .null && kept["population"] == .text("5"))
    try await service.auditedSQL(
      "UPDATE directory.community SET population = NULL WHERE code = 'munich'")
    try await MergedCommunities.expectEverything(before, service)
  }
}
