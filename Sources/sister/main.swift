import CommandLanguage
import Console
import EventLoop
import Foundations
import Glibc

// A peer that has gone away is an error of the write, not of the process.
signal(SIGPIPE, SIG_IGN)

do throws(StartError) {
  let options: Options
  do throws(Options.UsageError) {
    options = try Options(
      arguments: Array(CommandLine.arguments.dropFirst()), environment: Application.environment)
  } catch {
    throw StartError(.badValue, error.message)
  }
  switch options.mode {
  case .version: print("sister \(Version.current)")
  case .help: print(Options.help)
  case .migrate: printError("sister: \(try Application.migrate(options))")
  case .serve: try Serving.run(options)
  case .verifier: print(try RemotePlace.verifier())
  case .health: print(try Health.check(options))
  case .demo: exit(try ConsoleMode.loadDemo(options))
  case .console: exit(try ConsoleMode.run(options))
  }
} catch {
  printError("sister: \(error.code): \(error.message)")
  exit(error.status)
}
