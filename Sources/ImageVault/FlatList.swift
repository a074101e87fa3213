internal import CImageVault
internal import Glibc

/// A list of plain values for millions of them. It grows without being copied, and the kernel gives memory only for what
/// has been written. Different places may be written by different threads, as long as nobody reads them or appends.
final class FlatList<Element: BitwiseCopyable>: @unchecked Sendable {
    private(set) var count = 0
    private var capacity = 0
    private var start: UnsafeMutablePointer<Element>?

    init() {}

    /// - Parameter count: so many of `element`.
    init(repeating element: Element, count: Int) {
        grow(to: count)
        start?.initialize(repeating: element, count: count)
        self.count = count
    }

    /// For elements that are used in no order.
    /// - Parameter zeros: so many elements of nothing but zero bytes.
    init(zeros count: Int) {
        grow(to: count)
        remanso_advise_scattered(start, UInt64(capacity * MemoryLayout<Element>.stride))
        self.count = count
    }

    convenience init(_ elements: [Element]) {
        self.init()
        for element in elements { append(element) }
    }

    deinit { munmap(start, capacity * MemoryLayout<Element>.stride) }

    subscript(_ index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count)
            // Nothing can be missing behind the check; `start` is optional for empty lists alone.
            return start.unsafelyUnwrapped[index]
        }
        set {
            precondition(index >= 0 && index < count)
            start.unsafelyUnwrapped[index] = newValue
        }
    }

    /// The element will be used soon.
    func prefetch(_ index: Int) {
        precondition(index >= 0 && index < count)
        remanso_prefetch(start.unsafelyUnwrapped + index)
    }

    func append(_ element: Element) {
        if count == capacity { grow(to: max(4096 / MemoryLayout<Element>.stride, capacity * 2)) }
        start.unsafelyUnwrapped[count] = element
        count += 1
    }

    private func grow(to needed: Int) {
        if needed <= capacity { return }
        let stride = UInt64(MemoryLayout<Element>.stride)
        guard let larger = remanso_map(start, UInt64(capacity) * stride, UInt64(needed) * stride) else {
            fatalError("out of memory")
        }
        start = larger.assumingMemoryBound(to: Element.self)
        capacity = needed
    }
}

/// The ids of a file's blobs in order.
typealias BlobList = FlatList<StorageID>
