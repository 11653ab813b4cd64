import XundianCore

/// What came back from the camera.
public enum Shot: Sendable, Equatable {
    case taken(Data)
    /// The rep took none.
    case turnedBack
    /// What came is no picture.
    case unreadable

    public var photo: Data? {
        if case .taken(let photo) = self { photo } else { nil }
    }
}
