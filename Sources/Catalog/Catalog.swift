import Access
import Conferences
import Directory
import Initiatives

/// The whole of the product's commands: the only place that knows every area.
package enum Catalog {
  /// Every area, in the order of the documentation.
  package static let areas: [Area] = [
    .session, .access, .directory, .initiatives, .conferences,
  ]
}
