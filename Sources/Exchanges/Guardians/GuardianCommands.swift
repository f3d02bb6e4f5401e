import Access
import CommandLanguage

enum GuardianCommands {
  static let all = [verify]

  static let verify = Command<CommandContext>(
    "guardian verify", "Vouch that a participant's guardian is who they say they are.",
    needs: .capability(.exchangesManage), effect: .irreversible,
    returns: .done(["participant", "verified"]),
    errors: [.missingParticipant, .missingGuardian],
    example: "guardian verify P-000002 how=video-call",
    Parameter<ParticipantNumber>("participant", "the participant's number"),
    Parameter<Verification>("how", "how you made sure")
  ) { (context, _, participant, how) async throws(DomainError) in
    try await context.write(GuardianStatements.verify, (participant, how)) {
      [.init("participant", $0.participant), .init("verified", $0.verifiedHow.rawValue)]
    }
  }
}
