import Access
import CommandLanguage
import Foundations

/// Who pays for initiatives.
enum FunderCommands {
  static let all = [add, change, remove]

  private static let code = Parameter<Code>("code", "the initiative's code")
  private static let name = Parameter<String>("name", "the organisation's name")
  private static let pledge = Parameter<Money?>(optional: "pledge", "what it has promised")
  private static let reference = Parameter<String?>(
    optional: "reference", "its identifier where it publishes (org-id.guide), as IATI asks for")

  static let add = Command<CommandContext>(
    "initiative add-funder", "Name an organisation that pays for an initiative.",
    needs: .capability(.initiativesManage), effect: .write, returns: .done(FunderChange.names),
    errors: [.missingInitiative],
    example: "initiative add-funder SAI \"A second foundation\" pledge=250000", code, name,
    pledge, reference
  ) { (context, _, code, name, pledge, reference) async throws(DomainError) in
    try await context.write(
      FunderStatements.add, (code, name, pledge?.amountMinor, pledge?.currency, reference)
    ) { $0.pairs }
  }

  static let change = Command<CommandContext>(
    "initiative change-funder", "Change what a funder of an initiative has promised.",
    needs: .capability(.initiativesManage), effect: .write, returns: .done(FunderChange.names),
    errors: [.missingInitiative, .missingFunder],
    example: "initiative change-funder SAI \"A private foundation\" pledge=1600000", code, name,
    pledge, reference
  ) { (context, _, code, name, pledge, reference) async throws(DomainError) in
    try await context.write(
      FunderStatements.change, (code, name, pledge?.amountMinor, pledge?.currency, reference)
    ) { $0.pairs }
  }

  static let remove = Command<CommandContext>(
    "initiative remove-funder", "Take an organisation off an initiative's funders.",
    needs: .capability(.initiativesManage), effect: .destructive,
    returns: .done(FunderChange.names), errors: [.missingInitiative, .missingFunder],
    example: "initiative remove-funder SAI \"A private foundation\"", code, name
  ) { (context, _, code, name) async throws(DomainError) in
    try await context.write(FunderStatements.remove, (code, name)) { $0.pairs }
  }
}
