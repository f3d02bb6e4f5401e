import Access
import CommandLanguage
import Postgres

/// The lists that others keep, whose word is taken down.
enum SourceCommands {
  static let all = [create, update, list]
  static let statements = [
    createStatement.description, updateStatement.description, listStatement.description,
  ]

  private static let create = Command<CommandContext>(
    "source create", "Add a list that others keep, for what it says of partnerships.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["code", "title"]),
    example: "source create osm OpenStreetMap credit=ODbL",
    Parameter<Code>("code", "a short name for it, lower case"),
    Parameter<String>("title", "what it is called"),
    Parameter<String?>(optional: "credit", "whom to name, and under which licence it is used")
  ) { (context, _, code, title, credit) async throws(DomainError) in
    try await context.write(createStatement, (code, title, credit)) {
      [.init("code", $0.code), .init("title", $0.name)]
    }
  }

  private static let update = Command<CommandContext>(
    "source update", "Change what a list of others is called, or whom to name for it.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["code", "title"]),
    errors: [.missingSource], example: "source update network-files credit=\"The network\"",
    Parameter<Code>("code", "its code"),
    Parameter<String?>(optional: "title", "what it is called"),
    Parameter<String?>(optional: "credit", "whom to name, and under which licence it is used")
  ) { (context, _, code, title, credit) async throws(DomainError) in
    try await context.write(updateStatement, (code, title, credit)) {
      [.init("code", $0.code), .init("title", $0.name)]
    }
  }

  private static let list = Command<CommandContext>(
    "source list", "List the sources, with how much they say.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(listStatement.columns),
    example: "source list"
  ) { (context, options) async throws(DomainError) in
    try await context.readPage(listStatement, (options.after, Int64(options.limit + 1)))
  }

  private static let createStatement = Statement(
    "directory.source-create",
    """
    INSERT INTO directory.source (code, title, credit) VALUES ($1, $2, $3) RETURNING code, title
    """, takes: Code.self, String.self, String?.self, row: CommunityChange.init)

  private static let updateStatement = Statement(
    "directory.source-update",
    """
    UPDATE directory.source SET title = coalesce($2, title), credit = coalesce($3, credit)
    WHERE id = directory.find_source($1) RETURNING code, title
    """, takes: Code.self, String?.self, String?.self, row: CommunityChange.init)

  private static let listStatement = TableStatement(
    "directory.source-list",
    """
    SELECT s.code, s.title, s.credit,
      (SELECT count(*) FROM directory.assertion a WHERE a.source_id = s.id),
      (SELECT service.timestamp_text(r.at) FROM directory.import_run r WHERE r.source_id = s.id)
    FROM directory.source s WHERE s.code > coalesce($1, '') ORDER BY s.code LIMIT $2
    """, takes: String?.self, Int64.self,
    columns: [
      .text("code"), .text("title"), .text("credit"), .integer("assertions"),
      .timestamp("imported-at"),
    ])
}
