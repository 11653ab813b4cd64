// MARK: Views

public struct Text: Leaf {
    public init(_ text: String) {}
    public func font(_ font: Font) -> Text { self }
    public func foregroundStyle<S: ShapeStyle>(_ style: S) -> Text { self }
    public func monospacedDigit() -> Text { self }
}
public struct Image: Leaf, Transferable {
    public enum Interpolation { case none }
    nonisolated public init(systemName: String) {}
    public func interpolation(_ kind: Interpolation) -> Image { self }
    public func resizable() -> Image { self }
    nonisolated public init(loosely: Any) {}
}
public struct Label: Leaf { public init(_ title: String, systemImage: String) {} }
public struct Spacer: Leaf { public init() {} }
public struct Divider: Leaf { public init() {} }
public struct ProgressView: Leaf {
    public init() {}
    public init(_ title: String) {}
}
public struct HStack<V: View>: Leaf {
    public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> V) {}
}
public struct VStack<V: View>: Leaf {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> V) {}
}
public struct ZStack<V: View>: Leaf { public init(@ViewBuilder content: () -> V) {} }
public struct GeometryProxy { public var size: CGSize { fatalError() } }
public struct GeometryReader<V: View>: Leaf {
    public init(@ViewBuilder content: @escaping (GeometryProxy) -> V) {}
}
public struct Group<V: View>: Leaf { public init(@ViewBuilder content: () -> V) {} }
public struct List<V: View>: Leaf { public init(@ViewBuilder content: () -> V) {} }
public struct Form<V: View>: Leaf { public init(@ViewBuilder content: () -> V) {} }
public struct ScrollView<V: View>: Leaf {
    public init(_ axes: Axis.Set = .vertical, @ViewBuilder content: () -> V) {}
}
public struct ScrollViewProxy { @MainActor public func scrollTo<ID: Hashable>(_ id: ID, anchor: UnitPoint?) {} }
public struct ScrollViewReader<V: View>: Leaf {
    public init(@ViewBuilder content: @escaping (ScrollViewProxy) -> V) {}
}
public struct ViewThatFits<V: View>: Leaf { public init(in axes: Axis.Set, @ViewBuilder content: () -> V) {} }
public struct Section<V: View>: Leaf {
    public init(@ViewBuilder content: () -> V) {}
    public init(_ title: String, @ViewBuilder content: () -> V) {}
    public init<F: View>(@ViewBuilder content: () -> V, @ViewBuilder footer: () -> F) {}
    public init<H: View>(@ViewBuilder content: () -> V, @ViewBuilder header: () -> H) {}
    public init<H: View, F: View>(
        @ViewBuilder content: () -> V, @ViewBuilder header: () -> H, @ViewBuilder footer: () -> F) {}
}
public struct ForEach<Data: RandomAccessCollection, ID: Hashable, V: View>: Leaf {
    public init(_ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> V) {}
}
extension ForEach where Data.Element: Identifiable, ID == Data.Element.ID {
    public init(_ data: Data, @ViewBuilder content: @escaping (Data.Element) -> V) {}
}
public struct Button: Leaf {
    public init(_ title: String, role: ButtonRole? = nil, action: @escaping @MainActor () -> Void) {}
    public init(_ title: String, systemImage: String, role: ButtonRole? = nil, action: @escaping @MainActor () -> Void) {}
    public init<V: View>(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> V) {}
}
public struct Menu: Leaf {
    public init<V: View>(_ title: String, systemImage: String, @ViewBuilder content: () -> V) {}
    public init<V: View, L: View>(@ViewBuilder content: () -> V, @ViewBuilder label: () -> L) {}
}
public struct Picker: Leaf {
    public init<T: Hashable, V: View>(_ title: String, selection: Binding<T>, @ViewBuilder content: () -> V) {}
}
public struct Toggle: Leaf { public init(_ title: String, isOn: Binding<Bool>) {} }
public struct TextField: Leaf {
    public init(_ title: String, text: Binding<String>) {}
    public init(_ title: String, text: Binding<String>, axis: Axis) {}
    public init(_ title: String, text: Binding<String>, prompt: Text?) {}
}
public enum DateParts: Sendable { case date }
public struct DatePicker: Leaf {
    public init(_ title: String, selection: Binding<Date>, displayedComponents: DateParts) {}
}
public struct LabeledContent: Leaf {
    public init(_ title: String, value: String) {}
    public init<V: View>(_ title: String, @ViewBuilder content: () -> V) {}
}
public struct ContentUnavailableView: Leaf {
    public init(_ title: String, systemImage: String) {}
    public init<L: View, A: View>(@ViewBuilder label: () -> L, @ViewBuilder actions: () -> A) {}
}
public struct NavigationStack: Leaf {
    public init<V: View>(@ViewBuilder root: () -> V) {}
    public init<T: Hashable, V: View>(path: Binding<[T]>, @ViewBuilder root: () -> V) {}
}
public struct TimelineSchedule: Sendable {
    public static func periodic(from start: Date, by seconds: Double) -> Self { Self() }
}
public struct TimelineContext { public let date: Date }
public struct TimelineView<V: View>: Leaf {
    public init(_ schedule: TimelineSchedule, @ViewBuilder content: @escaping (TimelineContext) -> V) {}
}

// MARK: UIKit's

extension Image { public init(uiImage: UIImage) { self.init(loosely: uiImage) } }
@MainActor public final class ImageRenderer<V: View> {
    public init(content: V) {}
    public var scale: CGFloat = 1
    public var uiImage: UIImage? { nil }
}
public struct RepresentableContext<R: UIViewControllerRepresentable> { public let coordinator: R.Coordinator }
@MainActor @preconcurrency public protocol UIViewControllerRepresentable: View where Body == Never {
    associatedtype Controller: UIViewController
    associatedtype Coordinator = Void
    typealias Context = RepresentableContext<Self>
    func makeUIViewController(context: Context) -> Controller
    func updateUIViewController(_ controller: Controller, context: Context)
    func makeCoordinator() -> Coordinator
}
extension UIViewControllerRepresentable { public var body: Never { fatalError() } }
extension UIViewControllerRepresentable where Coordinator == Void { public func makeCoordinator() {} }

// MARK: Sharing

public protocol Transferable {}
extension String: Transferable {}
public struct UTType: Sendable { public static let data = Self() }
public struct SharePreview {
    public init(_ title: String) {}
    public init(_ title: String, image: Image) {}
}
public struct ShareLink: Leaf {
    public init(_ title: String, item: String) {}
    public init<V: View>(item: String, @ViewBuilder label: () -> V) {}
    public init<T: Transferable>(item: T, preview: SharePreview) {}
    public init<T: Transferable, V: View>(item: T, preview: SharePreview, @ViewBuilder label: () -> V) {}
}

// MARK: Modifiers

public struct UnitPoint: Sendable { public static let center = Self() }
@MainActor public protocol Gesture {}
public struct MagnifyGesture: Gesture {
    public struct Value: Sendable {
        public let magnification: CGFloat
        public let startAnchor: UnitPoint
    }
    public init() {}
    public func onChanged(_ act: @escaping @MainActor (Value) -> Void) -> Self { self }
    public func onEnded(_ act: @escaping @MainActor (Value) -> Void) -> Self { self }
}
public struct AccessibilityTraits: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let isSelected = Self(rawValue: 1), isButton = Self(rawValue: 2)
}
public enum AccessibilityChildren: Sendable { case ignore, combine }
public enum AccessibilityAdjustmentDirection: Sendable { case increment, decrement }
public enum KeyboardType: Sendable { case URL, numberPad, phonePad }
public enum ContentType: Sendable { case URL, fullStreetAddress, name }
public enum Capitalization: Sendable { case never, characters }
public enum SubmitLabel: Sendable { case search }
public enum TitleMode: Sendable { case inline }
public enum DrawerMode: Sendable { case always }
public enum SearchPlacement: Sendable { case navigationBarDrawer(displayMode: DrawerMode) }
public struct Selectability: Sendable { public static let enabled = Self() }

extension View {
    public func font(_ font: Font) -> some View { self }
    public func foregroundStyle<S: ShapeStyle>(_ style: S) -> some View { self }
    public func monospacedDigit() -> some View { self }
    public func buttonStyle(_ style: ButtonStyleName) -> some View { self }
    public func pickerStyle(_ style: PickerStyleName) -> some View { self }
    public func listRowBackground<V: View>(_ view: V?) -> some View { self }
    public func listStyle(_ style: ListStyleName) -> some View { self }
    public func controlSize(_ size: ControlSize) -> some View { self }
    public func tint(_ color: Color) -> some View { self }
    public func padding(_ points: CGFloat? = nil) -> some View { self }
    public func padding(_ edges: EdgeSet, _ points: CGFloat? = nil) -> some View { self }
    public func padding(_ edge: Edge, _ points: CGFloat? = nil) -> some View { self }
    public func frame(width: CGFloat? = nil, height: CGFloat? = nil) -> some View { self }
    public func frame(minWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil, maxHeight: CGFloat? = nil, alignment: Alignment = .center) -> some View { self }
    public func background<S: ShapeStyle>(_ style: S) -> some View { self }
    public func background<S: ShapeStyle, P: Shape>(_ style: S, in shape: P) -> some View { self }
    public func overlay<V: View>(@ViewBuilder content: () -> V) -> some View { self }
    public func position(_ point: CGPoint) -> some View { self }
    public func aspectRatio(_ ratio: CGFloat, contentMode: ContentMode) -> some View { self }
    public func contentShape<P: Shape>(_ shape: P) -> some View { self }
    public func lineLimit(_ lines: Int) -> some View { self }
    public func lineLimit(_ lines: ClosedRange<Int>) -> some View { self }
    public func minimumScaleFactor(_ factor: CGFloat) -> some View { self }
    public func scaledToFit() -> some View { self }
    public func ignoresSafeArea() -> some View { self }
    public func scrollIndicators(_ visibility: Visibility) -> some View { self }
    public func textSelection(_ selectability: Selectability) -> some View { self }
    public func interactiveDismissDisabled(_ isDisabled: Bool = true) -> some View { self }
    public func presentationDetents(_ detents: Set<PresentationDetent>) -> some View { self }
    public func tag<T: Hashable>(_ value: T) -> some View { self }
    public func id<T: Hashable>(_ value: T) -> some View { self }
    public func disabled(_ isDisabled: Bool) -> some View { self }
    public func safeAreaInset<V: View>(edge: VerticalEdge, @ViewBuilder content: () -> V) -> some View { self }
    public func navigationTitle(_ title: String) -> some View { self }
    public func navigationBarTitleDisplayMode(_ mode: TitleMode) -> some View { self }
    public func navigationDestination<T: Hashable, V: View>(for type: T.Type, @ViewBuilder destination: @escaping (T) -> V) -> some View { self }
    public func toolbar<C: ToolbarContent>(content: () -> C) -> some View { self }
    @_disfavoredOverload public func toolbar<V: View>(@ViewBuilder content: () -> V) -> some View { self }
    public func swipeActions<V: View>(@ViewBuilder content: () -> V) -> some View { self }
    public func contextMenu<V: View>(@ViewBuilder items: () -> V) -> some View { self }
    public func sheet<V: View>(isPresented: Binding<Bool>, @ViewBuilder content: @escaping () -> V) -> some View { self }
    public func sheet<T: Identifiable, V: View>(item: Binding<T?>, @ViewBuilder content: @escaping (T) -> V) -> some View { self }
    public func fullScreenCover<V: View>(isPresented: Binding<Bool>, @ViewBuilder content: @escaping () -> V) -> some View { self }
    public func fullScreenCover<T: Identifiable, V: View>(item: Binding<T?>, onDismiss: (@MainActor () -> Void)? = nil, @ViewBuilder content: @escaping (T) -> V) -> some View { self }
    public func confirmationDialog<V: View>(_ title: String, isPresented: Binding<Bool>, titleVisibility: Visibility, @ViewBuilder actions: () -> V) -> some View { self }
    public func confirmationDialog<V: View, M: View>(_ title: String, isPresented: Binding<Bool>, titleVisibility: Visibility, @ViewBuilder actions: () -> V, @ViewBuilder message: () -> M) -> some View { self }
    public func alert<V: View>(_ title: String, isPresented: Binding<Bool>, @ViewBuilder actions: () -> V) -> some View { self }
    public func fileImporter(isPresented: Binding<Bool>, allowedContentTypes: [UTType], onCompletion: @escaping @MainActor (Result<URL, any Error>) -> Void) -> some View { self }
    public func searchable(text: Binding<String>, placement: SearchPlacement, prompt: String) -> some View { self }
    public func refreshable(action: @escaping @MainActor @Sendable () async -> Void) -> some View { self }
    public func task(_ action: @escaping @MainActor @Sendable () async -> Void) -> some View { self }
    public func task<T: Equatable>(id: T, _ action: @escaping @MainActor @Sendable () async -> Void) -> some View { self }
    public func onAppear(perform: @escaping @MainActor () -> Void) -> some View { self }
    public func onChange<T: Equatable>(of value: T, _ act: @escaping @MainActor () -> Void) -> some View { self }
    public func onChange<T: Equatable>(of value: T, _ act: @escaping @MainActor (T, T) -> Void) -> some View { self }
    public func onSubmit(_ act: @escaping @MainActor () -> Void) -> some View { self }
    public func onTapGesture(perform: @escaping @MainActor () -> Void) -> some View { self }
    public func gesture<G: Gesture>(_ gesture: G) -> some View { self }
    public func scaleEffect(_ scale: CGFloat, anchor: UnitPoint) -> some View { self }
    public func onLongPressGesture(minimumDuration: Double, perform: @escaping @MainActor () -> Void) -> some View { self }
    public func keyboardType(_ type: KeyboardType) -> some View { self }
    public func textContentType(_ type: ContentType) -> some View { self }
    public func textInputAutocapitalization(_ capitalization: Capitalization) -> some View { self }
    public func autocorrectionDisabled() -> some View { self }
    public func submitLabel(_ label: SubmitLabel) -> some View { self }
    public func environment<T>(_ path: WritableKeyPath<EnvironmentValues, T>, _ value: T) -> some View { self }
    public func accessibilityLabel(_ text: String) -> some View { self }
    public func accessibilityValue(_ text: String) -> some View { self }
    public func accessibilityHidden(_ isHidden: Bool) -> some View { self }
    public func accessibilityElement(children: AccessibilityChildren) -> some View { self }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { self }
    public func accessibilityActions<V: View>(@ViewBuilder _ content: () -> V) -> some View { self }
    public func accessibilityAdjustableAction(_ act: @escaping @MainActor (AccessibilityAdjustmentDirection) -> Void) -> some View { self }
}
public enum VerticalEdge: Sendable { case top, bottom }
