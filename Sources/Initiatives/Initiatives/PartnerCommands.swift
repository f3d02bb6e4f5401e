import Access
import CommandLanguage
import Foundations

/// Who takes part in initiatives.
enum PartnerCommands {
  static let all = [add, change, remove]

  private static let code = Parameter<Code>("code", "the initiative's code")
  private static let community = Parameter<Code>("community", "the community's code")
  private static let errors: [ErrorCode] = [.missingInitiative, .missingCommunity]

  static let add = Command<CommandContext>(
    "initiative add-partner", "Have a community take part in an initiative.",
    needs: .capability(.initiativesManage), effect: .write, returns: .done(PartnerChange.names),
    errors: errors, example: "initiative add-partner SDWI us:chicago", code,
    Parameter<PartnerArgument>("partner", "the community, with its role in it")
  ) { (context, _, code, partner) async throws(DomainError) in
    try await context.write(
      PartnerStatements.add, (code, partner.role, partner.community)
    ) { $0.pairs }
  }

  static let change = Command<CommandContext>(
    "initiative change-partner", "Give a partner of an initiative another role.",
    needs: .capability(.initiativesManage), effect: .write, returns: .done(PartnerChange.names),
    errors: errors + [.missingPartner, .pilotRoles],
    example: "initiative change-partner SDWI host:axum", code,
    Parameter<PartnerArgument>("partner", "the community, with its new role")
  ) { (context, _, code, partner) async throws(DomainError) in
    try await context.write(
      PartnerStatements.change, (code, partner.role, partner.community)
    ) { $0.pairs }
  }

  static let remove = Command<CommandContext>(
    "initiative remove-partner", "Have a community take part in an initiative no more.",
    needs: .capability(.initiativesManage), effect: .destructive,
    returns: .done(PartnerChange.names), errors: errors + [.missingPartner, .pilotRoles],
    example: "initiative remove-partner SDWI lagos", code, community
  ) { (context, _, code, community) async throws(DomainError) in
    try await context.write(PartnerStatements.remove, (code, community)) { $0.pairs }
  }
}
