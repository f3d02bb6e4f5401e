import Access
import CommandLanguage

/// What became of a row of a list.
enum ImportOutcome: String, CaseIterable, ParameterValue {
  case added, matched, ambiguous, rejected

  static let typeName = "outcome"
}

/// Lists of others, taken in: of pairs of communities, and of places.
enum ImportCommands {
  static let all = [importPairs, report, labels, gazetteer]

  private static let source = Parameter<Code>("source", "whose list it is")

  private static let importPairs = Command<CommandContext>(
    "directory import", "Take in a list of pairs: what it says becomes assertions of its source.",
    needs: .capability(.communitiesManage), effect: .write,
    returns: .list(ImportStatements.problems.columns), errors: [.missingSource],
    example: "directory import wikidata data=\"city1,country1,city2,country2\\n"
      + "Lyon,France,Leipzig,Germany\\n\"",
    source, Parameter<LiteralStream>(stream: "data", "the pairs, as CSV"),
    Parameter<Bool>(
      "trust-coordinates",
      "yes: they are each place's own, and tell namesakes apart; no: they were looked up by name",
      default: false, shown: "no")
  ) { (context, _, source, data, trusts) async throws(DomainError) in
    try await context.importDirectory(source, data, trustsCoordinates: trusts)
  }

  private static let report = Command<CommandContext>(
    "directory import-report", "List what became of each row of a source's last import.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(ImportStatements.report.columns), errors: [.missingSource],
    example: "directory import-report wikidata outcome=added", source,
    Parameter<Filter<ImportOutcome>?>(filter: "outcome", "what became of it"),
    Parameter<Filter<String>?>(filter: "reason", "why")
  ) { (context, options, source, outcome, reason) async throws(DomainError) in
    try await context.readPage(
      ImportStatements.report, (source, outcome, reason, options.after, Int64(options.limit + 1)),
      of: source, orRefuse: ImportStatements.findSource)
  }

  private static let labels = Command<CommandContext>(
    "directory import-labels", "List what a source's names of countries were taken for.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(ImportStatements.labels.columns), errors: [.missingSource],
    example: "directory import-labels wikidata reason~like", source,
    Parameter<Filter<String>?>(filter: "reason", "why")
  ) { (context, options, source, reason) async throws(DomainError) in
    try await context.readPage(
      ImportStatements.labels, (source, reason, options.after, Int64(options.limit + 1)),
      of: source, orRefuse: ImportStatements.findSource)
  }

  private static let gazetteer = Command<CommandContext>(
    "directory gazetteer", "Take in places of a gazetteer, by their GeoNames numbers.",
    needs: .capability(.communitiesManage), effect: .write,
    returns: .list([.integer("line"), .text("reason")]),
    example: "directory gazetteer data=\"geonames,name,country,latitude,longitude\\n"
      + "2996944,Lyon,FR,45.75,4.85\\n\"",
    Parameter<LiteralStream>(stream: "data", "the places, as CSV; in names, | between names")
  ) { (context, _, data) async throws(DomainError) in
    try await context.loadGazetteer(data)
  }
}
