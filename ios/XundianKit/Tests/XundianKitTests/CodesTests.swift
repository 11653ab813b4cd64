import Foundation
import Testing

@testable import XundianKit

/// The closed lists of the wire as tests/tests/codes.rs writes them down in Rust: Swift has the same ones, each with the same cases.
@Suite(.enabled(if: given("XUNDIAN_VECTORS") != nil))
struct CodesTests {
    private struct Row {
        let list: String
        let name: String
        let code: String
    }

    private func rows() throws -> [Row] {
        try vector("codes.csv").split(separator: "\n").dropFirst().map { line in
            let parts = line.split(separator: ",").map(String.init)
            try #require(parts.count == 3, "\(line)")
            return Row(list: parts[0], name: parts[1], code: parts[2])
        }
    }

    /// weChat and WeChat are one name.
    private static func names<List: CaseIterable>(_ list: List.Type) -> Set<String> {
        Set(list.allCases.map { "\($0)".lowercased() })
    }

    /// A case that carries something is shown with it.
    private static func names(of values: [Any]) -> Set<String> {
        Set(values.map { value in "\(value)".prefix { $0 != "(" }.lowercased() })
    }

    private static let lists: [String: Set<String>] = [
        "CancelCause": names(CancelCause.self), "CapPeriod": names(CapPeriod.self), "ChangeKind": names(ChangeKind.self),
        "Channel": names(Channel.self), "CheckUnit": names(CheckUnit.self), "DistanceBand": names(DistanceBand.self),
        "Doubt": names(Doubt.self), "Entry": names(Entry.self), "EventPrior": names(EventPrior.self),
        "FactKind": names(FactKind.self), "FailedReason": names(FailedReason.self), "Fallback": names(Fallback.self),
        "Frequency": names(Frequency.self), "Gap": names(Gap.self), "InflowSource": names(InflowSource.self),
        "Limit": names(Limit.self), "MissCause": names(MissCause.self), "MustSellKind": names(MustSellKind.self),
        "OrderUnit": names(OrderUnit.self), "Outcome": names(Outcome.self), "Payer": names(Payer.self),
        "PaymentForm": names(PaymentForm.self), "PaymentTerms": names(PaymentTerms.self), "PolicyKind": names(PolicyKind.self),
        "QtyUnit": names(QtyUnit.self), "Right": names(Right.self), "Rounding": names(Rounding.self),
        "Season": names(Season.self), "StackRule": names(StackRule.self), "Step": names(Step.self),
        "StoreClass": names(StoreClass.self), "VisitResult": names(VisitResult.self), "WeekPattern": names(WeekPattern.self),
        "Flag": names(Flag.self), "HeldCode": names(HeldCode.self),
        "OrderState": names(of: orderStates), "StoreStatus": names(of: storeStatuses), "Verdict": names(of: verdicts),
        "Went": names(of: ways),
    ]

    private static let orderStates: [OrderState] = [
        .held, .waiting(day: "2026-07-28", late: false), .onSheet(sheet: "D01-20260728"),
        .ended(outcome: .short, sheet: "D01-20260728"), .cancelled(cause: .owner),
    ]
    private static let storeStatuses: [StoreStatus] = [.proposed, .approved, .mergedInto(UUID()), .rejected, .closed]
    private static let verdicts: [Verdict] = [
        .applied(order: nil, flags: []), .parked(missing: UUID()), .held(code: .captureTime), .conflictPayload,
        .rejected(code: "stale_base", current: nil),
    ]
    private static let ways: [Went] = [
        .waiting(day: "2026-07-28", late: false), .difference(sheet: "D01-20260728.1"), .alreadyDelivered, .cancelled,
    ]

    @Test func every_list_has_the_cases_that_it_has_in_rust() throws {
        let told = Dictionary(grouping: try rows().filter { $0.list != "Kind" }, by: \.list)
        #expect(Set(told.keys) == Set(Self.lists.keys))
        for (list, cases) in told {
            #expect(Set(cases.map { $0.name.lowercased() }) == Self.lists[list], "\(list)")
        }
    }

    /// The wire knows them as a list, the shells as words.
    @Test func every_kind_of_record_has_a_text() throws {
        let kinds = try rows().filter { $0.list == "Kind" }.map(\.code)
        #expect(kinds.count > 5)
        for kind in kinds { #expect(TextKey(rawValue: "kind." + kind) != nil, "\(kind)") }
    }
}
