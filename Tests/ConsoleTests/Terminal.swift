import Glibc
import LineProtocol
import Synchronization

@testable import Console

/// A console on a pseudo-terminal, and the person at it.
final class Terminal: Sendable {
  private let master: Int32
  private let slave: Int32
  private let screen = Mutex("")
  private let status = Mutex<Int32?>(nil)

  init(
    _ peer: ScriptedPeer, columns: UInt16 = 80, rows: UInt16 = 24, historyPath: String? = nil,
    reconnect: (@Sendable () -> ScriptedPeer)? = nil
  ) {
    var master: Int32 = -1
    var slave: Int32 = -1
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    openpty(&master, &slave, nil, nil, &size)
    self.master = master
    self.slave = slave
    startThread { self.readScreen() }
    let descriptor = slave
    startThread {
      var options = REPL.Options()
      options.historyPath = historyPath
      options.place = "test"
      options.input = descriptor
      options.output = descriptor
      let status = REPL.run(
        ConsoleClient(descriptor: peer.clientDescriptor), options: options,
        reconnect: reconnect.map { reconnect in
          { ConsoleClient(descriptor: reconnect().clientDescriptor) }
        })
      self.status.withLock { $0 = status }
    }
  }

  deinit { close(master) }

  /// Types.
  func type(_ text: String) { write(master, text, text.utf8.count) }

  /// Makes the terminal another width.
  func resize(columns: UInt16) {
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  /// Waits until the screen has had `text` since the last time, and takes all up to its end.
  func wait(for text: String, milliseconds: Int = 5000) -> String? {
    for _ in 0..<(milliseconds / 5) {
      let found: String? = screen.withLock { screen in
        guard let range = screen.firstRange(of: text) else { return nil }
        let before = String(screen[..<range.upperBound])
        screen.removeSubrange(..<range.upperBound)
        return before
      }
      if let found { return found }
      usleep(5000)
    }
    return nil
  }

  /// What the screen has had since the last time.
  var rest: String { screen.withLock { $0 } }

  /// Waits until the console has ended.
  func exitStatus(milliseconds: Int = 5000) -> Int32? {
    for _ in 0..<(milliseconds / 5) {
      if let status = status.withLock({ $0 }) { return status }
      usleep(5000)
    }
    return nil
  }

  /// Whether the terminal echoes and waits for whole lines, as it did before.
  var isRestored: Bool {
    var modes = termios()
    tcgetattr(slave, &modes)
    return modes.c_lflag & UInt32(ECHO) != 0 && modes.c_lflag & UInt32(ICANON) != 0
  }

  private func readScreen() {
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(master, &piece, piece.count)
      guard count > 0 else { return }
      screen.withLock { $0 += String(decoding: piece[..<count], as: UTF8.self) }
    }
  }
}
