internal import Glibc

/// The ids of a file's blobs in order: half a million for a large image. It grows without being copied, and the threads
/// that make it write into it side by side.
final class BlobList: @unchecked Sendable {
    private(set) var count = 0
    private var capacity = 0
    private var start: UnsafeMutablePointer<StorageID>?

    init() {}

    /// - Parameter count: that many ids that are still to be found out.
    init(count: Int) {
        grow(to: count)
        start?.initialize(repeating: .null, count: count)
        self.count = count
    }

    convenience init(_ ids: [StorageID]) {
        self.init()
        for id in ids { append(id) }
    }

    deinit { free(start) }

    /// Different places may be written by different threads, as long as nobody reads or appends meanwhile.
    subscript(_ index: Int) -> StorageID {
        get {
            precondition(index >= 0 && index < count)
            return start.map { $0[index] } ?? .null
        }
        set {
            precondition(index >= 0 && index < count)
            start?[index] = newValue
        }
    }

    func append(_ id: StorageID) {
        if count == capacity { grow(to: max(64, capacity * 2)) }
        start?[count] = id
        count += 1
    }

    private func grow(to needed: Int) {
        if needed <= capacity { return }
        // The kernel moves large pieces by their page tables, and gives pages only once they are written.
        guard let larger = realloc(start, needed * MemoryLayout<StorageID>.stride) else {
            fatalError("out of memory")
        }
        start = larger.assumingMemoryBound(to: StorageID.self)
        capacity = needed
    }
}
