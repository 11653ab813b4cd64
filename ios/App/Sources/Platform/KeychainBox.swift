import Foundation
import Security
import XundianKit

/// Small texts that outlive the app: after a reinstall the rep need not type the server's address again, and still has the code
/// that opens the journal.
struct KeychainBox: KeptText {
    static let server = KeychainBox(account: "server")
    static let recoveryCode = KeychainBox(account: "recovery-code")

    let account: String

    func read() -> String? {
        var query = base
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        guard SecItemCopyMatching(query as CFDictionary, &found) == errSecSuccess else { return nil }
        return (found as? Data).flatMap { String(data: $0, encoding: .utf8) }
    }

    /// Whether it is there now.
    @discardableResult
    func write(_ text: String) -> Bool {
        let value = [kSecValueData: Data(text.utf8)]
        let status = SecItemUpdate(base as CFDictionary, value as CFDictionary)
        guard status == errSecItemNotFound else { return status == errSecSuccess }
        var item = base
        item[kSecValueData] = Data(text.utf8)
        // Not on another phone, and readable when the phone is locked again after a restart.
        item[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        return SecItemAdd(item as CFDictionary, nil) == errSecSuccess
    }

    private var base: [CFString: Any] {
        [kSecClass: kSecClassGenericPassword, kSecAttrService: "app.xundian.phone", kSecAttrAccount: account]
    }
}
