import Foundations

/// What the specification of SLP/1 says in words.
enum ProtocolProse {
  static let introduction = """
    # SLP/1, the line protocol

    Generated from the declarations and limits of the source. Do not edit: `SISTER_RECORD=1
    Scripts/test --filter CatalogTests` writes this file anew, and a test fails while it is stale.

    A connection carries lines of UTF-8 text, over a Unix socket, TCP on a loopback address, or TLS
    1.3. It can be typed with `nc`, and read by a few lines of any language. The server speaks first,
    with a greeting; then each request gets exactly one line that starts with `+` or `-`, whatever
    else comes before it. Commands, their parameters and their columns are in the
    [reference](Reference.md), and `commands format=json` lists them for programs.

    What may be added within SLP/1: commands, parameters, columns at the end, pairs, error codes,
    kinds of lines that must be asked for. Clients ignore pairs that they do not know, and decide on
    the class of an error, before the dot.
    """

  static let grammar = """
    ## Grammar

    In ABNF (RFC 5234); literal strings are case-sensitive here. `UTF8-2` to `UTF8-4` are RFC 3629's.

    ```abnf
    request  = [ "@" tag 1*WSP ] argument *( 1*WSP argument ) *WSP EOL
    blank    = *WSP [ "--" *no-lf ] EOL            ; answered with nothing
    tag      = 1*32( ALPHA / DIGIT / "-" / "_" )
    argument = value / name op [ value ]
             / name "={" 1*12DIGIT "}"             ; the last one only: a literal follows the line
    name     = LOWER *( LOWER / DIGIT / "-" )
    op       = "=" / "!=" / "<" / "<=" / ">" / ">=" / "~"
    value    = bare / string
    bare     = bare-1st *bare-chr
    bare-1st = %x21 / %x23-26 / %x28-5B / %x5D-7A / %x7C-7E / UTF8-2 / UTF8-3 / UTF8-4
    bare-chr = bare-1st / "'" / "{"
    string   = <a string of JSON: RFC 8259, section 7>
    literal  = <as many octets of UTF-8 as announced, without NUL> LF
    EOL      = LF / CRLF
    LOWER    = %x61-7A
    no-lf    = %x01-09 / %x0B-0C / %x0E-7F / UTF8-2 / UTF8-3 / UTF8-4

    answer   = *( head / row / rest / progress / push / step ) ( ok / error )
    head     = "# " [ "@" tag SP ] column *( HTAB column ) LF
    column   = name ":" type
    type     = "text" / "integer" / "number" / "boolean" / "money" / "date" / "timestamp" / "table"
    row      = "| " [ "@" tag SP ] payload LF      ; a record
    rest     = ": " [ "@" tag SP ] payload LF      ; its next line, where it has several
    progress = "% " [ "@" tag SP ] pairs LF
    push     = "! " [ "@" tag SP ] pairs LF
    step     = "~ " [ "@" tag SP ] pairs LF
    ok       = "+ " [ "@" tag SP ] pairs LF
    error    = "- " [ "@" tag SP ] code SP pairs LF
    notice   = "* " pairs LF                       ; belongs to no request
    pairs    = [ name "=" value *( SP name "=" value ) ]
    code     = 1*LOWER "." name                    ; its class and its reason
    payload  = *no-lf
    ```

    The leading words of a request, up to three that have no name, are the command: the longest that
    there is. A carriage return elsewhere, a NUL, and bytes that are no UTF-8 are refused. A line that
    is refused costs its own answer and nothing else, except where framing is lost (`fatal=yes`).
    """

  static let kinds = """
    ## Lines of the server

    | first byte | what it is |
    |---|---|
    | `*` | a notice: the greeting (`slp= server= auth= max-line= max-literal= max-inflight= session= secret=`), or `drain=yes` |
    | `#` | the columns of the rows that follow |
    | `\\|` | a record in the format asked for |
    | `:` | a further line of the same record |
    | `%` | how far a list or an import has come (`rows= ms=`), with `progress=yes` |
    | `!` | a change, to a `watch` |
    | `~` | a step of a login (`data=`) |
    | `+` | the end of an answer; after rows it starts with `rows= crc32c=` |
    | `-` | the end of an answer by an error |

    `rows` counts the lines that start with `|`. `crc32c` is the CRC-32C (Castagnoli), in eight
    hexadecimal digits, of every payload of `|` and `:` lines, each followed by a line feed; marker and
    tag do not belong to it. An answer whose count or checksum differs, or whose last line is missing,
    is not whole. `next=` is what to give as `after=` for the next page; where it is missing, there is
    none.

    TSV is escaped as PostgreSQL's COPY text is; `\\N` is null. CSV is as COPY's; a record with line
    breaks continues in `:` lines. JSON is an object a record.
    """

  static let errors = """
    ## Errors

    `- class.reason retry=… effect=… … msg="…"`. `retry` is `no` or the seconds after which trying again
    may help; `effect` is what became of a write: `none`, `committed` or `unknown`. Where it applies:
    `fatal=yes` (the connection ends), `at=` (the column of the line, in characters, from 1), `arg=` (the
    parameter), `try=` (what to type instead), `ref=` (what to look for in the server's log). `msg` is last.
    The exit status is that of `sister -c` and `sister -f`.
    """

  static let arguments = """
    ## Arguments of every command of a kind

    A write with `key=` happens once: sent again by the same user, with the same command and arguments, it
    answers what it answered, with `replayed=yes`; with another command it is `conflict.idempotency`. When
    `effect=unknown` was answered, or nothing, the same line with its key is to be sent again. Keys are
    remembered for \(Limits.keyDays) days.

    A write with `if-rev=` happens only if what it changes is at that revision still, which `show` answers
    as `revision`; else it is `conflict.revision`, and `try=` shows the thing as it is now. The change's own
    lock is held while they are compared: of several writes with one revision, one happens. Every command
    that changes something of the thing itself raises its revision by one. What hangs on it does not: a
    grant's payments and a fund's money, a conference's quotas, a cohort's participants. A key that was used
    before is answered with its answer, whatever the revision has become since.

    What takes rows (`import`, `directory import`, `directory gazetteer`) may have `progress=yes`, and says
    every second how many it has taken, also while it waits; whoever asks for it has to read while sending,
    or is dropped as one that reads nothing.
    """

  static let order = """
    ## Order

    Answers to requests without a tag leave in the order of the requests. Requests that read may run side
    by side, and answers with a tag leave as they come, line by line between others; writes of a connection,
    and what changes its session, run alone and in order. `limit=all` and `watch` with a tag run beside
    everything. `cancel @tag` stops a request, from this connection or with `session=` and `secret=` of the
    greeting from another one. Between `begin` and `commit` everything happens together: after a failure
    nothing more runs, and `commit` refuses; also where it is `begin` that failed, until another one
    succeeds, or `commit` or `rollback` ends what did not begin.

    Half-closing a connection (`nc -N`) means: finish what I have sent, answer, close. When the server
    stops, it says `* drain=yes`, finishes what runs, and closes.
    """

  static let security = """
    ## Security

    - Without TLS only a Unix socket and loopback addresses are served. TLS is 1.3, from the first byte.
    - On a Unix socket the kernel tells who is there; a client's certificate does it by its common name;
      else `auth token=…`, or `auth scram data=…`: SCRAM-SHA-256 (RFC 5802, RFC 7677), under TLS with
      channel binding (`tls-exporter`, RFC 9266), its messages as values of `data=`.
    - A failed login is answered late, and does not tell what was wrong. Tokens are shown once, and end with
      their user, by `token revoke`, or when their days are over; connections that use them end then too.
    - What terminals would obey is escaped but in CSV and JSON strings, which are for programs.
    - A first line that looks like HTTP ends the connection: a browser cannot be made to speak this.
    """
}
