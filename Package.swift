// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target of the package is compiled alike: language mode 6, warnings are errors,
/// and a nonisolated asynchronous function stays on its caller's executor (one loop, no hops).
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

func system(_ name: String, _ debianPackage: String, pkgConfig: String? = nil) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([debianPackage])])
}

let areas: [Target.Dependency] = ["Directory", "Initiatives", "Grants", "Conferences", "Exchanges"]

let package = Package(
  name: "sister",
  products: [.executable(name: "sister", targets: ["sister"])],
  targets: [
    system("CLibPQ", "libpq-dev", pkgConfig: "libpq"),
    system("CLibEvent", "libevent-dev"),
    system("CISAL", "libisal-dev"),
    system("COpenSSL", "libssl-dev"),
    system("CReadline", "libreadline-dev"),
    system("CUTF8Proc", "libutf8proc-dev"),

    .target(name: "Schema", path: "Schema", exclude: ["Migrations", "Routines", "Demo"]),
    library("Foundations", []),
    library("Security", ["COpenSSL"]),
    library("EventLoop", ["CLibEvent", "Foundations", "Security"]),
    library("Postgres", ["EventLoop", "Foundations", "CLibPQ", "COpenSSL"]),
    library("CommandLanguage", ["Foundations"]),
    library("Rendering", ["CommandLanguage", "CUTF8Proc"]),
    library("Access", ["CommandLanguage", "Postgres", "Security", "COpenSSL"]),
    library("Directory", ["Access"]),
    library("Initiatives", ["Access"]),
    library("Grants", ["Access"]),
    library("Conferences", ["Access"]),
    library("Exchanges", ["Access"]),
    library("Catalog", areas + ["Access", "Schema"]),
    library("LineProtocol", ["CommandLanguage", "Rendering", "CISAL"]),
    library("Server", ["Access", "LineProtocol"]),
    library("Console", ["LineProtocol", "Security", "CReadline"]),
    .executableTarget(
      name: "sister", dependencies: ["Catalog", "Server", "Console"], swiftSettings: settings),
    .executableTarget(
      name: "sister-bench", dependencies: ["Catalog", "CLibEvent"], swiftSettings: settings),

    .target(
      name: "TestSupport",
      dependencies: ["Catalog", "LineProtocol", "Server", "Security", "CLibPQ", "COpenSSL"],
      path: "Tests/TestSupport", swiftSettings: settings),
    .target(
      name: "Fuzzing", dependencies: ["LineProtocol", "Security", "COpenSSL"],
      path: "Tests/Fuzzing", exclude: ["Seeds"], swiftSettings: settings),
    .target(name: "SeededInputs", path: "Tests/SeededInputs", swiftSettings: settings),
    tests("FuzzingTests", ["Fuzzing", "SeededInputs"]),
    tests("CommandLanguageTests", ["CommandLanguage", "SeededInputs"]),
    tests("SecurityTests", ["TestSupport", "SeededInputs", "Security", "COpenSSL"]),
    tests("LineProtocolTests", ["LineProtocol", "SeededInputs"]),
    tests("PostgresTests", ["TestSupport", "Postgres"]),
    tests("RenderingTests", ["Rendering"]),
    tests("ConsoleTests", ["TestSupport", "Console"]),
    tests("ServerTests", ["TestSupport", "SeededInputs", "Server"], exclude: ["Golden"]),
    tests("AccessTests", ["TestSupport", "Access"]),
    tests("DirectoryTests", ["TestSupport", "SeededInputs", "Directory"]),
    tests("InitiativesTests", ["TestSupport", "SeededInputs", "Initiatives"]),
    tests("GrantsTests", ["TestSupport", "Grants"]),
    tests("ExchangesTests", ["TestSupport", "SeededInputs", "Exchanges"]),
    tests("CatalogTests", ["TestSupport", "Catalog", "Rendering", "sister"], exclude: ["Golden"]),
    tests("CrashTests", ["TestSupport", "Postgres", "EventLoop", "sister"]),
    tests(
      "ProgramTests",
      [
        "TestSupport", "SeededInputs", "Fuzzing", "Foundations", "Catalog", "Access", "Postgres",
        "Rendering",
        "sister",
      ]),
    tests("ConferencesTests", ["TestSupport", "Conferences"]),
  ],
  swiftLanguageModes: [.v6]
)
