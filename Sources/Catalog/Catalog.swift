import Access
import Conferences
import Directory
import Exchanges
import Grants
import Initiatives

/// The whole of the product's commands: the only place that knows every area.
package enum Catalog {
  /// Every area, in the order of the documentation.
  package static let areas: [Area] = [.session] + dataAreas

  /// Those that have data of their own.
  static let dataAreas: [Area] = [
    .access, .directory, .initiatives, .grants, .conferences, .exchanges,
  ]
}
