/// "Did you mean": the closest of some words to a mistyped one.
package enum EditDistance {
  /// A longer word, in bytes, is no mistyped one.
  private static let longestWord = 64

  /// The candidate fewest edits away from `word` (insert, delete, replace, swap neighbours),
  /// if it is near enough to be worth suggesting: a third of the word's length, at least one.
  package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    guard word.utf8.count <= longestWord else { return nil }
    let bound = max(1, word.count / 3)
    var best: (distance: Int, candidate: String)?
    for candidate in candidates where candidate != word {
      let distance = between(word, candidate)
      if distance <= bound, distance < (best?.distance ?? .max) { best = (distance, candidate) }
    }
    return best?.candidate
  }

  /// Edits between two words: the optimal string alignment distance.
  package static func between(_ left: String, _ right: String) -> Int {
    let left = Array(left.prefix(64)), right = Array(right.prefix(64))
    guard !left.isEmpty else { return right.count }
    guard !right.isEmpty else { return left.count }
    var rows = [Array(0...right.count)]
    for row in 1...left.count {
      var current = [row]
      for column in 1...right.count {
        let replaced = rows[row - 1][column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
        var cost = min(rows[row - 1][column] + 1, current[column - 1] + 1, replaced)
        if row > 1, column > 1, left[row - 1] == right[column - 2],
          left[row - 2] == right[column - 1]
        {
          cost = min(cost, rows[row - 2][column - 2] + 1)
        }
        current.append(cost)
      }
      rows.append(current)
    }
    return rows[left.count][right.count]
  }
}
