import CommandLanguage
import Foundations
import Glibc

/// What the command line and the environment ask for.
struct Options {
  /// What the program is to do.
  enum Mode: Equatable {
    case console
    case serve, migrate, demo, verifier
    case version, help
  }

  var mode = Mode.console
  var commands: [String] = []
  var file: String?
  var databaseURL: String?
  var reportDatabaseURL: String?
  var listen: String?
  var listenTLS: String?
  var tlsCertificate: String?
  var tlsKey: String?
  var tlsClientCA: String?
  var host: String?
  var ca: String?
  var certificate: String?
  var key: String?
  var user: String?
  var tokenFile: String?
  var passwordFile: String?
  var socket: String?
  var format: OutputFormat?
  var home: String?
  var acceptsWeakDurability = false

  /// Why the command line cannot be followed.
  struct UsageError: Error {
    let message: String
  }

  private struct Declaration: Sendable {
    let flag: String
    let argument: String
    let summary: String
    let apply: @Sendable (inout Options, String) throws(UsageError) -> Void

    /// The environment's name for it: `--database-url` is `SISTER_DATABASE_URL`.
    var variable: String {
      "SISTER_" + flag.dropFirst(2).uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }
  }

  private static let declarations: [Declaration] = [
    Declaration(
      flag: "--database-url", argument: "URL",
      summary: "your own PostgreSQL, as libpq writes it; an embedded one otherwise"
    ) { options, value throws(UsageError) in options.databaseURL = value },
    Declaration(
      flag: "--report-database-url", argument: "URL",
      summary: "where reports are read: a replica of that one, for example"
    ) { options, value throws(UsageError) in options.reportDatabaseURL = value },
    Declaration(
      flag: "--listen", argument: "HOST:PORT",
      summary: "where serve listens on TCP (default 127.0.0.1:7478; none: only the socket)"
    ) { options, value throws(UsageError) in options.listen = value },
    Declaration(
      flag: "--listen-tls", argument: "HOST:PORT",
      summary: "where serve listens on TCP under TLS 1.3, on any address"
    ) { options, value throws(UsageError) in options.listenTLS = value },
    Declaration(
      flag: "--tls-certificate", argument: "FILE",
      summary: "the server's certificate and its chain (PEM); read again on SIGHUP"
    ) { options, value throws(UsageError) in options.tlsCertificate = value },
    Declaration(
      flag: "--tls-key", argument: "FILE", summary: "the key of that certificate (PEM)"
    ) { options, value throws(UsageError) in options.tlsKey = value },
    Declaration(
      flag: "--tls-client-ca", argument: "FILE",
      summary: "whose certificates name users, by their common names (PEM)"
    ) { options, value throws(UsageError) in options.tlsClientCA = value },
    Declaration(
      flag: "--host", argument: "HOST[:PORT]",
      summary: "a server across the network to be the client of, under TLS"
    ) { options, value throws(UsageError) in options.host = value },
    Declaration(
      flag: "--ca", argument: "FILE",
      summary: "who vouches for that server (PEM); those that this machine trusts otherwise"
    ) { options, value throws(UsageError) in options.ca = value },
    Declaration(
      flag: "--certificate", argument: "FILE", summary: "the client's own certificate (PEM)"
    ) { options, value throws(UsageError) in options.certificate = value },
    Declaration(
      flag: "--key", argument: "FILE", summary: "the key of that certificate (PEM)"
    ) { options, value throws(UsageError) in options.key = value },
    Declaration(
      flag: "--user", argument: "NAME", summary: "who logs in with a password"
    ) { options, value throws(UsageError) in options.user = value },
    Declaration(
      flag: "--password-file", argument: "FILE",
      summary: "holds the password, which is asked for otherwise"
    ) { options, value throws(UsageError) in options.passwordFile = value },
    Declaration(
      flag: "--token-file", argument: "FILE",
      summary: "holds a token to log in with; SISTER_TOKEN may hold it itself"
    ) { options, value throws(UsageError) in options.tokenFile = value },
    Declaration(
      flag: "--socket", argument: "PATH",
      summary: "the Unix socket of the server (default sister.sock in the home folder)"
    ) { options, value throws(UsageError) in options.socket = value },
    Declaration(
      flag: "--format", argument: "FORMAT",
      summary: "how rows are written: \(OutputFormat.choices.joined(separator: ", "))"
    ) { options, value throws(UsageError) in
      guard let format = OutputFormat(rawValue: value) else {
        throw UsageError(
          message: "--format is \(OutputFormat.accepts), not \(JSON.string(value))")
      }
      options.format = format
    },
    Declaration(
      flag: "--home", argument: "FOLDER",
      summary: "where the embedded database, the socket and the history live"
    ) { options, value throws(UsageError) in options.home = value },
    Declaration(
      flag: "--accept-weak-durability", argument: "yes|no",
      summary: "write even to a database that may lose what it acknowledged (for trials)"
    ) { options, value throws(UsageError) in
      guard ["yes", "no"].contains(value) else {
        throw UsageError(
          message: "--accept-weak-durability is yes or no, not \(JSON.string(value))")
      }
      options.acceptsWeakDurability = value == "yes"
    },
  ]

  /// The environment first, then the command line over it.
  init(arguments: [String], environment: (String) -> String?) throws(UsageError) {
    for declaration in Self.declarations {
      if let value = environment(declaration.variable), !value.isEmpty {
        try declaration.apply(&self, value)
      }
    }
    var rest = arguments[...]
    while let argument = rest.popFirst() { try take(argument, &rest) }
    if mode != .console, !commands.isEmpty || file != nil {
      throw UsageError(message: "-c and -f run commands; they do not go with a subcommand")
    }
    if !commands.isEmpty, file != nil {
      throw UsageError(message: "give the commands with -c or in a file with -f, not both")
    }
  }

  private mutating func take(_ argument: String, _ rest: inout ArraySlice<String>)
    throws(UsageError)
  {
    switch argument {
    case "-c", "--command": commands.append(try Self.value(of: argument, &rest))
    case "-f", "--file": file = try Self.value(of: argument, &rest)
    case "--version", "-V": mode = .version
    case "--help", "-h": mode = .help
    case "serve": mode = .serve
    case "migrate": mode = .migrate
    case "demo": mode = .demo
    case "verifier": mode = .verifier
    default: try takeDeclared(argument, &rest)
    }
  }

  private mutating func takeDeclared(
    _ argument: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let declaration = Self.declarations.first(where: { $0.flag == parts[0] }) else {
      let known =
        Self.declarations.map(\.flag)
        + ["serve", "migrate", "demo", "verifier", "--version", "--help", "-c", "-f"]
      let nearest = EditDistance.nearest(to: String(parts[0]), among: known)
      throw UsageError(
        message: "there is no option or subcommand \(JSON.string(argument))"
          + (nearest.map { "; did you mean \($0)?" } ?? "; sister --help lists them"))
    }
    let value = parts.count == 2 ? String(parts[1]) : try Self.value(of: argument, &rest)
    try declaration.apply(&self, value)
  }

  private static func value(
    of flag: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> String {
    guard let value = rest.popFirst() else {
      throw UsageError(message: "\(flag) needs a value after it")
    }
    return value
  }

  /// The page of `--help`.
  static var help: String {
    let width = declarations.map { $0.flag.count + $0.argument.count + 1 }.max() ?? 0
    let options = declarations.map { declaration in
      let left = "\(declaration.flag) \(declaration.argument)"
      let padding = String(repeating: " ", count: width - left.count)
      let indent = String(repeating: " ", count: width + 4)
      return "  \(left)\(padding)  \(declaration.summary)\n\(indent)[\(declaration.variable)]"
    }
    return """
      sister \(Version.current): programs and grants of a sister-city network

      usage: sister [OPTIONS]                 type commands (or send them on standard input)
             sister [OPTIONS] -c COMMAND …    run these commands, one -c each
             sister [OPTIONS] -f FILE         run a file's commands
             sister [OPTIONS] serve           serve TCP and a Unix socket until SIGTERM
             sister [OPTIONS] migrate         bring the database's schema up to date
             sister [OPTIONS] demo            load the demo data, once
             sister verifier                  read a password, write what it is checked with
             sister --version | --help

      Commands go to the --host if one is given, to the server on this home's socket if one runs,
      and are run here otherwise.
      Try: sister -c help

      Options, each with its environment variable:
      \(options.joined(separator: "\n"))

      Exit status: 0 done, 3 conflict, 4 cancelled, 64 usage, 65 data, 66 missing, 70 fault,
      75 busy (try again), 76 protocol, 77 not allowed.
      """
  }
}
