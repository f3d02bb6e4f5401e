import CommandLanguage
import Foundations
import Postgres
import Security

/// Commands about users and tokens.
enum AccessCommands {
  static let all: [Command<CommandContext>] = [
    authenticate, scram, whoami, password, userCreate, userUpdate, userLimit, userPassword,
    userDisable,
    userEnable, userList, roleList, tokenCreate, tokenList, tokenRevoke,
  ]

  static let authenticate = Command<CommandContext>(
    "auth", "Say who you are, with a token.",
    needs: .nothing, effect: .read, returns: .done(["user", "roles"]),
    errors: [.authenticationFailed], example: "auth token=sister_0123456789abcdef",
    Parameter<String>("token", "the token, as token create showed it")
  ) { (context, _, token) async throws(DomainError) in
    try await context.authenticate(token: token)
  }

  static let scram = Command<CommandContext>(
    "auth scram", "Say who you are, with a password (SCRAM-SHA-256), in two steps.",
    needs: .nothing, effect: .read, returns: .step, errors: [.authenticationFailed],
    example: "auth scram data=\"n,,n=maria,r=rOprNGfwEbeRWgbNEkqO\"",
    Parameter<SaslMessage>(
      "data", "the client's message; the answer's is in the line that begins with ~")
  ) { (context, _, message) async throws(DomainError) in
    try await context.authenticate(scram: message.text)
  }

  static let password = Command<CommandContext>(
    "password", "Change your own password; the prompt asks for it where it is not given.",
    needs: .authentication, effect: .write, returns: .done(["user"]),
    example: "password verifier=\(exampleVerifier)",
    verifier
  ) { (context, _, verifier) async throws(DomainError) in
    try await context.write(UserStatements.setOwnPassword, verifier.text) {
      [.init("user", $0)]
    }
  }

  static let userPassword = Command<CommandContext>(
    "user password", "Give a user a password; the prompt asks for it where it is not given.",
    needs: .capability(.accessManage), effect: .write, returns: .done(["user"]),
    errors: [.missingUser], example: "user password report.bot verifier=\(exampleVerifier)",
    name, verifier
  ) { (context, _, name, verifier) async throws(DomainError) in
    try await context.write(UserStatements.setPassword, (name, verifier.text)) {
      [.init("user", $0)]
    }
  }

  /// That of RFC 7677, section 3.
  private static let exampleVerifier =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
    + ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

  private static let verifier = Parameter<PasswordVerifier>(
    secret: "verifier", "what the password is checked with, as sister verifier makes it")

  static let roleList = Command<CommandContext>(
    "role list", "List the roles and what each may do.",
    needs: .authentication, effect: .read, returns: .list(roleColumns), example: "role list"
  ) { (_, options) async throws(DomainError) in
    let rows = Role.allCases.map { role in
      let capabilities = role.capabilities.map(\.description).sorted()
      return [Value.text(role.rawValue), .text(capabilities.joined(separator: " "))]
    }
    return .list(
      Table(columns: roleColumns, rows: Array(rows.prefix(options.limit))), next: nil)
  }

  private static let roleColumns = [Column("role", .text), Column("capabilities", .text)]

  static let whoami = Command<CommandContext>(
    "whoami", "Show who you are to the server, and what you may do.",
    needs: .authentication, effect: .read, returns: .record(whoamiColumns), example: "whoami"
  ) { (context, _) async throws(DomainError) in
    await context.describeSelf()
  }

  static let whoamiColumns = [
    Column("user", .text), Column("roles", .text), Column("capabilities", .text),
  ]

  static let userCreate = Command<CommandContext>(
    "user create", "Add a user: a person or a script, with roles.",
    needs: .capability(.accessManage), effect: .write, returns: .done(["user", "roles"]),
    example: "user create report.bot reporter",
    Parameter<Code>("name", "the user's name, lower case"),
    Parameter<RoleList>("roles", "what they do"),
    Parameter<Code?>(
      optional: "unix-user", "the operating system's user whose connections are theirs")
  ) { (context, _, name, roles, unixUser) async throws(DomainError) in
    try await context.write(
      UserStatements.create, (name, roles.names, unixUser)
    ) { [.init("user", $0.name), .init("roles", $0.roles.joined(separator: ","))] }
  }

  static let userUpdate = Command<CommandContext>(
    "user update", "Change a user's roles; their connections have them within seconds.",
    needs: .capability(.accessManage), effect: .write, returns: .done(["user", "roles"]),
    errors: [.missingUser], example: "user update report.bot roles=reporter,reviewer", name,
    Parameter<RoleList>("roles", "what they do from now on")
  ) { (context, _, name, roles) async throws(DomainError) in
    try await context.write(UserStatements.update, (name, roles.names)) {
      [.init("user", $0.name), .init("roles", $0.roles.joined(separator: ","))]
    }
  }

  static let userLimit = Command<CommandContext>(
    "user limit", "Set what a user may ask for at most; what is left out is not limited.",
    needs: .capability(.accessManage), effect: .write,
    returns: .done(["user", "requests-per-second", "concurrent", "answer-rows", "seconds"]),
    errors: [.missingUser],
    example: "user limit report.bot requests-per-second=50 concurrent=4 seconds=10", name,
    Parameter<Int64?>(
      optional: "requests-per-second", "requests in a second, over all their connections"),
    Parameter<Int64?>(optional: "concurrent", "requests under way at a time"),
    Parameter<Int64?>(optional: "rows", "rows of one answer; then limit=all is not for them"),
    Parameter<Int64?>(
      optional: "seconds",
      "seconds that the database may work for one request; reads by key and imports are not timed")
  ) { (context, _, name, rate, concurrent, rows, seconds) async throws(DomainError) in
    try await context.write(UserStatements.setLimits, (name, rate, concurrent, rows, seconds)) {
      [
        .init("user", $0.user), .init("requests-per-second", $0.requestsPerSecond ?? "none"),
        .init("concurrent", $0.concurrentRequests ?? "none"),
        .init("answer-rows", $0.rows ?? "none"),
        .init("seconds", $0.seconds ?? "none"),
      ]
    }
  }

  static let userDisable = Command<CommandContext>(
    "user disable", "Keep a user out; their connections end within seconds.",
    needs: .capability(.accessManage), effect: .write, returns: .done(["user", "disabled"]),
    errors: [.missingUser], example: "user disable report.bot", name
  ) { (context, _, name) async throws(DomainError) in
    try await context.write(UserStatements.setDisabled, (name, true)) { $0.disabledPairs }
  }

  static let userEnable = Command<CommandContext>(
    "user enable", "Let a disabled user in again.",
    needs: .capability(.accessManage), effect: .write, returns: .done(["user", "disabled"]),
    errors: [.missingUser], example: "user enable report.bot", name
  ) { (context, _, name) async throws(DomainError) in
    try await context.write(UserStatements.setDisabled, (name, false)) { $0.disabledPairs }
  }

  private static let name = Parameter<Code>("name", "the user's name")

  static let userList = Command<CommandContext>(
    "user list", "List users and their roles.",
    needs: .capability(.accessManage), effect: .read, returns: .list(UserStatements.list.columns),
    example: "user list"
  ) { (context, options) async throws(DomainError) in
    try await context.readPage(
      UserStatements.list, (options.after, Int64(options.limit + 1)))
  }

  static let tokenCreate = Command<CommandContext>(
    "token create", "Make a token for a user; it is shown this once.",
    needs: .capability(.accessManage), effect: .write,
    returns: .done(["token", "id", "user", "expires"]), errors: [.missingUser],
    example: "token create report.bot \"nightly report\" days=90",
    Parameter<Code>("user", "whose token"),
    Parameter<String>("label", "what it is for"),
    Parameter<Int64>("days", "how long it holds", default: 90, shown: "90")
  ) { (context, _, user, label, days) async throws(DomainError) in
    guard (1...Limits.tokenDays).contains(days) else {
      throw DomainError(
        .badValue, "days is a whole number from 1 to \(Limits.tokenDays)",
        argument: "days")
    }
    let token = AccessToken.generate()
    return try await context.write(
      UserStatements.createToken,
      (token.identifier, user, label, AccessToken.hash(token.secret), days)
    ) { row in
      [
        .init("token", token.secret, isSecret: true), .init("id", row.identifier),
        .init("user", row.user), .init("expires", row.expiresAt),
      ]
    }
  }

  static let tokenList = Command<CommandContext>(
    "token list", "List tokens, without their secrets.",
    needs: .capability(.accessManage), effect: .read,
    returns: .list(UserStatements.listTokens.columns), example: "token list user=report.bot",
    Parameter<Filter<Code>?>(filter: "user", "whose tokens")
  ) { (context, options, user) async throws(DomainError) in
    try await context.readPage(
      UserStatements.listTokens, (user, options.after, Int64(options.limit + 1)))
  }

  static let tokenRevoke = Command<CommandContext>(
    "token revoke", "Revoke a token; its connections end within seconds.",
    needs: .capability(.accessManage), effect: .irreversible, returns: .done(["id", "user"]),
    errors: [.missingToken], example: "token revoke t1f2e3d4c",
    Parameter<Code>("id", "the token's identifier, from token list")
  ) { (context, _, identifier) async throws(DomainError) in
    try await context.write(UserStatements.revokeToken, identifier) {
      [.init("id", $0.identifier), .init("user", $0.user)]
    }
  }
}

/// A message of a login's: any text.
struct SaslMessage: ParameterValue {
  static let typeName = "message"
  static let accepts = "a message of SCRAM's (RFC 5802), in double quotes"
  let text: String
  init(argument: String) throws(InvalidValue) { text = argument }
}

/// What a password is checked with: it is made where the password is typed, which goes nowhere.
struct PasswordVerifier: ParameterValue {
  static let typeName = "verifier"
  static let accepts =
    "a verifier, SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY, as sister verifier makes one"
  let text: String

  init(argument: String) throws(InvalidValue) {
    guard let verifier = ScramVerifier(text: argument) else { throw InvalidValue(Self.accepts) }
    text = verifier.text
  }
}

/// Several roles, separated by commas.
struct RoleList: ParameterValue {
  static let typeName = "role,…"
  static let accepts =
    "one or more of \(Role.choices.joined(separator: ", ")), separated by commas"
  static var choices: [String] { Role.choices }
  let names: [String]

  init(argument: String) throws(InvalidValue) {
    var names: [String] = []
    for part in argument.split(separator: ",") {
      do throws(InvalidValue) {
        names.append(try Role(argument: String(part)).rawValue)
      } catch {
        throw InvalidValue(Self.accepts, suggestion: error.suggestion)
      }
    }
    guard !names.isEmpty else { throw InvalidValue(Self.accepts) }
    self.names = names
  }
}
