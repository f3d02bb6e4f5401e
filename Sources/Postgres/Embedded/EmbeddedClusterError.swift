import Glibc

/// What kept the embedded cluster from being used: a stable reason for programs, and a message
/// for people that says what is wrong, what was given and what mends it.
package struct EmbeddedClusterError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure. Raw values are stable: scripts and logs may compare them.
  package enum Reason: String, Sendable, CaseIterable {
    /// The home is empty or holds characters that PostgreSQL cannot keep in its files.
    case homeInvalid = "home-invalid"
    /// Something that is no folder stands where the home should be.
    case homeNotDirectory = "home-not-a-directory"
    /// The home cannot be made, written or entered by the user that runs sister.
    case homeUnwritable = "home-unwritable"
    /// The home cannot be reached by the unprivileged user that runs PostgreSQL.
    case homeClosed = "home-closed"
    /// The home's path leaves no room for a Unix socket's name.
    case pathTooLong = "path-too-long"
    /// No unprivileged user to run PostgreSQL as, or no tool to become that user.
    case accountMissing = "account-missing"
    /// No PostgreSQL server of a supported version is installed.
    case postgresMissing = "postgres-missing"
    /// The data folder belongs to another major version of PostgreSQL.
    case versionMismatch = "version-mismatch"
    /// The first creation of the cluster failed.
    case creationFailed = "creation-failed"
    /// PostgreSQL did not start.
    case startFailed = "start-failed"
    /// PostgreSQL runs but does not answer in time.
    case unanswered = "unanswered"
    /// Another process kept the cluster's lock for too long.
    case busy = "busy"
    /// The disk is full.
    case diskFull = "disk-full"
    /// The lease was already released.
    case released = "released"
    /// A system call failed in a way that has no better name here.
    case system = "system"
  }

  /// The kind of failure.
  package let reason: Reason
  /// The text for people: what is wrong, what was given, what mends it.
  package let message: String

  /// Makes an error of a kind with its text for people.
  package init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  /// The text for people.
  package var description: String { message }

  /// A failed system call on a path. A full disk and a closed door keep their own reasons, so
  /// that every caller reports them alike.
  static func system(_ action: String, _ path: String, _ code: Int32) -> EmbeddedClusterError {
    let text = "Cannot \(action) \(path): \(errorText(code))."
    switch code {
    case ENOSPC, EDQUOT:
      return EmbeddedClusterError(
        .diskFull, "\(text) Free some space there, or choose another --home.")
    case EACCES, EPERM, EROFS:
      return EmbeddedClusterError(
        .homeUnwritable,
        "\(text) Run sister as the user who owns this folder, or choose another --home.")
    case ENOTDIR:
      return EmbeddedClusterError(
        .homeNotDirectory, "\(text) Choose a --home below a folder, not below a file.")
    default:
      return EmbeddedClusterError(.system, text)
    }
  }
}
