import Access
import Catalog
import Glibc
import Postgres

// The load client of Scripts/bench: it prints one line per run, and nothing it did not measure.
//
//   sister-bench load PORT TOKEN CONNECTIONS DEPTH SECONDS REQUEST
//   sister-bench idle PORT TOKEN CONNECTIONS SECONDS
//   sister-bench sql STATEMENT      prints the SQL that the service runs, for the yardstick to run
//
// In REQUEST, %R is a random number from the environment's BENCH_FROM to BENCH_RANGE, %N counts up.

let arguments = CommandLine.arguments
signal(SIGPIPE, SIG_IGN)

func number(_ index: Int) throws(BenchError) -> Int {
  guard index < arguments.count, let value = Int(arguments[index]) else {
    throw BenchError("argument \(index) must be a whole number")
  }
  return value
}

func environment(_ name: String, default value: Int) -> Int {
  getenv(name).flatMap { Int(String(cString: $0)) } ?? value
}

/// The parts of a request between its marks, so that each request is cheap to make.
func requestMaker(_ template: String) -> () -> String {
  var counter = 0
  let range = environment("BENCH_FROM", default: 1)...environment("BENCH_RANGE", default: 1_000)
  let run = Int.random(in: 0..<1_000_000)
  let parts = template.split(separator: "%", omittingEmptySubsequences: false).map(String.init)
  return {
    var text = parts[0]
    counter += 1
    for part in parts.dropFirst() {
      switch part.first {
      case "R": text += "\(Int.random(in: range))" + part.dropFirst()
      case "N": text += "\(run)-\(counter)" + part.dropFirst()
      default: text += "%" + part
      }
    }
    return text + "\n"
  }
}

func load() throws(BenchError) {
  let port = UInt16(clamping: try number(2))
  var client = try LoadClient(port: port, token: arguments[3], connections: try number(4))
  defer { client.close() }
  let depth = try number(5)
  let make = requestMaker(arguments[7])
  let outcome = try client.run(seconds: Double(try number(6)), depth: depth, request: make)
  print(
    "rate=\(Int(outcome.ratePerSecond)) answers=\(outcome.answers) errors=\(outcome.errors)",
    "p50us=\(outcome.percentile(0.5)) p99us=\(outcome.percentile(0.99))")
}

func idle() throws(BenchError) {
  let port = UInt16(clamping: try number(2))
  let client = try LoadClient(port: port, token: arguments[3], connections: try number(4))
  _ = write(STDOUT_FILENO, "connected\n", 10)
  sleep(UInt32(clamping: try number(5)))
  client.close()
}

func sql() throws(BenchError) {
  let statements = Catalog.areas.flatMap(\.statements)
  guard let statement = statements.first(where: { $0.name == arguments[2] }) else {
    throw BenchError("there is no statement \(arguments[2])")
  }
  print(statement.sql)
}

do throws(BenchError) {
  switch arguments.dropFirst().first {
  case "load" where arguments.count == 8: try load()
  case "sql" where arguments.count == 3: try sql()
  case "idle" where arguments.count == 6: try idle()
  default: throw BenchError("load PORT TOKEN CONNECTIONS DEPTH SECONDS REQUEST, or idle …")
  }
} catch {
  print("sister-bench: \(error.message)")
  exit(1)
}
