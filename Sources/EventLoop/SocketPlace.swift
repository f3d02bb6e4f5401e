import Foundations
import Glibc

/// The right to listen on a path, held by one process at a time and given up by the kernel when
/// that process dies: a lock on a file beside the socket, as PostgreSQL has one.
///
/// Without it, servers that start at once find no socket that answers, and each removes the
/// other's.
@EventLoop
final class SocketPlace {
  private let path: String
  private let lock: Int32
  /// The server whose place it still is, and which is to give it up.
  private let predecessor: pid_t?
  /// Locked by the one of its successors that it will have, until it has let go of the place.
  private var turn: Int32 = -1
  private let retry = LoopTimer()
  private var socket: (device: dev_t, inode: ino_t)?

  /// Takes the place; where another server has it, only if this one `takesOver`.
  init(_ path: String, takesOver: Bool) throws(ListenError) {
    self.path = path
    lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else {
      throw ListenError(
        message: "cannot open \(path).lock: \(String(cString: strerror(errno)))")
    }
    let isFree = flock(lock, LOCK_EX | LOCK_NB) == 0
    predecessor = takesOver && !isFree ? UnixSocket.serverProcess(path) : nil
    if predecessor != nil {
      // Of several that would take over, one does.
      turn = open(path + ".turn", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard flock(turn, LOCK_EX | LOCK_NB) == 0 else {
        throw ListenError(message: "another server is taking over \(path)")
      }
    } else if !isFree || UnixSocket.answers(path) {
      let advice =
        takesOver
        ? ", and it is none of this user's that can be told to stop from here"
        : "; --take-over yes replaces it"
      throw ListenError(message: "a server is already listening on \(path)\(advice)")
    }
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK {
      throw ListenError(
        message: "\(path) is no socket, and is not replaced by one; choose another --socket")
    }
    unlink(bindingPath)
  }

  deinit {
    close(lock)
    if turn >= 0 { close(turn) }
  }

  /// Where a socket is to be bound: `occupy` moves it, so that at no moment none is there.
  var bindingPath: String { path + ".new" }

  /// The socket that is bound and listens serves the path from now on.
  func occupy() throws(ListenError) {
    var status = stat()
    guard lstat(bindingPath, &status) == 0, rename(bindingPath, path) == 0 else {
      throw ListenError(
        message: "cannot listen on \(path): \(String(cString: strerror(errno)))")
    }
    socket = (status.st_dev, status.st_ino)
    guard let predecessor else { return }
    guard kill(predecessor, SIGTERM) == 0 else {
      return Log.error(
        "the server before this one cannot be told to stop",
        [("pid", String(predecessor)), ("reason", String(cString: strerror(errno)))])
    }
    awaitLock()
  }

  /// Removes the socket, unless another server's is there by now.
  func leave() {
    retry.cancel()
    var status = stat()
    guard lstat(path, &status) == 0, let socket, status.st_dev == socket.device,
      status.st_ino == socket.inode
    else { return }
    unlink(path)
  }

  /// The predecessor lets go of the lock when it stops listening.
  private func awaitLock() {
    guard flock(lock, LOCK_EX | LOCK_NB) != 0 else {
      close(turn)
      turn = -1
      return
    }
    retry.start(milliseconds: 50) { [weak self] in self?.awaitLock() }
  }
}
