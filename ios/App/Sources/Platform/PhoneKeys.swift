import Foundation
import XundianKit

/// The secrets of the phone's keys lie in the Keychain, on this phone alone; the core's file has the names under which they
/// lie there. They can be read while the phone is locked: what waits is sent in the background, too.
final class PhoneKeys: KeyStore {
    func wrap(secret: Data) throws -> Data {
        let name = UUID().uuidString
        guard Self.box(name).write(secret.base64EncodedString()) else {
            throw ShellError.Failed(reason: "the keychain takes nothing")
        }
        return Data(name.utf8)
    }

    func unwrap(wrapped: Data) throws -> Data {
        guard let name = String(data: wrapped, encoding: .utf8), let text = Self.box(name).read(),
            let secret = Data(base64Encoded: text)
        else { throw ShellError.Failed(reason: "not in the keychain of this phone") }
        return secret
    }

    private static func box(_ name: String) -> KeychainBox { KeychainBox(account: "key." + name) }
}
