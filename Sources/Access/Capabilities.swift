import CommandLanguage

/// Every capability there is. Areas read theirs from here, so that roles can be seen whole.
extension Capability {
  package static let communitiesRead = Capability("communities.read")
  package static let communitiesManage = Capability("communities.manage")
  package static let membershipsManage = Capability("memberships.manage")
  package static let duesManage = Capability("dues.manage")
  package static let initiativesRead = Capability("initiatives.read")
  package static let initiativesManage = Capability("initiatives.manage")
  package static let initiativesReport = Capability("initiatives.report")
  package static let initiativesApprove = Capability("initiatives.approve")
  package static let initiativesReopen = Capability("initiatives.reopen")
  package static let fundsRead = Capability("funds.read")
  package static let fundsManage = Capability("funds.manage")
  package static let grantsRead = Capability("grants.read")
  package static let grantsManage = Capability("grants.manage")
  /// What a director alone decides: activation, suspension, termination, waivers.
  package static let grantsDirect = Capability("grants.direct")
  package static let grantsPay = Capability("grants.pay")
  package static let conferencesRead = Capability("conferences.read")
  package static let conferencesManage = Capability("conferences.manage")
  package static let registrationsRead = Capability("registrations.read")
  package static let registrationsManage = Capability("registrations.manage")
  package static let exchangesRead = Capability("exchanges.read")
  package static let exchangesManage = Capability("exchanges.manage")
  package static let auditRead = Capability("audit.read")
  package static let accessManage = Capability("access.manage")
}

/// What a person does in the network's office; each role grants capabilities.
package enum Role: String, Sendable, CaseIterable, ParameterValue {
  case admin, director
  case programOfficer = "program-officer"
  case finance, reviewer, organizer, desk
  case exchangeCoordinator = "exchange-coordinator"
  case safeguarding, reporter

  package static let typeName = "role"

  /// What the role may do.
  package var capabilities: Set<Capability> {
    switch self {
    case .admin: Self.everyone.union(Self.administration)
    case .director:
      Self.everyone.union([
        .communitiesManage, .membershipsManage, .duesManage, .initiativesManage,
        .initiativesReport, .initiativesApprove, .initiativesReopen, .fundsManage, .grantsManage,
        .grantsDirect, .conferencesManage, .registrationsRead, .auditRead,
      ])
    case .programOfficer:
      Self.everyone.union([
        .communitiesManage, .membershipsManage, .initiativesManage, .initiativesReport,
        .initiativesApprove, .grantsManage,
      ])
    case .finance: Self.everyone.union([.duesManage, .fundsManage, .grantsPay, .auditRead])
    case .reviewer: Self.everyone
    case .organizer:
      Self.everyone.union([.conferencesManage, .registrationsRead, .registrationsManage])
    case .desk: [.conferencesRead, .registrationsRead, .registrationsManage]
    case .exchangeCoordinator: [.communitiesRead, .exchangesRead, .exchangesManage]
    case .safeguarding: [.communitiesRead, .exchangesRead, .auditRead]
    case .reporter: Self.everyone.union([.initiativesReport])
    }
  }

  /// What all staff may read: nothing about minors, and nobody's registration.
  private static let everyone: Set<Capability> = [
    .communitiesRead, .initiativesRead, .fundsRead, .grantsRead, .conferencesRead,
  ]

  private static let administration: Set<Capability> = [
    .communitiesManage, .membershipsManage, .duesManage, .initiativesManage, .initiativesReport,
    .initiativesApprove, .initiativesReopen, .fundsManage, .grantsManage, .grantsDirect,
    .grantsPay, .conferencesManage,
    .registrationsRead, .registrationsManage,
    .exchangesRead, .exchangesManage, .auditRead, .accessManage,
  ]
}
