import Glibc

// The load client of Scripts/bench: it prints one line per run, and nothing it did not measure.
//
//   sister-bench load PORT TOKEN CONNECTIONS DEPTH SECONDS REQUEST
//   sister-bench idle PORT TOKEN CONNECTIONS SECONDS
//
// In REQUEST, %R is a random number from 1 to the environment's BENCH_RANGE, %N counts up.

let arguments = CommandLine.arguments
signal(SIGPIPE, SIG_IGN)

func number(_ index: Int) throws(BenchError) -> Int {
  guard index < arguments.count, let value = Int(arguments[index]) else {
    throw BenchError("argument \(index) must be a whole number")
  }
  return value
}

func range() -> Int {
  getenv("BENCH_RANGE").flatMap { Int(String(cString: $0)) } ?? 1_000
}

/// The parts of a request between its marks, so that each request is cheap to make.
func requestMaker(_ template: String) -> () -> String {
  var counter = 0
  let upper = range()
  let run = Int.random(in: 0..<1_000_000)
  let parts = template.split(separator: "%", omittingEmptySubsequences: false).map(String.init)
  return {
    var text = parts[0]
    counter += 1
    for part in parts.dropFirst() {
      switch part.first {
      case "R": text += "\(Int.random(in: 1...upper))" + part.dropFirst()
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

do throws(BenchError) {
  switch arguments.dropFirst().first {
  case "load" where arguments.count == 8: try load()
  case "idle" where arguments.count == 6: try idle()
  default: throw BenchError("load PORT TOKEN CONNECTIONS DEPTH SECONDS REQUEST, or idle …")
  }
} catch {
  print("sister-bench: \(error.message)")
  exit(1)
}
