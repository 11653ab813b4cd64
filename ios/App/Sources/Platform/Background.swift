import BackgroundTasks
import Foundation
import Network
import UIKit
import XundianKit

/// The system's offers to work while nobody looks. They are a bonus: every sync also comes from a tap, a visit or a resume.
enum Background {
    static let identifier = "app.xundian.sync"

    /// Asks for one more chance; the system decides when.
    static func schedule() {
        let request = BGAppRefreshTaskRequest(identifier: identifier)
        request.earliestBeginDate = Date(timeIntervalSinceNow: 15 * 60)
        // It fails in the simulator and where the owner switched it off: nothing to do about either.
        try? BGTaskScheduler.shared.submit(request)
    }

    @MainActor
    static func run(_ launch: LaunchModel) async {
        schedule()
        await launch.background()
    }
}

/// The time that the system grants an app which left the screen. When it is over the app sleeps as soon as `over` returns.
@MainActor
final class GrantedTime {
    private var task = UIBackgroundTaskIdentifier.invalid

    init(over: @escaping @MainActor @Sendable () -> Void) {
        task = UIApplication.shared.beginBackgroundTask {
            over()
            self.end()
        }
        // None is granted.
        if task == .invalid { over() }
    }

    /// Nothing is left to be done; more than once does no harm.
    func end() {
        guard task != .invalid else { return }
        UIApplication.shared.endBackgroundTask(task)
        task = .invalid
    }
}

/// Says when a network comes.
enum NetworkWatch {
    static func arrivals() -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { sink in
            let monitor = NWPathMonitor()
            monitor.pathUpdateHandler = { path in
                if path.status == .satisfied { sink.yield() }
            }
            sink.onTermination = { _ in monitor.cancel() }
            monitor.start(queue: DispatchQueue(label: "app.xundian.network"))
        }
    }
}

/// Photos wait where the owner of the phone saves data (低数据模式); facts are small and go.
final class PhotoNetwork: NetworkState, @unchecked Sendable {
    private let monitor = NWPathMonitor()

    init() {
        monitor.start(queue: DispatchQueue(label: "app.xundian.photos"))
    }

    func isGoodForPhotos() throws -> Bool { !monitor.currentPath.isConstrained }
}
