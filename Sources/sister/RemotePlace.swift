import CommandLanguage
import Console
import Foundations
import Glibc
import LineProtocol

/// A server across the network, as the command line and the environment name it.
enum RemotePlace {
  /// The server that was asked for, if one was.
  static func server(_ options: Options) throws(StartError) -> RemoteServer? {
    guard let host = options.host else { return nil }
    let login = try login(options)
    do throws(ClientError) {
      return try RemoteServer(
        host, ca: options.ca, certificate: options.certificate, key: options.key, login: login)
    } catch {
      throw StartError(error)
    }
  }

  /// What is kept of the password on standard input, or of one that is typed.
  static func verifier() throws(StartError) -> String {
    let typed = isatty(STDIN_FILENO) == 1 ? PasswordEntry.ask("New password: ") : readLine()
    guard let password = typed else {
      throw StartError(.required, "a password stands on standard input, or is typed")
    }
    do throws(ClientError) {
      return try PasswordEntry.verifier(password)
    } catch {
      throw StartError(error)
    }
  }

  private static func login(_ options: Options) throws(StartError) -> RemoteServer.Login {
    if let user = options.user {
      var known = Application.environment("SISTER_PASSWORD")
      if let file = options.passwordFile { known = try firstLine(of: file, "--password-file") }
      return .password(user: user) { () throws(ClientError) in
        if let known { return known }
        guard let typed = PasswordEntry.ask("Password of \(user): ") else {
          throw ClientError(
            "data.required",
            "the password of \(user) is asked for at a terminal, and here is none; "
              + "--password-file may hold it")
        }
        known = typed
        return typed
      }
    }
    if let file = options.tokenFile { return .token(try firstLine(of: file, "--token-file")) }
    return Application.environment("SISTER_TOKEN").map { .token($0) } ?? .none
  }

  private static func firstLine(of path: String, _ flag: String) throws(StartError) -> String {
    guard let file = fopen(path, "re") else {
      throw StartError(
        .badValue, "\(flag) \(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 4_096)
    guard fgets(&buffer, Int32(buffer.count), file) != nil else {
      throw StartError(.badValue, "\(flag) \(path) is empty")
    }
    let bytes = buffer.prefix { $0 != 0 && $0 != 0x0A && $0 != 0x0D }
    return String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
