import SeededInputs

extension HostileLines {
  /// A value that has broken something somewhere, or one like it.
  static func payload(_ random: inout Seeded) -> String {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return nested(&random)
    case 1:
      return String(
        repeating: payloads.randomElement(using: &random) ?? "",
        count: Int.random(in: 1...30, using: &random))
    default: return payloads.randomElement(using: &random) ?? ""
    }
  }

  /// JSON as deep as a line is long.
  private static func nested(_ random: inout Seeded) -> String {
    let depth = Int.random(in: 1...1_500, using: &random)
    let open =
      ["[", "{\"a\":", "[{\"a\":[", "\"\\\"", "(", "{"].randomElement(using: &random) ?? ""
    return String(repeating: open, count: depth / open.utf8.count + 1)
  }

  private static let payloads = [
    // SQL.
    "' OR '1'='1", "'; DROP TABLE access.principal; --", "1; SELECT pg_sleep(10)",
    "\\'; COMMIT; --",
    "$$; SELECT 1; $$", "') UNION SELECT secret FROM access.token --", "admin'--", "%' ESCAPE '\\",
    "E'\\x27'", "/* */ OR TRUE", "0x27", "nextval('x')", "$1", "$1::text", "NULL", "\\N",
    // Formats, paths and shells.
    "%s%s%s%s%n", "%@", "%08x.%08x", "\\(1+1)", "${jndi:ldap://x/y}", "{{7*7}}", "$(id)", "`id`",
    "../../../../etc/passwd", "file:///dev/zero", "|cat /etc/passwd", "C:\\CON", "~root",
    // Control characters, as JSON writes them and as they are.
    "\u{1}\u{2}\u{1B}[2J", "\u{1B}]0;title\u{7}", "a\tb", "\u{7F}", "\u{85}", "\u{9B}31m",
    "a\u{8}b",
    "\\u0000", "\\ud800", "\\udc00\\ud800", "\\u00", "\\x41", "\r", "a\u{0}b",
    // Unicode that is longer, shorter or another than it looks.
    "\u{202E}dcba", "\u{200B}", "\u{FEFF}", "e\u{301}\u{301}\u{301}", "\u{1F468}\u{200D}\u{1F469}",
    "\u{FFFD}", "\u{FFFF}", "\u{10FFFF}", "ﬃ", "İ", "ß", "ſ", "Ａ", "\u{E0001}",
    // Numbers, dates, money.
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e309", "-0", "NaN",
    "Infinity", "0.1e-400", "00000000000000000001", "1_000", "١٢٣", "2026-02-30", "0000-00-00",
    "99999-12-31", "2026-13-01T25:61:61Z", "infinity", "1.005 USD", "1 JPY", "-1.00 USD", "1 XXX",
    // Quotes and the grammar's own characters.
    "\"", "\"\"", "\"a", "a\"", "\"a\"b", "'", "\\", "\"\\", "\"\\q\"", "=", "==", "!=", "<=>", "~",
    "x=", "=x", "={1}", "{1}", "x={", "x={}", "x={-1}", "x={1", "x={01}",
    "x={99999999999999999999}",
    "--", "-- x", "@", "@@", "@ ", "@a @b", "@\u{301}", "| row", "+ ok", "- auth.failed", "* slp=1",
    // Other protocols.
    "GET / HTTP/1.1", "EHLO x", "*1\r\n$4\r\nPING", "\u{16}\u{3}\u{1}", "SSH-2.0-x",
    "PROXY TCP4 1 2",
    "limit=all", "limit=-1", "limit=10001", "after=\u{0}", "format=xml", "key=", "key=a key=b",
    "preview=yes key=k", "width=0", "width=99999999999", "progress=yes", "cancel", "help", "ping",
  ]
}
