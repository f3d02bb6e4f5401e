import CommandLanguage
import Console
import Foundations

extension Options {
  /// One option.
  struct Declaration: Sendable {
    let flag: String
    let argument: String
    let summary: String
    let apply: @Sendable (inout Options, String) throws(UsageError) -> Void

    /// An option whose value is looked at when it is used.
    init(
      flag: String, argument: String, summary: String,
      _ field: any WritableKeyPath<Options, String?> & Sendable
    ) {
      self.init(flag: flag, argument: argument, summary: summary) { options, value in
        options[keyPath: field] = value
      }
    }

    /// An option that `apply` takes, or refuses.
    init(
      flag: String, argument: String, summary: String,
      apply: @escaping @Sendable (inout Options, String) throws(UsageError) -> Void
    ) {
      self.flag = flag
      self.argument = argument
      self.summary = summary
      self.apply = apply
    }

    /// The environment's name for it: `--database-url` is `SISTER_DATABASE_URL`.
    var variable: String {
      "SISTER_" + flag.dropFirst(2).uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }
  }

  private static func yesOrNo(_ flag: String, _ value: String) throws(UsageError) -> Bool {
    guard ["yes", "no"].contains(value) else {
      throw UsageError(message: "\(flag) is yes or no, not \(JSON.string(value))")
    }
    return value == "yes"
  }

  /// Every option, in the order of `--help`.
  static let declarations: [Declaration] = [
    Declaration(
      flag: "--database-url", argument: "URL",
      summary: "your own PostgreSQL, as libpq writes it; an embedded one otherwise", \.databaseURL),
    Declaration(
      flag: "--report-database-url", argument: "URL",
      summary: "where reports are read: a replica of that one, for example", \.reportDatabaseURL),
    Declaration(
      flag: "--listen", argument: "HOST:PORT",
      summary: "where serve listens on TCP (default 127.0.0.1:7478; none: only the socket)",
      \.listen),
    Declaration(
      flag: "--listen-tls", argument: "HOST:PORT",
      summary: "where serve listens on TCP under TLS 1.3, on any address", \.listenTLS),
    Declaration(
      flag: "--tls-certificate", argument: "FILE",
      summary: "the server's certificate and its chain (PEM); read again on SIGHUP",
      \.tlsCertificate),
    Declaration(
      flag: "--tls-key", argument: "FILE", summary: "the key of that certificate (PEM)", \.tlsKey),
    Declaration(
      flag: "--tls-client-ca", argument: "FILE",
      summary: "whose certificates name users, by their common names (PEM)", \.tlsClientCA),
    Declaration(
      flag: "--proxy-from", argument: "ADDRESS,…",
      summary: "load balancers: their connections begin by a PROXY header (version 2)"
    ) { options, value throws(UsageError) in
      var balancers: Set<String> = []
      for host in value.split(separator: ",", omittingEmptySubsequences: false) {
        guard let address = NetworkAddress.canonical(String(host)) else {
          throw UsageError(
            message: "--proxy-from is addresses in digits, with commas between them, and "
              + "\(JSON.string(String(host))) is none")
        }
        balancers.insert(address)
      }
      options.balancers = balancers
    },
    Declaration(
      flag: "--take-over", argument: "yes|no",
      summary: "whether serve replaces the server on its socket: connections find one or the other"
    ) { options, value throws(UsageError) in
      options.takesOver = try yesOrNo("--take-over", value)
    },
    Declaration(
      flag: "--host", argument: "HOST[:PORT]",
      summary: "a server across the network to be the client of, under TLS", \.host),
    Declaration(
      flag: "--ca", argument: "FILE",
      summary: "who vouches for that server (PEM); those that this machine trusts otherwise", \.ca),
    Declaration(
      flag: "--certificate", argument: "FILE", summary: "the client's own certificate (PEM)",
      \.certificate),
    Declaration(
      flag: "--key", argument: "FILE", summary: "the key of that certificate (PEM)", \.key),
    Declaration(
      flag: "--user", argument: "NAME", summary: "who logs in with a password", \.user),
    Declaration(
      flag: "--password-file", argument: "FILE",
      summary: "holds the password, which is asked for otherwise", \.passwordFile),
    Declaration(
      flag: "--token-file", argument: "FILE",
      summary: "holds a token to log in with; SISTER_TOKEN may hold it itself", \.tokenFile),
    Declaration(
      flag: "--socket", argument: "PATH",
      summary: "the Unix socket of the server (default sister.sock in the home folder)", \.socket),
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
      summary: "where the embedded database, the socket and the history live", \.home),
    Declaration(
      flag: "--accept-weak-durability", argument: "yes|no",
      summary: "write even to a database that may lose what it acknowledged (for trials)"
    ) { options, value throws(UsageError) in
      options.acceptsWeakDurability = try yesOrNo("--accept-weak-durability", value)
    },
    Declaration(
      flag: "--key-prefix", argument: "PREFIX",
      summary: "gives the Nth command of a run the key PREFIX-N, if it writes and has none"
    ) { options, value throws(UsageError) in
      guard ScriptKeys.isPrefix(value) else {
        throw UsageError(
          message: "--key-prefix is 1 to \(ScriptKeys.longestPrefix) letters, digits, hyphens, "
            + "dots or underscores, not \(JSON.string(value))")
      }
      options.keyPrefix = value
    },
    Declaration(
      flag: "--on-error", argument: "stop|continue",
      summary: "whether the commands after an error are run (default stop)"
    ) { options, value throws(UsageError) in
      guard let policy = Script.ErrorPolicy(rawValue: value) else {
        throw UsageError(message: "--on-error is stop or continue, not \(JSON.string(value))")
      }
      options.onError = policy
    },
  ]
}
