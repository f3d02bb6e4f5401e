import Access
import CommandLanguage

enum CommunityCommands {
  static let all = [
    create, show, list, update, verify, addName, removeName, addNumber, removeNumber, merge,
    unmerge, merges,
  ]

  private static let code = Parameter<Code>("code", "the community's code")
  private static let kind = Parameter<CommunityKind?>(optional: "kind", "what it is")
  private static let region = Parameter<String?>(
    optional: "region", "its state, province or prefecture")
  private static let subdivision = Parameter<String?>(
    optional: "subdivision", "the same as ISO 3166-2 has it: US-IL")
  private static let parent = Parameter<Code?>(optional: "parent", "the community it lies in")
  private static let at = Parameter<Coordinates?>(optional: "at", "where it is on the globe")
  private static let population = Parameter<Int64?>(
    optional: "population", "how many people live there")
  private static let timeZone = Parameter<String?>(
    optional: "time-zone", "its time zone, as in America/Chicago")

  /// What `community show` answers: the community and what hangs on it.
  private static let page =
    CommunityStatements.show.columns + [
      .table("names"), .table("numbers"), .table("partnerships"),
    ]

  static let create = Command<CommandContext>(
    "community create", "Add a community to the directory.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["code", "name"]),
    errors: [.missingCommunity],
    example: "community create nagoya Nagoya JP region=Aichi at=35.18,136.91 names=\"名古屋\"",
    Parameter<Code>("code", "a short name for it, lower case"),
    Parameter<String>("name", "its name in English"),
    Parameter<CountryCode>("country", "where it is"),
    region, kind, subdivision, parent, at, population, timeZone,
    Parameter<[String]>(list: "names", "its names in other languages and scripts")
  ) {
    (
      context, _, code, name, country, region, kind, subdivision, parent, at, population,
      timeZone, names
    ) async throws(DomainError) in
    try await context.write(
      CommunityStatements.create,
      (
        code, name, country, region, kind, subdivision, parent, at?.latitude, at?.longitude,
        population, timeZone, names
      )
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "community show", "Show one community, with all its names and its partnerships.",
    needs: .capability(.communitiesRead), effect: .read, returns: .record(page),
    errors: [.missingCommunity], example: "community show chicago", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.showCommunity(code)
  }

  static let list = Command<CommandContext>(
    "community list", "List communities.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(CommunityStatements.list.columns),
    example: "community list country=CN name~shang",
    Parameter<Filter<String>?>(filter: "name", "its names, with / between them"),
    Parameter<Filter<CountryCode>?>(filter: "country", "where it is"),
    Parameter<Filter<String>?>(filter: "region", "its state, province or prefecture"),
    Parameter<Filter<CommunityKind>?>(filter: "kind", "what it is"),
    Parameter<Filter<Continent>?>(filter: "continent", "the continent it is on"),
    Parameter<Filter<Int64>?>(filter: "population", "how many people live there"),
    Parameter<Filter<Code>?>(
      filter: "unverified-source", "the source that it is from, where nobody has looked yet")
  ) {
    (
      context, options, name, country, region, kind, continent, population, source
    ) async throws(DomainError) in
    try await context.readPage(
      CommunityStatements.list,
      (
        name, country, region, kind, continent, population, source, options.after,
        Int64(options.limit + 1)
      ))
  }

  static let update = Command<CommandContext>(
    "community update", "Change what is known of a community.",
    needs: .capability(.communitiesManage), effect: .write, revises: true,
    returns: .done(["code", "name"]), errors: [.missingCommunity, .parentConflict],
    example: "community update toledo-oh population=265638", code,
    Parameter<String?>(optional: "name", "its name in English"),
    Parameter<CountryCode?>(optional: "country", "where it is"),
    region, kind, subdivision, parent, at, population, timeZone,
    Parameter<[CommunityDetail]>(list: "clear", "what turned out not to be known")
  ) {
    (
      context, _, code, name, country, region, kind, subdivision, parent, at, population,
      timeZone, clear
    ) async throws(DomainError) in
    try clear.checkNotGiven([
      ("region", region != nil), ("subdivision", subdivision != nil), ("parent", parent != nil),
      ("at", at != nil), ("population", population != nil), ("time-zone", timeZone != nil),
    ])
    return try await context.write(
      CommunityStatements.update,
      (
        code, name, country, region, kind, subdivision, parent, at?.latitude, at?.longitude,
        population, timeZone, clear
      )
    ) { $0.pairs }
  }

  static let verify = Command<CommandContext>(
    "community verify", "Say that a community which came from a list is what the list says.",
    needs: .capability(.communitiesManage), effect: .write, revises: true,
    returns: .done(["code", "name"]), errors: [.missingCommunity],
    example: "community verify leipzig-de", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.write(CommunityStatements.verify, code) { $0.pairs }
  }

  static let addName = Command<CommandContext>(
    "community add-name", "Add what a community is called elsewhere, or was.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["code", "name"]),
    errors: [.missingCommunity],
    example: "community add-name chicago Чикаго kind=exonym language=ru", code,
    Parameter<String>("name", "the name, in its own script"),
    Parameter<NameKind?>(optional: "kind", "how it comes by the name; alias, if not given"),
    Parameter<LanguageTag?>(optional: "language", "the language that it is in")
  ) { (context, _, code, name, kind, language) async throws(DomainError) in
    try await context.write(CommunityStatements.addName, (code, name, kind, language)) { $0.pairs }
  }

  static let removeName = Command<CommandContext>(
    "community remove-name", "Take away a name that is none of a community's.",
    needs: .capability(.communitiesManage), effect: .destructive,
    returns: .done(["code", "name"]), errors: [.missingCommunity, .missingName],
    example: "community remove-name chicago 芝加哥", code,
    Parameter<String>("name", "the name as it stands")
  ) { (context, _, code, name) async throws(DomainError) in
    try await context.write(CommunityStatements.removeName, (code, name)) { $0.pairs }
  }

  static let addNumber = Command<CommandContext>(
    "community add-number", "Say which number a community has in another list.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["code", "name"]),
    errors: [.missingCommunity], example: "community add-number chicago geonames 4887398", code,
    Parameter<NumberScheme>("scheme", "the list"),
    Parameter<String>("number", "the number in it")
  ) { (context, _, code, scheme, number) async throws(DomainError) in
    try await context.write(CommunityStatements.addNumber, (code, scheme, number)) { $0.pairs }
  }

  static let removeNumber = Command<CommandContext>(
    "community remove-number", "Take a number of another list away from its community.",
    needs: .capability(.communitiesManage), effect: .destructive,
    returns: .done(["code", "name"]), errors: [.missingNumber],
    example: "community remove-number wikidata Q1297",
    Parameter<NumberScheme>("scheme", "the list"),
    Parameter<String>("number", "the number in it")
  ) { (context, _, scheme, number) async throws(DomainError) in
    try await context.write(CommunityStatements.removeNumber, (scheme, number)) { $0.pairs }
  }

  static let merge = Command<CommandContext>(
    "community merge", "Say that a community is another's duplicate; its code becomes the other's.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(MergeChange.names),
    errors: [.missingCommunity, .parentConflict],
    example: "community merge praha prague reason=\"its Czech name\"",
    Parameter<Code>("duplicate", "the one that is no community of its own"),
    Parameter<Code>("into", "the one that it is"), Parameter<String>("reason", "how it is known")
  ) { (context, _, duplicate, kept, reason) async throws(DomainError) in
    try await context.write(CommunityStatements.merge, (duplicate, kept, reason)) { $0.pairs }
  }

  static let unmerge = Command<CommandContext>(
    "community unmerge", "Take a merge back: what it changed becomes what it was.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(UnmergeChange.names),
    errors: [.missingCommunity], example: "community unmerge kiev",
    Parameter<Code>("duplicate", "the one that was merged")
  ) { (context, _, duplicate) async throws(DomainError) in
    try await context.write(CommunityStatements.unmerge, duplicate) { $0.pairs }
  }

  static let merges = Command<CommandContext>(
    "community merges", "List what was merged into what, and what was taken back.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(CommunityStatements.merges.columns), example: "community merges into=kyiv",
    Parameter<Filter<Code>?>(filter: "into", "the one that is kept")
  ) { (context, options, kept) async throws(DomainError) in
    try await context.readPage(
      CommunityStatements.merges, (kept, options.after, Int64(options.limit + 1)))
  }
}
