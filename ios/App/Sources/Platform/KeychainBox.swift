import Foundation
import Security

/// Small texts that outlive the app: after a reinstall the rep need not type the server's address again. No secret of the
/// core is here; those lie in its file under the system's protection.
struct KeychainBox {
    static let server = KeychainBox(account: "server")

    let account: String

    func read() -> String? {
        var query = base
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        guard SecItemCopyMatching(query as CFDictionary, &found) == errSecSuccess else { return nil }
        return (found as? Data).flatMap { String(data: $0, encoding: .utf8) }
    }

    /// Best effort: without it the address is typed.
    func write(_ text: String) {
        let value = [kSecValueData: Data(text.utf8)]
        let status = SecItemUpdate(base as CFDictionary, value as CFDictionary)
        guard status == errSecItemNotFound else { return }
        var item = base
        item[kSecValueData] = Data(text.utf8)
        // Not on another phone, and readable when the phone is locked again after a restart.
        item[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        SecItemAdd(item as CFDictionary, nil)
    }

    private var base: [CFString: Any] {
        [kSecClass: kSecClassGenericPassword, kSecAttrService: "app.xundian.phone", kSecAttrAccount: account]
    }
}
