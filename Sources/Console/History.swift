@preconcurrency import CReadline
import Foundations
import Glibc

/// The lines of earlier days, in a file for its owner's eyes only.
final class History {
  private let path: String?
  private var last: String?

  /// The history kept at `path`; nil for one that is forgotten at the end.
  init(path: String?) {
    self.path = path
    using_history()
    clear_history()
    stifle_history(Limits.historyLines)
    guard let path, protect(path) else { return }
    read_history(path)
    last = history_get(history_base + history_length - 1).flatMap { entry in
      entry.pointee.line.map { String(cString: $0) }
    }
  }

  deinit {
    guard let path else { return }
    history_truncate_file(path, Limits.historyLines)
    _ = protect(path)
  }

  /// Adds a line, and writes it at once: a console may be killed.
  func add(_ line: String) {
    guard Self.isKept(line, after: last) else { return }
    last = line
    add_history(line)
    guard let path, protect(path) else { return }
    append_history(1, path)
  }

  /// Whether a line is worth keeping and may be kept: no secrets, nothing twice in a row.
  static func isKept(_ line: String, after last: String?) -> Bool {
    !line.allSatisfy { $0 == " " || $0 == "\t" } && line != last && !RequestLine.hasSecret(line)
  }

  /// Makes the file if it is not there, and closes it to others.
  private func protect(_ path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    fchmod(descriptor, 0o600)
    close(descriptor)
    return true
  }
}
