/// A small text that the phone keeps beside the file: it is there after a kill of the app, and in no backup.
public protocol KeptText: Sendable {
    func read() -> String?
    /// Whether it is there now.
    @discardableResult
    func write(_ text: String) -> Bool
}
