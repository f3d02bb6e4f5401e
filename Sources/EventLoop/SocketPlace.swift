import Glibc

/// The right to listen on a path, held by one process at a time and given up by the kernel when
/// that process dies: a lock on a file beside the socket, as PostgreSQL has one.
///
/// Without it, servers that start at once find no socket that answers, and each removes the
/// other's.
final class SocketPlace: Sendable {
  private let descriptor: Int32

  /// Takes the place and clears away what a dead server left there.
  init(_ path: String) throws(ListenError) {
    descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw ListenError(
        message: "cannot open \(path).lock: \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, !UnixSocket.answers(path) else {
      throw ListenError(message: "a server is already listening on \(path)")
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw ListenError(
        message: "\(path) is no socket, and is not replaced by one; choose another --socket")
    }
    unlink(path)
  }

  deinit { close(descriptor) }
}
