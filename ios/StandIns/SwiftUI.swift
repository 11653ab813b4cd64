@_exported import Foundation
@_exported import Observation
@_exported import UIKit

// MARK: Views and builders

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError() }
}

public protocol Leaf: View where Body == Never {}
extension Leaf { public var body: Never { fatalError() } }

public struct Several: Leaf {}
public struct EmptyView: Leaf { nonisolated public init() {} }
public struct Either<First: View, Second: View>: Leaf {}
extension Optional: View where Wrapped: View { public var body: Never { fatalError() } }

@resultBuilder public struct ViewBuilder {
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<V: View>(_ view: V) -> V { view }
    @_disfavoredOverload public static func buildBlock<each V: View>(_ views: repeat each V) -> Several { fatalError() }
    public static func buildExpression<V: View>(_ view: V) -> V { view }
    public static func buildIf<V: View>(_ view: V?) -> V? { view }
    public static func buildEither<F: View, S: View>(first: F) -> Either<F, S> { fatalError() }
    public static func buildEither<F: View, S: View>(second: S) -> Either<F, S> { fatalError() }
}

@MainActor public protocol ToolbarContent {}
public struct ToolbarItem<V: View>: ToolbarContent {
    public init(placement: ToolbarItemPlacement, @ViewBuilder content: () -> V) {}
}
public struct ToolbarItemPlacement: Sendable { public static let primaryAction = Self() }

// MARK: The app

@MainActor @preconcurrency public protocol Scene {}
@resultBuilder public struct SceneBuilder {
    public static func buildBlock<S: Scene>(_ scene: S) -> S { scene }
}
@MainActor @preconcurrency public protocol App {
    associatedtype Body: Scene
    @SceneBuilder var body: Body { get }
    init()
}
extension App { public static func main() {} }
public struct WindowGroup<V: View>: Scene { public init(@ViewBuilder content: () -> V) {} }
public struct BackgroundTask: Sendable { public static func appRefresh(_ identifier: String) -> Self { fatalError() } }
public enum ScenePhase: Sendable { case background, inactive, active }
extension Scene {
    public func onChange<T: Equatable>(of value: T, _ act: @escaping (T, T) -> Void) -> some Scene { self }
    public func backgroundTask(_ task: BackgroundTask, act: @escaping @Sendable () async -> Void) -> some Scene { self }
}

// MARK: Property wrappers

@propertyWrapper public struct State<T> {
    public init(wrappedValue: T) { fatalError() }
    public init(initialValue: T) { fatalError() }
    public var wrappedValue: T { get { fatalError() } nonmutating set {} }
    public var projectedValue: Binding<T> { fatalError() }
}
@propertyWrapper @dynamicMemberLookup public struct Binding<T> {
    public init(get: @escaping @MainActor () -> T, set: @escaping @MainActor (T) -> Void) {}
    public var wrappedValue: T { get { fatalError() } nonmutating set {} }
    public var projectedValue: Binding<T> { self }
    public subscript<P>(dynamicMember path: WritableKeyPath<T, P>) -> Binding<P> { fatalError() }
}
@propertyWrapper @dynamicMemberLookup public struct Bindable<T: AnyObject> {
    public init(wrappedValue: T) {}
    public var wrappedValue: T { fatalError() }
    public var projectedValue: Bindable<T> { self }
    public subscript<P>(dynamicMember path: ReferenceWritableKeyPath<T, P>) -> Binding<P> { fatalError() }
}
@propertyWrapper public struct AppStorage<T> {
    public init(wrappedValue: T, _ key: String) where T == String {}
    public var wrappedValue: T { get { fatalError() } nonmutating set {} }
    public var projectedValue: Binding<T> { fatalError() }
}
@propertyWrapper public struct Environment<T> {
    public init(_ path: KeyPath<EnvironmentValues, T>) {}
    public var wrappedValue: T { fatalError() }
}
public protocol EnvironmentKey {
    associatedtype Value
    static var defaultValue: Value { get }
}
public struct DismissAction: Sendable { @MainActor public func callAsFunction() {} }
public enum ColorScheme: Sendable { case light, dark }
public enum DynamicTypeSize: Sendable {
    case large, accessibility1
    public var isAccessibilitySize: Bool { fatalError() }
}
public struct EnvironmentValues {
    public subscript<K: EnvironmentKey>(key: K.Type) -> K.Value { get { fatalError() } set {} }
    public var dismiss: DismissAction { fatalError() }
    public var scenePhase: ScenePhase { fatalError() }
    public var dynamicTypeSize: DynamicTypeSize { fatalError() }
    public var colorScheme: ColorScheme { get { fatalError() } set {} }
    public var locale: Locale { get { fatalError() } set {} }
}

// MARK: Styles

public protocol ShapeStyle {}
public struct Color: View, ShapeStyle, Sendable {
    public typealias Body = Never
    public var body: Never { fatalError() }
    nonisolated public init(uiColor: UIColor) {}
    nonisolated public func opacity(_ share: Double) -> Color { self }
    nonisolated private init() {}
    nonisolated public static let primary = Color(), accentColor = Color(), white = Color(), black = Color()
}
extension ShapeStyle where Self == Color { public static var white: Color { fatalError() } }
public struct Material: ShapeStyle, Sendable {}
extension ShapeStyle where Self == Material {
    public static var bar: Material { fatalError() }
    public static var thinMaterial: Material { fatalError() }
}
public struct Font: Sendable {
    public enum Weight: Sendable { case regular, bold }
    public enum TextStyle: Sendable { case largeTitle }
    public enum Design: Sendable { case monospaced }
    public static let largeTitle = Font(), title2 = Font(), title3 = Font(), headline = Font(), subheadline = Font()
    public static let caption = Font(), footnote = Font()
    public static func system(_ style: TextStyle, design: Design) -> Font { Font() }
    public func bold() -> Font { self }
    public func italic() -> Font { self }
    public func weight(_ weight: Weight) -> Font { self }
    public func monospacedDigit() -> Font { self }
}
public protocol Shape: View {}
public struct Circle: Shape, Leaf { public init() {} }
public struct Rectangle: Shape, Leaf { public init() {} }
public struct Capsule: Shape, Leaf { public init() {} }
public struct RoundedRectangle: Shape, Leaf { public init(cornerRadius: CGFloat) {} }
public struct Path: Shape, Leaf {
    public init(_ draw: (inout Path) -> Void) {}
    public mutating func move(to point: CGPoint) {}
    public mutating func addLine(to point: CGPoint) {}
}
extension Shape {
    public func fill<S: ShapeStyle>(_ style: S) -> some View { self }
    public func stroke<S: ShapeStyle>(_ style: S, lineWidth: CGFloat) -> some View { self }
}

public enum HorizontalAlignment: Sendable { case leading, center, trailing }
public enum VerticalAlignment: Sendable { case top, center, bottom }
public enum Alignment: Sendable { case leading, center }
public enum Edge: Sendable { case leading, top, bottom }
public struct Axis: Sendable {
    public static let vertical = Self()
    public struct Set: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let horizontal = Set(rawValue: 1), vertical = Set(rawValue: 2)
    }
}
public enum EdgeSet: Sendable { case horizontal, vertical }
public enum ControlSize: Sendable { case regular, large }
public enum ContentMode: Sendable { case fit, fill }
public enum Visibility: Sendable { case visible, hidden }
public enum ButtonRole: Sendable { case cancel, destructive }
public struct ButtonStyleName: Sendable {
    public static let bordered = Self(), borderedProminent = Self(), borderless = Self(), plain = Self()
}
public struct PickerStyleName: Sendable { public static let segmented = Self(), menu = Self() }
public struct ListStyleName: Sendable { public static let plain = Self() }
public struct PresentationDetent: Hashable, Sendable {
    private let name: String
    public static let medium = Self(name: "m"), large = Self(name: "l")
}
