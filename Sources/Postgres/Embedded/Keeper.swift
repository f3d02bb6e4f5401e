import Glibc

/// The keeper of a running cluster: a small shell process that stops PostgreSQL when its last
/// user is gone.
///
/// Every user holds the write end of a FIFO and the keeper the read end. The kernel closes a
/// dead process's descriptors, so the keeper reads the end of the file when the last user has
/// gone in whichever way, `kill -9` included. It gives the next of a series of commands two
/// seconds to come, takes the cluster's lock, makes sure that nobody came meanwhile, and stops
/// PostgreSQL.
struct Keeper {
  let home: ClusterHome

  /// Opens the write end for a user, starting a keeper if none listens. The caller holds the
  /// cluster's lock. The descriptor is closed in every program that this process starts.
  func join(
    binaries: () throws(EmbeddedClusterError) -> ServerBinaries, waiting limit: Duration
  ) throws(EmbeddedClusterError) -> Int32 {
    try makeFIFO()
    if let descriptor = try openWriteEnd() { return descriptor }
    let control = try binaries().control
    try ChildProcess.launch(
      ["/bin/sh", "-c", Self.script, "sister-keeper", home.paths.home, control],
      as: home.account, log: home.paths.keeperLog)
    let start = ContinuousClock.now
    while ContinuousClock.now - start < limit {
      if let descriptor = try openWriteEnd() { return descriptor }
      pause(milliseconds: 5)
    }
    throw home.failure(
      .startFailed, "The keeper of the database did not start in \(home.paths.home).",
      lines: lastLines(readTail(home.paths.keeperLog) ?? "", 6))
  }

  /// Whether the other end of a user's descriptor is open.
  static func listens(to descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: 0, revents: 0)
    return poll(&entry, 1, 0) == 0
  }

  /// Nil if no keeper has the FIFO open for reading.
  private func openWriteEnd() throws(EmbeddedClusterError) -> Int32? {
    let descriptor = open(home.paths.users, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
    if descriptor >= 0 { return descriptor }
    guard errno == ENXIO else { throw .system("open", home.paths.users, errno) }
    return nil
  }

  private func makeFIFO() throws(EmbeddedClusterError) {
    if let status = FileStatus(home.paths.users) {
      if status.isFIFO { return }
      unlink(home.paths.users)
    }
    guard mkfifo(home.paths.users, 0o600) == 0 else {
      throw .system("make the FIFO", home.paths.users, errno)
    }
    guard geteuid() != 0 || lchown(home.paths.users, home.account.uid, home.account.gid) == 0
    else { throw .system("give away", home.paths.users, errno) }
  }

  /// Only what the shell does itself holds the FIFO: a child with it would make a dead keeper
  /// look alive. `dd` opens the FIFO anew without waiting: the end of the file means that nobody
  /// is there, "try again" that somebody is. PostgreSQL is gone when its process lock is free;
  /// its pid file alone would miss a server that is about to write one, or a query that goes on
  /// after its postmaster was killed.
  private static let script = """
    trap '' HUP INT TERM
    home=$1 control=$2
    exec 3<"$home/run/users" || exit 1
    while :; do
      while read -r _ <&3; do :; done
      sleep 2
      exec 8>>"$home/lock" || exit 1
      until flock 8 3<&-; do sleep 1; done
      if dd if="$home/run/users" iflag=nonblock of=/dev/null bs=1 count=1 3<&- 8>&- 2>/dev/null
      then break
      fi
      exec 8>&-
    done
    exec 3<&-
    begun=$(date +%s)
    while :; do
      spent=$(($(date +%s) - begun))
      mode=fast
      if [ "$spent" -ge 35 ]; then mode=immediate; fi
      if [ -e "$home/data/postmaster.pid" ]; then
        "$control" stop -s -D "$home/data" -m "$mode" -t 5 8>&-
      fi
      if flock -n "$home/run/postgres.lock" true; then exit 0; fi
      if [ "$spent" -ge 45 ]; then exit 1; fi
      if [ "$spent" -ge 3 ] && ! "$control" status -s -D "$home/data" >/dev/null; then
        for process in /proc/[0-9]*; do
          if [ "$process/cwd" -ef "$home/data" ]; then kill -QUIT "${process#/proc/}"; fi
        done
      fi
      sleep 0.1
    done
    """
}
