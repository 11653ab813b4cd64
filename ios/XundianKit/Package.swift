// swift-tools-version: 6.0
import Foundation
import PackageDescription

// Phones link the XCFramework that `cargo xtask ios` puts here; Linux tests link the shared library. Its presence
// decides: nobody edits this file to switch.
let framework = "Frameworks/XundianCoreFFI.xcframework"
let hasFramework = FileManager.default.fileExists(atPath: Context.packageDirectory + "/" + framework)

let ffi: Target = hasFramework
    ? .binaryTarget(name: "XundianCoreFFI", path: framework)
    : .systemLibrary(name: "XundianCoreFFI", path: "Sources/XundianCoreFFI")

let package = Package(
    name: "XundianKit",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "XundianKit", targets: ["XundianKit"])],
    targets: [
        ffi,
        .target(
            name: "XundianCore",
            dependencies: ["XundianCoreFFI"],
            linkerSettings: [.linkedLibrary("xundian_ffi", .when(platforms: [.linux]))]
        ),
        .target(name: "XundianKit", dependencies: ["XundianCore"]),
        // The generated fake lies in Generated/, which ios/test.sh fills.
        .testTarget(name: "XundianKitTests", dependencies: ["XundianKit", "XundianCore"]),
    ],
    swiftLanguageModes: [.v6]
)
