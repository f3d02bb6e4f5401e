import Glibc

/// The target that the environment names.
private let chosen: FuzzTarget? = {
  let name = getenv("SISTER_FUZZ_TARGET").map { String(cString: $0) }
  return ([FuzzTarget.control] + FuzzTarget.all).first { $0.name == name }
}()

/// What libFuzzer calls with each input. `Scripts/fuzz` links its main function; in tests nobody
/// calls this.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let chosen else { fatalError("SISTER_FUZZ_TARGET names no target") }
  do throws(Violation) {
    try chosen.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
  } catch {
    fatalError(error.message)
  }
  return 0
}
