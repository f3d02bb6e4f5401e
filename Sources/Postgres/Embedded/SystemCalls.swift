import Glibc

/// The system's own words for an error number.
func errorText(_ code: Int32) -> String {
  String(cString: strerror(code))
}

/// Sleeps the calling thread. Everything in this folder runs off the event loop.
func pause(milliseconds: UInt32) {
  usleep(milliseconds * 1_000)
}

/// What `lstat` or `stat` tells about a path, as far as the cluster cares.
struct FileStatus {
  let mode: mode_t
  let owner: uid_t
  let device: dev_t
  let inode: ino_t
  /// Seconds since 1970 of the last change of content.
  let modifiedSeconds: Int
  let sizeBytes: Int

  /// Nil if nothing is there; other failures are reported by whoever uses the path next.
  init?(_ path: String, followingLinks: Bool = false) {
    var status = stat()
    guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    self.init(status)
  }

  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    mode = status.st_mode
    owner = status.st_uid
    device = status.st_dev
    inode = status.st_ino
    modifiedSeconds = status.st_mtim.tv_sec
    sizeBytes = Int(status.st_size)
  }

  var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
  var isFIFO: Bool { mode & S_IFMT == S_IFIFO }

  func isSameFile(as other: FileStatus) -> Bool {
    device == other.device && inode == other.inode
  }
}

/// The last bytes of a file as text, or nil if it cannot be read.
func readTail(_ path: String, limitBytes: Int = 65_536) -> String? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  let end = lseek(descriptor, 0, SEEK_END)
  if end > limitBytes {
    lseek(descriptor, -off_t(limitBytes), SEEK_END)
  } else {
    lseek(descriptor, 0, SEEK_SET)
  }
  var bytes = [UInt8](repeating: 0, count: limitBytes)
  var filled = 0
  while filled < limitBytes {
    let count = bytes.withUnsafeMutableBytes { buffer in
      read(descriptor, buffer.baseAddress?.advanced(by: filled), limitBytes - filled)
    }
    if count < 0 && errno == EINTR { continue }
    if count <= 0 { break }
    filled += count
  }
  return String(decoding: bytes[..<filled], as: UTF8.self)
}

/// The last lines of a log, without the empty ones.
func lastLines(_ text: String, _ count: Int) -> [String] {
  text.split(whereSeparator: \.isNewline).suffix(count).map(String.init)
}

/// The names in a folder; empty if it cannot be read.
func namesInFolder(_ path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

/// Replaces a file in one step, so that a crash leaves the old text or the new, never a part.
/// The new file is made, never opened: a link planted under its name is not followed.
func replaceFile(
  _ path: String, text: String, owner: ClusterAccount
) throws(EmbeddedClusterError) {
  let fresh = path + ".new"
  unlink(fresh)
  let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
  guard descriptor >= 0 else { throw .system("write", fresh, errno) }
  defer { close(descriptor) }
  let bytes = Array(text.utf8)
  var written = 0
  while written < bytes.count {
    let count = bytes.withUnsafeBytes { buffer in
      write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
    }
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { throw .system("write", fresh, errno) }
    written += count
  }
  guard fchown(descriptor, owner.uid, owner.gid) == 0, fsync(descriptor) == 0,
    rename(fresh, path) == 0
  else { throw .system("write", path, errno) }
}

/// Makes a rename in this folder survive a power failure.
func syncFolder(_ path: String) {
  let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}
