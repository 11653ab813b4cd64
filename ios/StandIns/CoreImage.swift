import UIKit

public final class CIImage {
    public var extent: CGRect { .zero }
    public func transformed(by transform: CGAffineTransform) -> CIImage { self }
}
public final class CIFilter {
    public init?(name: String, parameters: [String: Any]?) { return nil }
    public var outputImage: CIImage? { nil }
}
public final class CIContext {
    public init() {}
    public func createCGImage(_ image: CIImage, from: CGRect) -> CGImage? { nil }
}
