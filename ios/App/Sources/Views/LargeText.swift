import SwiftUI

/// Two parts at the ends of a line; below each other at accessibility sizes, where columns would be too narrow for words.
struct Beside<Leading: View, Trailing: View>: View {
    @Environment(\.dynamicTypeSize) private var size
    /// The second stands at the other end, else right behind the first.
    var isSpread = true
    @ViewBuilder let leading: Leading
    @ViewBuilder let trailing: Trailing

    var body: some View {
        if size.isAccessibilitySize {
            VStack(alignment: .leading, spacing: 8) {
                leading
                trailing
            }
            .frame(maxWidth: .infinity, alignment: .leading)
        } else {
            HStack {
                leading
                if isSpread { Spacer() }
                trailing
            }
        }
    }
}

/// Buttons in a line where they fit, else below each other.
struct Deeds<Content: View>: View {
    @ViewBuilder let content: Content

    var body: some View {
        ViewThatFits(in: .horizontal) {
            HStack { content }
            VStack(alignment: .leading) { content }
        }
    }
}

/// A choice of few in segments; as a menu at accessibility sizes, with which segments do not grow.
struct FewChoices<Choices: View>: View {
    @Environment(\.dynamicTypeSize) private var size
    @ViewBuilder let choices: Choices

    var body: some View {
        if size.isAccessibilitySize { choices.pickerStyle(.menu) } else { choices.pickerStyle(.segmented) }
    }
}

extension View {
    /// Words that are tapped, as high as a thumb needs.
    func tappable() -> some View { frame(minHeight: 44).contentShape(Rectangle()) }
}
