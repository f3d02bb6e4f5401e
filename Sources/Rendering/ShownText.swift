import CommandLanguage

extension Value {
  /// The cell as its reader would type it: nothing for null, JSON for rows within the row.
  var shownText: String {
    switch self {
    case .null: return ""
    case .text(let text): return text
    case .table(let table):
      var json: [UInt8] = []
      JSONLines.append(table, to: &json)
      return String(decoding: json, as: UTF8.self)
    }
  }
}
