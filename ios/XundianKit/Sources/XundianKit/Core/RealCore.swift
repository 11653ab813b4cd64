import XundianCore

/// Opens the phone's file with the clocks, the key store, the position, the network and the listener of this device.
public enum RealCore {
    static let fileName = "phone.sqlite"

    /// The file under a folder of the app; photos lie beside it.
    public static func file(in folder: URL) -> String {
        folder.appendingPathComponent(fileName).path
    }

    /// Blocks for some milliseconds; touches no network.
    public static func open(
        folder: URL,
        clocks: any Clocks = PhoneClocks(),
        keys: (any KeyStore)? = nil,
        position: (any Position)? = nil,
        network: (any NetworkState)? = nil,
        watcher: (any Watcher)? = nil
    ) throws -> RepPhone {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try RepPhone.open(
            path: file(in: folder), clocks: clocks, keys: keys, position: position, network: network, watcher: watcher)
    }
}
