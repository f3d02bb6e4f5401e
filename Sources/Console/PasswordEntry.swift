import CommandLanguage
import Foundations
import Glibc
import LineProtocol
import Rendering
import Security

/// Passwords that a person types: nobody sees them, and what leaves the machine is a verifier.
package enum PasswordEntry {
  /// Asks for a password on the terminal, without showing it; nil where there is no terminal.
  package static func ask(_ prompt: String) -> String? {
    // It reads from the terminal itself, whatever standard input is.
    guard let typed = getpass(prompt) else { return nil }
    defer { memset(typed, 0, strlen(typed)) }
    return String(validatingCString: typed)
  }

  /// A verifier of a new password.
  package static func verifier(_ password: String) throws(ClientError) -> String {
    guard password.unicodeScalars.count >= Limits.passwordCharacters else {
      throw ClientError(
        "data.invalid",
        "a password has at least \(Limits.passwordCharacters) characters; several words are good")
    }
    do throws(ScramError) {
      return try ScramVerifier(
        password: NormalizedText.compatible(password), salt: ScramVerifier.freshSalt(),
        iterations: Limits.passwordIterations
      ).text
    } catch {
      throw ClientError("data.invalid", error.message)
    }
  }

  /// Whether a line sets a password and does not say it: then it is to be asked for.
  static func isWanted(_ line: String) -> Bool {
    guard let request = try? RequestParser.parse(line),
      !request.arguments.contains(where: { $0.name == "verifier" })
    else { return false }
    let words = request.arguments.filter { $0.name == nil }.map(\.value)
    return words == ["password"] || words.count == 3 && words.starts(with: ["user", "password"])
      || words.count == 2 && words.starts(with: ["user", "password"])
        && request.arguments.contains { $0.name == "name" }
  }

  /// The verifier of a password that was typed twice alike.
  static func askForNew() throws(ClientError) -> String {
    guard let first = ask("New password: "), let second = ask("The same again: ") else {
      throw ClientError("data.required", "a password is typed at a terminal, and here is none")
    }
    guard first == second else {
      throw ClientError("data.invalid", "the two were not the same; nothing was changed")
    }
    return try verifier(first)
  }
}
