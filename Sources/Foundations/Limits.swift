/// Every limit of the server in one place: nothing grows without one.
package enum Limits {
  // MARK: The line protocol
  /// Longest request line, in bytes without its end of line; longer ones are discarded and refused.
  package static let lineBytes = 65_536
  /// A line that is still unfinished at this length ends the connection: framing is lost.
  package static let fatalLineBytes = 1_048_576
  /// Longest counted literal, in bytes.
  package static let literalBytes = 65_536
  /// Longest literal of a command that takes it piece by piece, in bytes.
  package static let streamedLiteralBytes = 1_073_741_824
  /// How long an import may take in all, its client's pauses included.
  package static let importMilliseconds: Int64 = 900_000
  /// Longest row of an import, in bytes, and rows that are sent to the database together.
  package static let importRowBytes = 65_536
  package static let importBatchRows = 500
  /// Refused rows of a batch that are singled out one after the other, before each row of it is tried
  /// by itself; and those that an import names.
  package static let importBatchRefusals = 8
  package static let importRefusals = 100
  /// Rows of a list of pairs or places that are sent to the database together, and different places
  /// that one list may name: they are kept until it has been read.
  package static let importListRows = 1_000
  package static let importPlaces = 200_000
  /// More people than live anywhere.
  package static let population: Int64 = 100_000_000_000
  /// Partnerships that one map shows, and features that one file of them has.
  package static let mapArcs = 25_000
  package static let mapFeatures = 50_000
  /// Longest line and literal of a connection that has not said who it is, in bytes. Its requests
  /// under way are no more than that either, and one more: that bounds what strangers can make the
  /// server keep.
  package static let anonymousBytes = 4_096
  /// Longest tag, in characters.
  package static let tagCharacters = 32
  /// Requests of one connection that may be under way at once; past it the server stops reading.
  package static let requestsInFlight = 16
  /// The largest `limit=` that runs beside other requests of its connection; a list of more runs
  /// alone. So the answers under way for one connection are at most this times `requestsInFlight`
  /// rows, or `rows` rows, and beside them `queuedOutputBytes` of finished ones.
  package static let rowsSideBySide = 1_000
  /// Output that may wait for a slow reader before the server stops reading from that connection
  /// and starts no more of its requests; finished answers that wait for earlier ones count.
  package static let queuedOutputBytes = 262_144
  /// How often a client that asked for it is told how far its answer has come.
  package static let progressMilliseconds: Int64 = 1_000
  /// How long a connection may stay without authenticating.
  package static let loginMilliseconds: Int64 = 30_000
  /// How long a connection may stay silent.
  package static let idleMilliseconds: Int64 = 3_600_000
  /// How long a reader may leave its output untouched before it is dropped.
  package static let stalledReaderMilliseconds: Int64 = 60_000

  /// How long a client may take to close its side after its last answer.
  package static let lingerMilliseconds: Int64 = 2_000

  // MARK: Admission
  /// Connections served at once; the next is told `busy.connections` and closed.
  package static let connections = 12_000
  /// Failed authentications of one connection before it is closed.
  package static let failedLogins = 3
  /// Delay before the answer to a failed authentication; it doubles with each further one from the
  /// same place, up to the maximum, until there was none for so long.
  package static let failedLoginDelayMilliseconds: Int64 = 300
  package static let failedLoginMaximumMilliseconds: Int64 = 10_000
  package static let failedLoginMemoryMilliseconds: Int64 = 60_000
  /// Places whose failed authentications are counted apart.
  package static let failedLoginSources = 4_096
  /// Different refusals that are written to the audit at a time, and how often that is done.
  package static let refusalsPerWrite = 64
  package static let refusalDelayMilliseconds: Int64 = 1_000
  /// Rounds of key derivation (PBKDF2) for new passwords: what each guess costs.
  package static let passwordIterations = 100_000
  /// How long finishing what is in flight may take after SIGTERM.
  package static let drainMilliseconds: Int64 = 30_000
  /// How long a session may go on before its token is looked up again.
  package static let tokenRecheckMilliseconds: Int64 = 10_000
  /// How long a connection says nothing before its token is looked up without being asked anything.
  package static let silenceMilliseconds: Int64 = 2_000
  /// Tokens of silent sessions that are looked up in one second.
  package static let tokenRechecksPerSweep = 256
  /// Connections that the kernel keeps for a listener until they are accepted.
  package static let listenBacklog: Int32 = 1_024
  /// Rounds of jobs in one turn of the loop, before I/O gets its turn.
  package static let roundsPerTurn = 8

  // MARK: Overload
  /// Requests that the server works on at once, answers that stream apart, and how many of them may
  /// be of one command. Every queue behind these is longer.
  package static let requestsUnderWay = 2_048
  package static let requestsOfCommand = 1_024
  /// How long a connection waits for room for its next request, before that is told `busy.queue`, and
  /// how often it is looked who has waited for so long.
  package static let roomWaitMilliseconds: Int64 = 2_000
  package static let roomTickMilliseconds: Int64 = 20

  // MARK: Commands
  /// Arguments of one request.
  package static let arguments = 64
  /// Conditions that one request may put on one filter.
  package static let filterConditions = 8
  /// Rows of one answer unless `limit=` says otherwise.
  package static let defaultRows = 100
  /// The largest `limit=`, but for `limit=all`, whose rows stream.
  package static let rows = 10_000
  /// Longest idempotency key, in bytes.
  package static let keyBytes = 64
  /// How long a key is remembered, in days; how often old ones are looked for while the server writes,
  /// and how many are forgotten at a time.
  package static let keyDays: Int64 = 30
  package static let keyExpiryMilliseconds: Int64 = 3_600_000
  package static let keysPerExpiry: Int64 = 5_000
  /// The longest that a token may hold, in days.
  package static let tokenDays: Int64 = 3_650
  /// Longest text argument, in characters.
  package static let textCharacters = 2_000

  // MARK: The database
  /// Connections that carry everybody's short reads, pipelined.
  package static let sharedReadConnections = 2
  /// Connections on loan to one transaction or long read each.
  package static let loanedConnections = 8
  /// Requests waiting for a connection, and how long one may wait.
  package static let connectionQueueLength = 4_096
  package static let connectionQueueMilliseconds: Int64 = 5_000
  /// Short reads queued on one shared connection.
  package static let sharedReadsInFlight = 4_096
  /// Connections for lists that stream, one each. More lists than that wait in a queue.
  package static let streamConnections = 4
  /// Bytes of a streamed list that are read, at most, before they are written out.
  package static let copyBytes = 65_536
  /// How long a streamed list may take in all, its reader's pauses included.
  package static let copyMilliseconds: Int64 = 3_600_000
  /// Transactions that clients may hold open at once. More than that wait in a queue.
  package static let openTransactions = 4
  /// How long such a transaction may be left alone, and how long it may take in all.
  package static let transactionIdleMilliseconds: Int64 = 10_000
  package static let transactionMilliseconds: Int64 = 60_000
  /// How long one statement may run.
  package static let statementMilliseconds = 30_000
  /// How long one may wait for what somebody else is changing: longer than a transaction may be left alone,
  /// and twice within a statement, as who comes second waits for the first and then for what it waited for.
  package static let lockMilliseconds = 12_000
  /// How long the database may be silent at a time while a connection is being made.
  package static let connectMilliseconds: Int64 = 10_000
  /// How often it may be: it answers in some ten steps.
  package static let connectSteps = 100
  /// Attempts of one transaction that fails to serialize or deadlocks.
  package static let transactionAttempts = 10
  /// Requests executed as one batch on a hot path.
  package static let batchRequests = 256
  /// Requests of a hot path under way, and how long one may wait for its batch to begin.
  package static let batchQueueLength = 4_096
  package static let batchQueueMilliseconds: Int64 = 5_000
  /// Times that a write under a key is sent when its connection breaks.
  package static let lostConnectionAttempts = 3
  /// Times that a read is sent again because a neighbour's failure kept its statement from being
  /// prepared.
  package static let unpreparedAttempts = 10
  /// How long a connection trusts what it found of its server's durability.
  package static let durabilityRecheckMilliseconds: Int64 = 10_000

  /// How long the databases have to say how they are.
  package static let statusMilliseconds: Int64 = 2_000

  // MARK: The audit
  /// How long after a write its entry is sealed, together with what else has been written; while
  /// writing goes on, sealing rests for longer if it takes longer.
  package static let sealDelayMilliseconds: Int64 = 100
  /// How often, at least, it is tried again while a transaction that goes on holds up sealing.
  package static let sealHeldUpMilliseconds: Int64 = 2_000
  /// How often, at least, it is tried again while the database is not there.
  package static let sealRetryMilliseconds: Int64 = 30_000
  /// How often an idle server looks whether another process has left something unsealed.
  package static let sealIdleMilliseconds: Int64 = 60_000
  /// Seals that are recomputed by one statement; each is over at most 4096 entries.
  package static let sealsPerCheck: Int64 = 16

  // MARK: Watches
  /// Watches that the server has open at once, and one connection of it: there is always room for the
  /// request that cancels them.
  package static let watches = 128
  package static let watchesOfConnection = 8
  /// Changes that one watch takes at a time, and the numbers of changes that it looks through.
  package static let watchRows: Int64 = 500
  package static let watchWindow: Int64 = 10_000
  /// How often it is looked for changes whatever was notified, and who watches is looked up again.
  package static let watchLookMilliseconds: Int64 = 2_000
  /// How long a watch says nothing before it says where it is.
  package static let watchSilenceMilliseconds: Int64 = 30_000
  /// How long after its end the connection that listens for notifications is made again.
  package static let listenRetryMilliseconds: Int64 = 1_000

  // MARK: Supervision
  /// A request that takes this long has a line in the log; at most so many have one in a second.
  package static let slowRequestMilliseconds: Int64 = 1_000
  package static let slowRequestsLogged = 10
  /// How long a server has to show that it is well.
  package static let healthMilliseconds: Int64 = 5_000

  // MARK: The console
  /// Longest literal of a script, in bytes: it is in memory while it is sent.
  package static let scriptLiteralBytes = 268_435_456
  /// Fewest characters of a new password.
  package static let passwordCharacters = 12
  /// Lines of history that are kept.
  package static let historyLines: Int32 = 2_000
}
