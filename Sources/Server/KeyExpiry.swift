import Access
import CommandLanguage
import EventLoop
import Foundations

/// Forgets, now and then while there are writes, the keys of writes that nobody will send again.
@EventLoop
final class KeyExpiry {
  private let service: Service
  private var dueAt: Int64 = 0

  /// What forgets this service's keys, from its first write on.
  init(_ service: Service) { self.service = service }

  /// Something was written at this moment.
  func noteWrite(at now: Int64) {
    guard now >= dueAt else { return }
    dueAt = now + Limits.keyExpiryMilliseconds
    EventLoop.task { await self.forget() }
  }

  private func forget() async {
    do throws(DomainError) {
      // A few at a time: whoever uses a key meanwhile waits for no more than those.
      while try await service.forgetKeys() == Limits.keysPerExpiry {}
    } catch {
      Log.error("old keys could not be forgotten", [("code", "\(error.code)")])
    }
  }
}
