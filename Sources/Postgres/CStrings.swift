import Glibc

/// Lends optional strings as a NULL-terminated array of C strings, as libpq and POSIX take them.
func withCStrings<Result>(
  _ strings: [String?],
  _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  withUnsafeTemporaryAllocation(
    of: UnsafeMutablePointer<CChar>?.self, capacity: strings.count + 1
  ) { pointers in
    for (index, string) in strings.enumerated() {
      pointers.initializeElement(at: index, to: string.flatMap { strdup($0) })
    }
    pointers.initializeElement(at: strings.count, to: nil)
    defer { for pointer in pointers { free(pointer) } }
    guard let start = pointers.baseAddress else { fatalError("an allocation has an address") }
    return body(start)
  }
}

/// Lends optional strings as libpq takes them, which changes none of them.
func withConstantCStrings<Result>(
  _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  withCStrings(strings) { pointers in
    pointers.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: strings.count + 1) {
      body($0)
    }
  }
}
