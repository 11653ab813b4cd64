import XundianCore

/// Numbers, money and days as people of the trade read them.
extension Texts {
    /// Smallest units as cases and what is beyond them: 3箱7个, or 7个 where no case is full.
    public func quantity(_ units: Units, case size: CaseSize) -> String {
        guard size > 1 else { return loose(units) }
        return quantity(cases: units / size, loose: units % size)
    }

    /// Smallest units by themselves: 7个.
    public func loose(_ units: Units) -> String { self(.units, String(units)) }

    /// What the steppers of a count say, cases and what is beyond them each by itself; a dash where nobody has counted.
    public func stepped(_ units: Units?, case size: CaseSize) -> (cases: String, loose: String) {
        guard let units else { return (self(.cases, "–"), self(.units, "–")) }
        return size > 1 ? (self(.cases, String(units / size)), loose(units % size)) : ("–", loose(units))
    }

    /// A total over several SKUs, each counted by its own case size.
    public func quantity(cases: Units, loose: Units) -> String {
        if cases == 0 { return self.loose(loose) }
        return loose == 0 ? self(.cases, String(cases)) : self(.casesAndUnits, String(cases), String(loose))
    }

    /// ¥1,234.50, by whole numbers: a price must not pass through a float.
    public func yuan(_ fen: Fen) -> String {
        let (yuan, rest) = fen.magnitude.quotientAndRemainder(dividingBy: 100)
        let cents = rest < 10 ? "0\(rest)" : "\(rest)"
        return (fen < 0 ? "−" : "") + "¥" + grouped(yuan) + "." + cents
    }

    private func grouped(_ number: UInt64) -> String {
        var groups: [String] = []
        for (place, digit) in String(number).reversed().enumerated() {
            if place % 3 == 0 { groups.insert("", at: 0) }
            groups[0].insert(digit, at: groups[0].startIndex)
        }
        return groups.joined(separator: ",")
    }

    /// 7月27日 周一 / Mon 27 Jul; the text itself if it is no date.
    public func day(_ date: BusinessDate) -> String {
        guard let parts = Self.parts(date) else { return date }
        let weekday = Self.weekdays[Self.weekday(parts[0], parts[1], parts[2])]
        return self(.day, self(Self.months[parts[1] - 1]), String(parts[2]), self(weekday))
    }

    /// 7月27日 周一 08:05: when something was done, as the phone's calendar and clock have it.
    public func moment(_ at: Millis, in zone: TimeZone = .current) -> String {
        let date = Date(timeIntervalSince1970: Double(at) / 1000)
        return day(Days.of(date, in: zone)) + " " + Days.clock(date, in: zone)
    }

    /// 2027年1月20日 / 20 Jan 2027: with its year, for what may be months away; the text itself if it is no date.
    public func date(_ date: BusinessDate) -> String {
        guard let parts = Self.parts(date) else { return date }
        return self(.date, String(parts[0]), self(Self.months[parts[1] - 1]), String(parts[2]))
    }

    private static let weekdays: [TextKey] = [.sunday, .monday, .tuesday, .wednesday, .thursday, .friday, .saturday]
    private static let months: [TextKey] = [
        .january, .february, .march, .april, .may, .june, .july, .august, .september, .october, .november, .december,
    ]

    private static func parts(_ date: BusinessDate) -> [Int]? {
        let parts = date.split(separator: "-").compactMap { Int($0) }
        return parts.count == 3 && (1...12).contains(parts[1]) && (1...31).contains(parts[2]) ? parts : nil
    }

    /// 0 = Sunday. A business date has no time zone, so no calendar of the phone is asked (Sakamoto's method).
    private static func weekday(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
        let year = month < 3 ? year - 1 : year
        return (year + year / 4 - year / 100 + year / 400 + shifts[month - 1] + day) % 7
    }

    /// 12:05, or 1:02:05 over an hour.
    public func duration(_ seconds: Int) -> String {
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(two(minutes)):\(two(seconds % 60))"
    }

    /// How long ago, to the minute; a moment in the future is "just now".
    public func ago(_ moment: Millis?, now: Date) -> String {
        guard let moment else { return self(.never) }
        let minutes = Int((now.timeIntervalSince1970 - Double(moment) / 1000) / 60)
        if minutes < 1 { return self(.secondsAgo) }
        return minutes < 60 ? self(.minutesAgo, String(minutes)) : self(.hoursAgo, String(minutes / 60))
    }

    /// When it is tried again by itself, in minutes begun.
    public func nextTry(_ moment: Date, now: Date) -> String {
        let minutes = (moment.timeIntervalSince(now) / 60).rounded(.up)
        return self(.outboxNextTry, String(Int(max(1, minutes))))
    }

    /// As the crow flies, as precise as a phone knows it: 90米, 1.2公里.
    public func distance(_ metres: UInt32) -> String {
        let tens = (metres + 5) / 10 * 10
        if tens < 1_000 { return self(.metres, String(tens)) }
        let tenths = (metres + 50) / 100
        return self(.kilometres, tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)")
    }

    /// 3.4 MB, with one decimal from a million on.
    public func bytes(_ count: UInt64) -> String {
        if count < 1000 { return "\(count) B" }
        if count < 1_000_000 { return "\(count / 1000) kB" }
        let tenths = count / 100_000
        return "\(tenths / 10).\(tenths % 10) MB"
    }
}
