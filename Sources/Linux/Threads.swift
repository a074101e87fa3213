internal import Glibc

/// A thread of the operating system that runs one closure.
public final class Thread: Sendable {
    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private let handle: pthread_t

    /// Starts `body` at once. `nil` when the system has no thread left.
    public init?(_ body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        let context = Unmanaged.passRetained(Box(body)).toOpaque()
        let result = pthread_create(
            &handle, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, context)
        if result != 0 {
            Unmanaged<Box>.fromOpaque(context).release()
            return nil
        }
        self.handle = handle
    }

    /// Waits until the closure has returned; call it once.
    public func join() { pthread_join(handle, nil) }
}

/// A value that several threads share under a lock.
public final class Shared<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Guards `value`.
    public init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Reads or changes the value with the lock held.
    public func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}

/// Work on threads of their own.
public enum Threads {
    /// Runs every closure side by side and returns when all have.
    public static func concurrently<Value: Sendable>(_ bodies: [@Sendable () -> Value]) -> [Value] {
        if bodies.count == 1 { return [bodies[0]()] }
        let results = Shared([Value?](repeating: nil, count: bodies.count))
        let threads = bodies.indices.map { index in
            Thread {
                let value = bodies[index]()
                results.withLock { $0[index] = value }
            }
        }
        // Without a thread left, do the work here.
        for (index, thread) in threads.enumerated() where thread == nil {
            let value = bodies[index]()
            results.withLock { $0[index] = value }
        }
        threads.forEach { $0?.join() }
        return results.withLock { $0.compactMap { $0 } }
    }

    /// Runs `body` on a thread that sees `view` in place of the live file systems; programs that it starts see it too.
    public static func isolated<Value: Sendable>(
        in view: MountView, _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let result = Shared<Result<Value, any Error>?>(nil)
        let thread = Thread {
            let outcome = Result {
                try view.enter()
                return try body()
            }
            result.withLock { $0 = outcome }
        }
        guard let thread else { throw SystemError("pthread_create", "thread", code: EAGAIN) }
        thread.join()
        guard let outcome = result.withLock({ $0 }) else { throw SystemError("pthread_create", "thread", code: EAGAIN) }
        return try outcome.get()
    }
}
