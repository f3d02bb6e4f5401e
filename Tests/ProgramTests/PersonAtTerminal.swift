import Glibc
import Synchronization
import Testing

/// The program on a pseudo-terminal, and the person at it.
final class PersonAtTerminal {
  private let program: StartedProgram
  private let master: Int32
  private let slave: Int32
  private let modesBefore: termios
  private var screen = ""

  init(_ home: ProgramHome, columns: UInt16 = 100, rows: UInt16 = 40) throws {
    var master: Int32 = -1
    var slave: Int32 = -1
    var name = [CChar](repeating: 0, count: 128)
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try #require(openpty(&master, &slave, &name, nil, &size) == 0, "no pseudo-terminal")
    self.master = master
    self.slave = slave
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    for descriptor in [master, slave] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var modes = termios()
    tcgetattr(slave, &modes)
    modesBefore = modes
    let path = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    program = try StartedProgram(
      [StartedProgram.path, "--home", home.path], home: home.folder, files: (path, path, path))
  }

  deinit {
    close(master)
    close(slave)
  }

  /// Types.
  func type(_ text: String) { write(master, text, text.utf8.count) }

  /// Waits until the screen has had `text` since the last time, and takes all up to its end.
  @discardableResult
  func see(
    _ text: String, seconds: Int = 60, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    for _ in 0..<(seconds * 200) {
      readScreen()
      if let range = screen.firstRange(of: text) {
        let seen = String(screen[..<range.upperBound])
        screen.removeSubrange(..<range.upperBound)
        return seen
      }
      usleep(5_000)
    }
    try #require(
      Bool(false), "not seen: \(text.debugDescription); seen: \(screen.debugDescription)",
      sourceLocation: sourceLocation)
    return ""
  }

  /// Waits for the program's end; its exit status.
  func end() -> Int32? {
    for _ in 0..<6_000 {
      readScreen()
      if let status = program.poll() { return status }
      usleep(10_000)
    }
    return nil
  }

  /// Whether the terminal is as it was before the program started.
  var isRestored: Bool {
    var modes = termios()
    tcgetattr(slave, &modes)
    return modes.c_lflag == modesBefore.c_lflag && modes.c_iflag == modesBefore.c_iflag
      && modes.c_oflag == modesBefore.c_oflag
  }

  private func readScreen() {
    var piece = [UInt8](repeating: 0, count: 65_536)
    var bytes: [UInt8] = []
    while case let count = read(master, &piece, piece.count), count > 0 {
      bytes += piece[..<count]
    }
    screen += String(decoding: bytes, as: UTF8.self)
  }
}
