import Foundation

public struct VNBarcodeSymbology: Hashable, Sendable { public static let qr = Self() }
public final class VNBarcodeObservation { public var payloadStringValue: String? { nil } }
open class VNRequest { public init() {} }
public final class VNDetectBarcodesRequest: VNRequest {
    public var symbologies: [VNBarcodeSymbology] = []
    public var results: [VNBarcodeObservation]? { nil }
}
public final class VNImageRequestHandler {
    public init(data: Data, options: [String: Any] = [:]) {}
    public func perform(_ requests: [VNRequest]) throws {}
}
