import CommandLanguage

/// Somebody or something that has authenticated.
package struct Principal: Sendable, Equatable {
  /// The name the audit writes down.
  package let name: String
  package let roles: [Role]
  /// What it may ask for.
  package let limits: PrincipalLimits
  /// Everything its roles allow.
  package let capabilities: Set<Capability>

  /// A principal of this name and these roles.
  package init(name: String, roles: [Role], limits: PrincipalLimits = .none) {
    self.name = name
    self.roles = roles
    self.limits = limits
    capabilities = roles.reduce(into: []) { $0.formUnion($1.capabilities) }
  }

  /// The person at the machine itself: whoever may start the server may do everything.
  package static let owner = Principal(name: "owner", roles: [.admin])

  /// Whether the principal may run what has this requirement.
  package func may(_ requirement: Requirement) -> Bool {
    switch requirement {
    case .nothing, .authentication: true
    case .capability(let capability): capabilities.contains(capability)
    }
  }

  /// The capabilities' names, sorted, as the database gets them.
  var capabilityNames: [String] { capabilities.map(\.description).sorted() }
}
