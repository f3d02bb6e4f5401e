import Access
import CommandLanguage

enum CommunityCommands {
  static let all = [create, show, list]

  static let create = Command<CommandContext>(
    "community create", "Add a community to the directory.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["code", "name"]),
    example: "community create nagoya Nagoya JP region=Aichi names=\"名古屋\"",
    Parameter<Code>("code", "a short name for it, lower case"),
    Parameter<String>("name", "its name in English"),
    Parameter<CountryCode>("country", "where it is"),
    Parameter<String?>(optional: "region", "its state, province or prefecture"),
    Parameter<[String]>(list: "names", "its names in other languages and scripts")
  ) { (context, _, code, name, country, region, names) async throws(DomainError) in
    try await context.write(
      CommunityStatements.create, (code, name, country, region, names)
    ) { [.init("code", $0.code), .init("name", $0.name)] }
  }

  static let show = Command<CommandContext>(
    "community show", "Show one community.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .record(CommunityStatements.show.columns), errors: [.missingCommunity],
    example: "community show chicago",
    Parameter<Code>("code", "the community's code")
  ) { (context, _, code) async throws(DomainError) in
    .record(
      try await context.readOne(
        CommunityStatements.show, code, orRefuse: CommunityStatements.find, code))
  }

  static let list = Command<CommandContext>(
    "community list", "List communities.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(CommunityStatements.show.columns),
    example: "community list country=CN name~shang",
    Parameter<Filter<String>?>(filter: "name", "any of its names"),
    Parameter<Filter<CountryCode>?>(filter: "country", "where it is"),
    Parameter<Filter<String>?>(filter: "region", "its state, province or prefecture")
  ) { (context, options, name, country, region) async throws(DomainError) in
    try await context.readPage(
      CommunityStatements.list,
      (name, country, region, options.after, Int64(options.limit + 1)))
  }
}
