// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: dependencies + ["Fixtures"], swiftSettings: strict)
}

let package = Package(
    name: "remanso",
    products: [
        .executable(name: "remanso", targets: ["remanso"]),
        .executable(name: "remanso-freezer", targets: ["remanso-freezer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2")
    ],
    targets: [
        .target(name: "CLinux"),
        room("Linux", ["CLinux"]),
        room("Messages", []),
        room("Configuration", ["Applications", "Messages", "Yams"]),
        room("Scripts", ["Linux", "Messages"]),
        room("Freezing", ["CLinux", "Linux", "Messages"]),
        // Without shared libraries there is less to lock in memory, and nothing of it to read from a frozen disk.
        .executableTarget(
            name: "remanso-freezer", dependencies: ["CLinux"], swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-static-executable"], .when(configuration: .release))]),
        room("Images", ["Linux", "Messages"]),
        .systemLibrary(name: "CBpf"),
        .target(name: "CBlockTracking"),
        // Compiles the program that runs in the kernel.
        .plugin(name: "CompileTracker", capability: .buildTool()),
        .target(
            name: "BlockTracking", dependencies: ["CBlockTracking", "CBpf", "CLinux", "Linux", "Messages"],
            swiftSettings: strict, plugins: ["CompileTracker"]),
        room("Snapshots", ["BlockTracking", "CLinux", "Images", "Linux", "Messages"]),
        room("Vault", ["Linux", "Messages"]),
        .systemLibrary(name: "CCrypto"),
        .systemLibrary(name: "CCurl"),
        .systemLibrary(name: "CZstd"),
        .target(name: "CImageVault"),
        room("ImageVault", ["CCrypto", "CCurl", "CImageVault", "CZstd", "Images", "Linux", "Messages"]),
        room("NativeVault", ["ImageVault", "Linux", "Messages", "Vault"]),
        room("Applications", ["Linux", "Messages"]),
        room("Mounting", ["Linux", "Messages", "Vault"]),
        room("Drills", ["Applications", "Linux", "Messages", "Mounting", "Runs", "Vault"]),
        room(
            "Runs",
            [
                "Applications", "BlockTracking", "CLinux", "Freezing", "ImageVault", "Images", "Linux", "Messages",
                "Mounting",
                "NativeVault", "Scripts", "Snapshots", "Vault",
            ]),
        room(
            "Commands",
            [
                "Applications", "BlockTracking", "Configuration", "Drills", "Freezing", "Linux", "Messages", "Mounting",
                "Runs", "Scripts", "Snapshots", "Vault",
            ]),
        .executableTarget(name: "remanso", dependencies: ["Commands"], swiftSettings: strict),
        .target(
            name: "Fixtures", dependencies: ["CLinux", "Images", "Linux", "Messages"], path: "Tests/Fixtures",
            swiftSettings: strict),
        tests("Linux", ["Linux"]),
        tests("Messages", ["Messages"]),
        tests("Commands", ["Applications", "Commands", "Configuration", "Linux", "Messages", "Runs", "Scripts"]),
        tests("Configuration", ["Applications", "Configuration", "Messages"]),
        tests("Scripts", ["Linux", "Messages", "Scripts"]),
        tests("Freezing", ["CLinux", "Freezing", "Linux", "Messages"]),
        tests("Snapshots", ["BlockTracking", "Freezing", "Images", "ImageVault", "Linux", "Messages", "Snapshots"]),
        tests("Applications", ["Applications", "Linux", "Messages"]),
        tests("Drills", ["Applications", "Drills", "ImageVault", "Linux", "Messages", "NativeVault", "Runs", "Vault"]),
        // The room as a program with recipes of its own, for tests that watch it and kill it.
        .executableTarget(
            name: "drill-tool", dependencies: ["Applications", "Drills", "Linux", "Messages", "Runs", "Vault"],
            path: "Tests/DrillTool", swiftSettings: strict),
        tests("Vault", ["Linux", "Messages", "Vault"]),
        tests("BlockTracking", ["BlockTracking", "CLinux", "Linux", "Messages"]),
        // The room as a program, for tests that kill it, for other kernels and for measurements.
        .executableTarget(
            name: "tracking-tool", dependencies: ["BlockTracking", "CLinux", "Linux", "Messages"],
            path: "Tests/TrackingTool", swiftSettings: strict),
        tests("ImageVault", ["ImageVault", "Images", "Linux", "Messages"]),
        tests("NativeVault", ["ImageVault", "Linux", "Messages", "NativeVault", "Vault"]),
        // The room as a program, for tests that kill it and for measurements.
        .executableTarget(
            name: "image-vault-tool",
            dependencies: ["ImageVault", "Images", "Linux", "Messages", "NativeVault", "Vault"],
            path: "Tests/ImageVaultTool",
            swiftSettings: strict),
        // The provider of images as a program, for tests that kill it and for measurements.
        .executableTarget(
            name: "precopy-tool",
            dependencies: ["BlockTracking", "CLinux", "Freezing", "Images", "Linux", "Messages", "Snapshots"],
            path: "Tests/PrecopyTool", swiftSettings: strict),
        // Holds one application, for tests that kill it.
        .executableTarget(
            name: "application-tool", dependencies: ["Applications", "Linux", "Messages"],
            path: "Tests/ApplicationTool", swiftSettings: strict),
        tests("Runs", ["Freezing", "Linux", "Messages", "Runs", "Scripts", "Snapshots", "Vault"]),
        .testTarget(
            name: "Privileged",
            dependencies: [
                "Fixtures", "Freezing", "ImageVault", "Linux", "Messages", "Mounting", "NativeVault", "Runs", "Vault",
            ],
            path: "Tests/Privileged", swiftSettings: strict),
    ]
)
