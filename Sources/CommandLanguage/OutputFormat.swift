/// How rows are written.
package enum OutputFormat: String, Sendable, CaseIterable {
  /// Tab-separated, escaped as PostgreSQL's COPY text.
  case tsv
  /// RFC 4180.
  case csv
  /// One JSON object per row and line.
  case json
  /// Aligned columns for a person's eyes.
  case table
  /// One field per line, for rows too wide for a table.
  case expanded
  /// A GitHub-flavoured Markdown table.
  case markdown
}
