import Access
import CommandLanguage
import Foundations

/// The command that pushes what changes.
enum WatchCommands {
  static let all = [watch]

  static let watch = Command<CommandContext>(
    "watch", "Push every change of a noun as it happens, without gaps, until cancelled.",
    needs: .authentication, effect: .read,
    returns: .pushes(["seq", "at", "noun", "key", "change", "command", "by", "fields"]),
    errors: [.watchesBusy], example: "watch all from=0",
    Parameter<WatchedWord>("noun", "what to watch: all of it that you may list, or one noun"),
    Parameter<String?>(optionalPositional: "key", "one row only, as key= of a push names it"),
    Parameter<Int64?>(
      optional: "from", "go on behind the change of this seq=; from now on, unless given")
  ) { (context, _, word, key, start) async throws(DomainError) in
    try await context.watch(noun: word.noun, key: key, from: start)
  }
}

/// A noun that can be watched, or all of them.
struct WatchedWord: ParameterValue {
  static let typeName = "noun"
  static let accepts = "one of " + choices.joined(separator: ", ")
  static let choices: [String] = {
    var words = ["all"]
    for watched in Catalog.dataAreas.flatMap(\.watched) where !words.contains(watched.noun) {
      words.append(watched.noun)
    }
    return words
  }()
  /// The noun; nil for all.
  let noun: String?

  init(argument: String) throws(InvalidValue) {
    guard Self.choices.contains(argument) else {
      throw InvalidValue(
        Self.accepts, suggestion: EditDistance.nearest(to: argument, among: Self.choices))
    }
    noun = argument == "all" ? nil : argument
  }
}
