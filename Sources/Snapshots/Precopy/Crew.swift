internal import Glibc
internal import Linux

/// Threads that wait for work, so that none need be started inside a freeze.
final class Crew: @unchecked Sendable {
    private struct State {
        var work: (@Sendable (Int) -> SystemError?)?
        var next = 0
        var count = 0
        var error: SystemError?
        var isOver = false
    }

    private let state = Shared(State())
    private let begin: UnsafeMutablePointer<sem_t>
    private let done: UnsafeMutablePointer<sem_t>
    private var threads: [Thread] = []

    /// - Throws: `SystemError` when not one thread can be started.
    init(threads count: Int) throws(SystemError) {
        begin = .allocate(capacity: 1)
        done = .allocate(capacity: 1)
        sem_init(begin, 0, 0)
        sem_init(done, 0, 0)
        let state = state, semaphores = (UInt(bitPattern: begin), UInt(bitPattern: done))
        threads = (0..<count).compactMap { _ in
            Thread {
                guard let begin = UnsafeMutablePointer<sem_t>(bitPattern: semaphores.0),
                    let done = UnsafeMutablePointer<sem_t>(bitPattern: semaphores.1)
                else { return }
                Self.serve(state, begin, done)
            }
        }
        if threads.isEmpty { throw SystemError("pthread_create", "thread", code: EAGAIN) }
    }

    deinit {
        sem_destroy(begin)
        sem_destroy(done)
        begin.deallocate()
        done.deallocate()
    }

    /// Does the work for 0, 1, … `count` - 1, side by side, and returns when all is done.
    /// - Returns: the first error; what had not begun then was left out.
    func run(_ count: Int, _ work: @escaping @Sendable (Int) -> SystemError?) -> SystemError? {
        state.withLock { $0 = State(work: work, count: count) }
        threads.forEach { _ in sem_post(begin) }
        threads.forEach { _ in Self.wait(done) }
        return state.withLock { state in
            state.work = nil
            return state.error
        }
    }

    /// Ends the threads; call it once, at the end.
    func end() {
        state.withLock { $0.isOver = true }
        threads.forEach { _ in sem_post(begin) }
        threads.forEach { $0.join() }
    }

    private static func serve(
        _ state: Shared<State>, _ begin: UnsafeMutablePointer<sem_t>, _ done: UnsafeMutablePointer<sem_t>
    ) {
        while true {
            wait(begin)
            if state.withLock({ $0.isOver }) { return }
            // A thread that comes twice finds nothing left to do.
            while let (work, index) = state.withLock({ next(&$0) }) {
                if let error = work(index) { state.withLock { $0.error = $0.error ?? error } }
            }
            sem_post(done)
        }
    }

    private static func next(_ state: inout State) -> (@Sendable (Int) -> SystemError?, Int)? {
        guard state.error == nil, state.next < state.count, let work = state.work else { return nil }
        defer { state.next += 1 }
        return (work, state.next)
    }

    private static func wait(_ semaphore: UnsafeMutablePointer<sem_t>) {
        while sem_wait(semaphore) != 0 && errno == EINTR {}
    }
}
