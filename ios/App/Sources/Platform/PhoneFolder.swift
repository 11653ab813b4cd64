import Foundation

/// Where the phone's file and its photos lie.
enum PhoneFolder {
    static let url: URL = {
        let base = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask)[0]
        return base.appendingPathComponent("Xundian", isDirectory: true)
    }()

    /// Readable in the background after the first unlock, and in no cloud backup: a copy on another phone would send the
    /// same facts twice.
    static func prepare() throws {
        let manager = FileManager.default
        try manager.createDirectory(
            at: url, withIntermediateDirectories: true,
            attributes: [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication])
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        var folder = url
        try folder.setResourceValues(values)
    }

    /// Bytes of everything in it.
    static func size() -> UInt64 {
        let files = FileManager.default.enumerator(at: url, includingPropertiesForKeys: [.fileSizeKey])
        var sum: UInt64 = 0
        while let file = files?.nextObject() as? URL {
            sum += UInt64((try? file.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0)
        }
        return sum
    }
}
