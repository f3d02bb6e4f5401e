import Access
import CommandLanguage
import Foundations

enum ProgramCommands {
  static let all = [create, show, list, profiles]

  private static let code = Parameter<Code>("code", "the program's code")

  static let create = Command<CommandContext>(
    "program create", "Set up an exchange program under a rule profile.",
    needs: .capability(.exchangesManage), effect: .write,
    returns: .done(["code", "profile", "profile-version"]), errors: [.missingProfile],
    example: "program create SISTER-SUMMER \"Summer delegations\" profile=ErasmusYouth",
    Parameter<Code>("code", "a short name for it"),
    Parameter<String>("title", "its full name"),
    Parameter<Code>("profile", "the rules it follows, from profile list; their newest version")
  ) { (context, _, code, title, profile) async throws(DomainError) in
    try await context.write(ProgramStatements.create, (code, title, profile)) {
      [
        .init("code", $0.code), .init("profile", $0.profile),
        .init("profile-version", $0.profileVersion),
      ]
    }
  }

  static let show = Command<CommandContext>(
    "program show", "Show an exchange program with its rules.",
    needs: .capability(.exchangesRead), effect: .read,
    returns: .record(ProgramStatements.show.columns + [.table("rules")]),
    errors: [.missingProgram], example: "program show YOUTH-AMBASSADORS", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.showProgram(code)
  }

  static let list = Command<CommandContext>(
    "program list", "List exchange programs.",
    needs: .capability(.exchangesRead), effect: .read,
    returns: .list(ProgramStatements.list.columns),
    example: "program list title~youth",
    Parameter<Filter<String>?>(filter: "title", "its full name"),
    Parameter<Filter<Code>?>(filter: "profile", "the rules it follows")
  ) { (context, options, title, profile) async throws(DomainError) in
    try await context.readPage(
      ProgramStatements.list, (title, profile, options.after, Int64(options.limit + 1)))
  }

  static let profiles = Command<CommandContext>(
    "profile list", "List the rule profiles that programs may follow.",
    needs: .capability(.exchangesRead), effect: .read,
    returns: .list(ProgramStatements.profiles.columns), example: "profile list",
    Parameter<Filter<Code>?>(filter: "code", "the profile's code")
  ) { (context, options, code) async throws(DomainError) in
    try await context.readPage(
      ProgramStatements.profiles, (code, options.after, Int64(options.limit + 1)))
  }
}
