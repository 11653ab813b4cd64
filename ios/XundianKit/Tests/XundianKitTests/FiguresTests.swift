import Foundation
import Testing

@testable import XundianKit

private let environment = ProcessInfo.processInfo.environment

/// What tests/tests/figures.rs asks the core in Rust, asked through the Swift side: the same numbers, and the same words on the slip.
/// XUNDIAN_VECTORS is the folder of the golden files, the server is that of the whole day.
@Suite(.enabled(if: environment["XUNDIAN_VECTORS"] != nil && environment["XUNDIAN_FIGURES_CODE"] != nil))
struct FiguresTests {
    private final class Weeks: Clocks, @unchecked Sendable {
        var passed: Int64 = 0
        private let monday = Int64(environment["XUNDIAN_WALL_MS"] ?? "") ?? 0
        func wallMs() throws -> Int64 { monday + passed }
        func sinceBootMs() throws -> Int64 { 3_600_000 + passed }
        func bootId() throws -> String { "boot" }
    }

    private func count(_ phone: RepPhone, _ store: StoreId, more: Int) throws {
        _ = try phone.beginVisit(store: store)
        for (n, item) in try phone.countItems().enumerated() {
            let row = CountRow(
                sku: item.sku, entry: .stepped, shelf: .counted(Units(n * 7 % 13 + more)), backroom: .counted(0),
                cooler: .notCounted, expiry: nil)
            _ = try phone.saveLine(line: .count(row))
        }
    }

    private func figures(_ phone: RepPhone, _ clocks: Weeks) throws -> String {
        let store = try #require(try phone.today().stops.first).store
        try count(phone, store, more: 10)
        _ = try phone.checkOut()
        clocks.passed = 7 * 24 * 3_600_000
        try count(phone, store, more: 0)
        let rows = try phone.suggestions()
        for row in rows {
            guard let units = row.suggested, units > 0 else { continue }
            _ = try phone.saveLine(line: .intention(sku: row.sku, units: units, reason: nil))
        }
        let quote = try phone.quote()
        let lines = rows.map { row in
            let amount = quote.lines.first { $0.sku == row.sku }?.amount ?? 0
            return "\(row.sku),\(row.suggested.map(String.init) ?? "-"),\(amount)"
        }
        let all = ["sku,suggested,amount"] + lines + ["total,\(quote.promise.day),\(quote.total)"]
        return all.joined(separator: "\n") + "\n"
    }

    @Test func a_visit_has_the_same_figures_as_in_rust() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let clocks = Weeks()
        let phone = try RealCore.open(folder: folder, clocks: clocks)
        let code = try #require(environment["XUNDIAN_FIGURES_CODE"])
        try phone.enrol(server: try #require(environment["XUNDIAN_SERVER"]), code: code)
        _ = try phone.sync()
        let (golden, words) = (try vector("figures.csv"), try vector("slip-words.txt"))
        #expect(try figures(phone, clocks) == golden)
        _ = try phone.checkOut()
        let slips = try phone.orderSlips(date: try phone.today().date)
        let text = try #require(slips.first).text
        let letters = try #require(text.range(of: "XD1/"))
        #expect(slips.count == 1 && String(text[..<letters.lowerBound]) == words)
    }
}
