import CommandLanguage
import LineProtocol

/// Lines to requests and back.
enum ParserTarget {
  static func check(_ line: [UInt8]) throws(Violation) {
    let early = RequestParser.tag(of: line)
    let parsed: Request?
    do throws(RequestError) {
      parsed = try RequestParser.parse(line)
    } catch {
      try checkColumn(error.error.column ?? 0, line)
      try demand(early == nil || early == error.tag, "two tags of a line that is refused")
      return
    }
    guard let request = parsed else { return }
    try demand(early == nil || early == request.tag, "two tags of a request")
    for argument in request.arguments { try checkColumn(argument.column, line) }
    let spelled = spelling(request)
    guard let again = try? RequestParser.parse(spelled) else {
      throw Violation("the canonical spelling is no request")
    }
    try demand(areEqual(request, again), "the canonical spelling is another request")
    try demand(spelling(again) == spelled, "the canonical spelling has another")
    try checkPairs(line, request)
  }

  /// A request whose arguments are pairs is what status lines carry: the same is read from it, and
  /// from what is written of that.
  private static func checkPairs(_ line: [UInt8], _ request: Request) throws(Violation) {
    let isPairs =
      request.tag == nil && request.literalBytes == nil
      && request.arguments.allSatisfy { $0.name != nil && $0.comparison == .equal }
    guard let pairs = Pairs(decoding: line) else {
      return try demand(!isPairs, "pairs are not read")
    }
    try demand(isPairs, "pairs are read of a request that is none")
    let written = Pairs.encode(pairs.entries.map { ($0.name, $0.value) })
    guard let again = Pairs(decoding: written) else { throw Violation("written pairs are none") }
    let isSame = again.entries.elementsEqual(pairs.entries) {
      $0.name == $1.name && $0.value.utf8.elementsEqual($1.value.utf8)
    }
    try demand(isSame, "written pairs are others")
  }

  private static func checkColumn(_ column: Int, _ line: [UInt8]) throws(Violation) {
    try demand((1...line.count + 1).contains(column), "column \(column) is outside the line")
  }

  private static func spelling(_ request: Request) -> [UInt8] {
    var words = request.arguments.map(\.spelling)
    if let tag = request.tag { words.insert("@\(tag)", at: 0) }
    if let count = request.literalBytes, let name = request.arguments.last?.name {
      words[words.count - 1] = "\(name)={\(count)}"
    }
    return Array(words.joined(separator: " ").utf8)
  }

  /// Whether both are the same, but for columns; strings would count different texts as equal.
  private static func areEqual(_ left: Request, _ right: Request) -> Bool {
    left.tag == right.tag && left.literalBytes == right.literalBytes
      && left.arguments.elementsEqual(right.arguments) {
        $0.name == $1.name && $0.comparison == $1.comparison
          && $0.value.utf8.elementsEqual($1.value.utf8)
      }
  }
}
