import Access
import Catalog
import Console
import Foundations
import Glibc
import LineProtocol

/// Loads the demo data. Each of its commands carries a key, so that it happens only once, however
/// often it is run or cut short.
struct DemoLoad {
  /// A user of the demo's, at a connection of their own.
  private struct Person {
    let client: ConsoleClient
    let tokenID: String
  }

  let owner: ConsoleClient
  /// Another connection to where the owner's leads.
  let connect: REPL.Reconnect

  /// Runs the script; the exit status.
  func run() -> Int32 {
    var options = Script.Options()
    options.output = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { close(options.output) }
    var people: [String: Person] = [:]
    defer { for person in people.values { leave(person) } }
    for part in DemoScript.parts {
      if let user = part.user, people[user] == nil {
        do throws(ClientError) {
          people[user] = try enter(user)
        } catch {
          printError("sister: \(error.code): \(error.message)")
          return error.exitStatus
        }
      }
      let client = part.user.flatMap { people[$0]?.client } ?? owner
      let lines = part.lines.map { "\($0) key=demo-\(AccessToken.hash($0).prefix(32))" }
      let status = Script.run(commands: lines, on: client, options: options)
      guard status == 0 else { return status }
    }
    return 0
  }

  /// Has a token made for a user, which holds until they leave.
  private func enter(_ user: String) throws(ClientError) -> Person {
    let answer = try owner.request("token create \(user) demo days=1".utf8)
    guard let token = answer.pairs["token"], let id = answer.pairs["id"] else {
      throw ClientError("fault.internal", "the server made no token for \(user)")
    }
    let client = try connect()
    if client.greeting == nil { try client.greet() }
    try client.logIn(token: token)
    return Person(client: client, tokenID: id)
  }

  private func leave(_ person: Person) {
    person.client.closeConnection()
    _ = try? owner.request("token revoke \(person.tokenID)".utf8)
  }
}
