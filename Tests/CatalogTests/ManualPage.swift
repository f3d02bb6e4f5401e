import Access
import Catalog
import CommandLanguage
import Foundations

@testable import sister

/// The manual page, in the macros of man(7), made from the options and the declarations.
struct ManualPage {
  private var lines: [String] = []

  /// The whole page.
  static var page: String {
    var page = ManualPage()
    page.introduce()
    page.describeOptions()
    page.describeScripts()
    page.describeCommands()
    page.describeSurroundings()
    return page.lines.joined(separator: "\n") + "\n"
  }

  /// Text in which nothing is taken for a request or made prettier: what is typed must be what was
  /// printed, when it is copied.
  static func escaped(_ text: String) -> String {
    let text = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
      .replacing("…", with: "\\&...").replacing("'", with: "\\(aq")
      .replacing("~", with: "\\(ti").replacing("^", with: "\\(ha").replacing("`", with: "\\(ga")
    return text.hasPrefix(".") ? "\\&" + text : text
  }

  private mutating func section(_ title: String) { lines.append(".SH \(title)") }

  /// A paragraph; its line breaks mean nothing.
  private mutating func paragraph(_ text: String) {
    // A section's first paragraph needs no request, which mandoc would warn of.
    if lines.last?.hasPrefix(".SH ") != true { lines.append(".PP") }
    lines += text.split(separator: "\n").map { Self.escaped(String($0)) }
  }

  /// A term in bold, and what it is.
  private mutating func item(_ term: String, _ text: String) {
    lines += [".TP", ".B \(Self.escaped(term))", Self.escaped(text)]
  }

  private mutating func introduce() {
    lines += [
      ".\\\" Generated from the options and the declarations of commands: do not edit.",
      ".\\\" SISTER_RECORD=1 Scripts/test --filter CatalogTests writes it anew.",
      ".TH SISTER 1 \"\(Version.day)\" \"sister \(Version.current)\" \"User Commands\"",
    ]
    section("NAME")
    lines.append("sister \\- programs and grants of a sister\\-city network")
    section("SYNOPSIS")
    for (index, form) in sister.Options.forms.enumerated() {
      if index > 0 { lines.append(".br") }
      lines += [".B sister", Self.escaped(form.form)]
    }
    section("DESCRIPTION")
    paragraph(
      """
      The program office of a network in one binary, over PostgreSQL: initiatives, funds and grants,
      the conference, youth exchanges. It is spoken to by commands, at a prompt, from scripts, and
      over a line protocol.
      """)
    for form in sister.Options.forms where !form.summary.isEmpty {
      item("sister \(form.form)", form.summary)
    }
    paragraph(sister.Options.whereCommandsGo)
  }

  private mutating func describeOptions() {
    section("OPTIONS")
    paragraph("Each has an environment variable, which the command line comes before.")
    for option in sister.Options.declarations {
      item("\(option.flag)=\(option.argument)", "\(option.summary) [\(option.variable)]")
    }
  }

  private mutating func describeScripts() {
    section("SCRIPTS")
    paragraph(
      """
      With -c, -f and standard input that is no terminal, rows go to standard output, errors and
      what is to be known beside them to standard error. A line that starts with -- is a comment.
      quit ends a script.
      """)
    paragraph(sister.Options.aboutRunningAgain)
  }

  private mutating func describeCommands() {
    section("COMMANDS")
    paragraph(
      """
      Values with spaces stand in double quotes, with the escapes of JSON. In capitals is what must
      be given, by position or as name=value; the rest is given as name=value. Lists take filters
      (amount>=5000 name~water), limit= and after=; reads take format=; writes take preview=yes and
      key=, and if-rev= where they change what has a revision. sister -c 'help COMMAND' says more.
      """)
    for declaration in registry.declarations {
      item(Help.usage(declaration), declaration.summary)
    }
  }

  private mutating func describeSurroundings() {
    section("EXIT STATUS")
    item("0", "done")
    for errorClass in ErrorClass.allCases {
      item(String(errorClass.exitStatus), "\(errorClass.rawValue): \(errorClass.meaning)")
    }
    section("ENVIRONMENT")
    item("SISTER_TOKEN", "a token to log in with at --host")
    item("SISTER_PASSWORD", "the password of --user")
    item("SISTER_PG_BIN", "the folder of the embedded PostgreSQL's programs")
    item("NO_COLOR", "if it is set, nothing is coloured")
    item("NOTIFY_SOCKET, WATCHDOG_USEC", "where serve tells its supervisor how it goes (systemd)")
    section("FILES")
    item("~/.local/share/sister, /var/lib/sister", "the home of a user, and of root (--home)")
    item("HOME/sister.sock", "the server's Unix socket")
    item("HOME/history", "the prompt's history, without secrets")
    section("SIGNALS")
    item("SIGTERM, SIGINT", "serve finishes what is under way and ends; a second one ends at once")
    item(
      "SIGHUP", "serve reads the certificate's files again; without TLS and a supervisor, it ends")
    section("EXAMPLES")
    for example in [
      "sister", "sister -c 'grant list state=active format=csv'",
      "sister --key-prefix import-2027 --on-error continue -f communities.sister",
      "sister serve --listen-tls 0.0.0.0:7479 --tls-certificate server.pem --tls-key server.key",
      "sister --host sister.example.org --ca ca.pem --user maria",
    ] {
      paragraph("")
      lines += [".nf", Self.escaped(example), ".fi"]
    }
    section("SEE ALSO")
    lines += [".BR psql (1),", ".BR nc (1),", ".BR systemd.service (5)"]
  }
}

extension ErrorClass {
  /// What the class says, in a few words.
  var meaning: String {
    switch self {
    case .usage: "the line is no request, or not of a command's shape"
    case .data: "something is missing, or refused for what it is"
    case .missing: "a thing that is named is not there"
    case .conflict: "the present state does not allow it"
    case .auth: "it is not known who asks"
    case .denied: "who asks may not do this"
    case .busy: "not now; trying again may help"
    case .cancelled: "it was stopped before its end"
    case .proto: "the protocol was broken, or the connection"
    case .fault: "a defect or an unforeseen failure"
    }
  }
}
