import Access
import Catalog
import Glibc
import Postgres

// The load client of Scripts/bench: it prints one line per run, and nothing it did not measure.
// LOGIN is the first line of each connection; REQUEST may hold %R, a random number from the
// environment's BENCH_FROM to BENCH_RANGE, %N, which counts up, and %T, a random line of the file that
// BENCH_TERMS names.

let usage = """
  sister-bench load PORT LOGIN CONNECTIONS DEPTH SECONDS REQUEST
  sister-bench pace PORT LOGIN CONNECTIONS DEPTH SECONDS RATE REQUEST
  sister-bench idle PORT LOGIN CONNECTIONS SECONDS
  sister-bench slow PORT LOGIN BYTES-PER-SECOND SECONDS REQUEST
  sister-bench sql STATEMENT     (prints what the service runs, for the yardstick to run)
  """
let arguments = CommandLine.arguments
signal(SIGPIPE, SIG_IGN)
Loopback.raiseDescriptorLimit()

func number(_ index: Int) throws(BenchError) -> Int {
  guard index < arguments.count, let value = Int(arguments[index]), value > 0 else {
    throw BenchError("argument \(index) must be a whole number above 0")
  }
  return value
}

func environment(_ name: String, default value: Int) -> Int {
  getenv(name).flatMap { Int(String(cString: $0)) } ?? value
}

func connect() throws(BenchError) -> LoadClient {
  try LoadClient(
    port: UInt16(clamping: try number(2)), login: arguments[3], connections: try number(4))
}

func terms() throws(BenchError) -> [String] {
  guard let path = getenv("BENCH_TERMS") else { return [] }
  guard let file = fopen(path, "r") else { throw BenchError("BENCH_TERMS cannot be read") }
  defer { fclose(file) }
  var lines: [String] = []
  while let line = readLine(of: file) { lines.append(line) }
  guard !lines.isEmpty else { throw BenchError("BENCH_TERMS has no line") }
  return lines
}

func readLine(of file: UnsafeMutablePointer<FILE>) -> String? {
  var line: UnsafeMutablePointer<CChar>?
  var capacity = 0
  defer { free(line) }
  guard getline(&line, &capacity, file) > 0, let line else { return nil }
  return String(cString: line).split(separator: "\n").first.map(String.init)
}

func load(rate: Int?) throws(BenchError) {
  let seconds = Double(try number(6))
  let depth = try number(5)
  let range = environment("BENCH_FROM", default: 1)...environment("BENCH_RANGE", default: 1_000)
  var maker = RequestMaker(arguments.last ?? "", range: range, terms: try terms())
  var client = try connect()
  defer { client.close() }
  let outcome =
    if let rate {
      try client.run(seconds: seconds, depth: depth, rate: rate) { maker.next() }
    } else {
      try client.run(seconds: seconds, depth: depth) { maker.next() }
    }
  print(outcome.line)
}

func idle() throws(BenchError) {
  let start = Loopback.now()
  let client = try connect()
  SlowReader.say("connected ms=\((Loopback.now() - start) / 1_000)\n")
  sleep(UInt32(clamping: try number(5)))
  client.close()
}

func slow() throws(BenchError) {
  let (bytes, wasDropped) = try SlowReader.run(
    port: UInt16(clamping: try number(2)), lines: arguments[3] + "\n" + arguments[6] + "\n",
    bytesPerSecond: try number(4), seconds: try number(5))
  print("bytes=\(bytes) dropped=\(wasDropped ? "yes" : "no")")
}

func sql() throws(BenchError) {
  let statements = Catalog.areas.flatMap(\.statements)
  guard let statement = statements.first(where: { $0.name == arguments[2] }) else {
    throw BenchError("there is no statement \(arguments[2])")
  }
  print(statement.sql)
}

do throws(BenchError) {
  switch (arguments.dropFirst().first, arguments.count) {
  case ("load", 8): try load(rate: nil)
  case ("pace", 9): try load(rate: try number(7))
  case ("idle", 6): try idle()
  case ("slow", 7): try slow()
  case ("sql", 3): try sql()
  default: throw BenchError("usage:\n\(usage)")
  }
} catch {
  print("sister-bench: \(error.message)")
  exit(1)
}
