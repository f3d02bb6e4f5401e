import CommandLanguage
import Console
import Foundations

/// What the command line and the environment ask for.
struct Options {
  /// What the program is to do.
  enum Mode: Equatable {
    case console
    case serve, migrate, demo, verifier, health
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
  var balancers: Set<String> = []
  var takesOver = false
  var format: OutputFormat?
  var home: String?
  var acceptsWeakDurability = false
  var keyPrefix: String?
  var onError = Script.ErrorPolicy.stop

  /// Why the command line cannot be followed.
  struct UsageError: Error {
    let message: String
  }

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
    case "health": mode = .health
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
        + ["serve", "migrate", "demo", "verifier", "health", "--version", "--help", "-c", "-f"]
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

  /// How the program is called, and for what.
  static let forms: [(form: String, summary: String)] = [
    ("[OPTIONS]", "type commands (or send them on standard input)"),
    ("[OPTIONS] -c COMMAND …", "run these commands, one -c each"),
    ("[OPTIONS] -f FILE", "run a file's commands"),
    ("[OPTIONS] serve", "serve TCP and a Unix socket until SIGTERM"),
    ("[OPTIONS] migrate", "bring the database's schema up to date"),
    ("[OPTIONS] demo", "load the demo data, once"),
    ("[OPTIONS] health", "say whether that server answers, within 5 s"),
    ("verifier", "read a password, write what it is checked with"),
    ("--version | --help", ""),
  ]

  static let whereCommandsGo = """
    Commands go to the --host if one is given, to the server on this home's socket if one runs,
    and are run here otherwise.
    """

  static let aboutRunningAgain = """
    With --key-prefix=P, running the same commands again does only what was not done before: each
    that writes gets the key P-N, N being its number among the run's commands, and a key happens
    once. Take a new prefix for new commands. --on-error=continue goes on after errors, each of
    which is said with its file and line; the exit status is still the first one's.
    """

  private static var usages: [String] {
    let width = 24
    return forms.map { form, summary in
      let padding = String(repeating: " ", count: max(0, width - form.count))
      return "sister \(form)" + (summary.isEmpty ? "" : "\(padding) \(summary)")
    }
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

      usage: \(usages.joined(separator: "\n       "))

      \(whereCommandsGo)
      Try: sister -c help

      \(aboutRunningAgain)

      Options, each with its environment variable:
      \(options.joined(separator: "\n"))

      Exit status: 0 done, 3 conflict, 4 cancelled, 64 usage, 65 data, 66 missing, 70 fault,
      75 busy (try again), 76 protocol, 77 not allowed.
      """
  }
}
