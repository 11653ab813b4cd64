/// Business dates as the core writes them, 2026-07-27: they have no time zone.
public enum Days {
    /// A later day, by the calendar alone; the text itself if it is no date.
    public static func later(_ date: BusinessDate, by days: Int) -> BusinessDate {
        let parts = date.split(separator: "-").compactMap { Int($0) }
        let calendar = calendar(.gmt)
        guard parts.count == 3,
            let start = calendar.date(from: DateComponents(year: parts[0], month: parts[1], day: parts[2])),
            let later = calendar.date(byAdding: .day, value: days, to: start)
        else { return date }
        return text(later, calendar)
    }

    /// The day that a person chose in a calendar on this phone.
    public static func of(_ date: Date, in zone: TimeZone = .current) -> BusinessDate {
        text(date, calendar(zone))
    }

    /// The time of a moment on this phone's clock: 08:05.
    static func clock(_ date: Date, in zone: TimeZone) -> String {
        let found = calendar(zone).dateComponents([.hour, .minute], from: date)
        return padded(found.hour, 2) + ":" + padded(found.minute, 2)
    }

    /// A day in the calendar of this phone; `nil` if it is no date.
    public static func noon(_ date: BusinessDate, in zone: TimeZone = .current) -> Date? {
        let parts = date.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        return calendar(zone).date(from: DateComponents(year: parts[0], month: parts[1], day: parts[2], hour: 12))
    }

    /// The number of a sheet says its day: D01-20260728, its second difference D01-20260728.2; `nil` = this one does not.
    static func on(sheet: SheetNo) -> BusinessDate? {
        let behind = sheet.split(separator: "-").last ?? ""
        let digits = behind.split(separator: ".").first ?? ""
        guard digits.count == 8, digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        let date: BusinessDate = [digits.prefix(4), digits.dropFirst(4).prefix(2), digits.suffix(2)].joined(separator: "-")
        // What no calendar has comes back as another day.
        return later(date, by: 0) == date ? date : nil
    }

    public static func later(_ date: Date, byMonths months: Int, in zone: TimeZone = .current) -> Date {
        calendar(zone).date(byAdding: .month, value: months, to: date) ?? date
    }

    /// Not the phone's own: some people's calendars count other years.
    private static func calendar(_ zone: TimeZone) -> Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }

    private static func text(_ date: Date, _ calendar: Calendar) -> BusinessDate {
        let found = calendar.dateComponents([.year, .month, .day], from: date)
        return [padded(found.year, 4), padded(found.month, 2), padded(found.day, 2)].joined(separator: "-")
    }

    private static func padded(_ number: Int?, _ width: Int) -> String {
        let text = String(number ?? 0)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
