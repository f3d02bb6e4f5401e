import Glibc

/// The inputs that every search starts from.
package enum Seeds {
  /// Those of a target of `Fuzzing`, in the order of their names; none where there is no such target.
  package static func of(_ target: String) -> [[UInt8]] {
    let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let folder = "/\(tests)/Fuzzing/Seeds/\(target)"
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted().compactMap { contents("\(folder)/\($0)") }
  }

  private static func contents(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    return [UInt8](unsafeUninitializedCapacity: 4_096) { bytes, count in
      count = fread(bytes.baseAddress, 1, bytes.count, file)
    }
  }
}
