import XundianCore

/// What the core tells while it works.
public enum Notice: Sendable, Equatable {
    case changed(Changed)
    case progress(XundianCore.Progress)
    case log(LogLevel, String)
}

/// Turns the core's calls, which come on its own threads, into a stream that screens read in their own time.
public final class Watch: Watcher {
    public let notices: AsyncStream<Notice>
    private let sink: AsyncStream<Notice>.Continuation

    public init() {
        // A screen that does not look must not fill the memory: the newest word says enough.
        (notices, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    }

    public func changed(what: Changed) throws { sink.yield(.changed(what)) }
    public func progress(progress: XundianCore.Progress) throws { sink.yield(.progress(progress)) }
    public func log(level: LogLevel, line: String) throws { sink.yield(.log(level, line)) }
}
