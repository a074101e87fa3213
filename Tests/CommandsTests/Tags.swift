/// A page taken apart into its tags, to see whether each that opens also closes.
struct Tags {
    /// What is wrong with the nesting; empty when all is well.
    private(set) var faults: [String] = []
    /// The names of all opening tags, in order.
    private(set) var names: [String] = []

    private static let void: Set<String> = ["meta", "!DOCTYPE"]

    init(of page: String) {
        var open: [String] = []
        var rest = page[...]
        while let start = rest.firstIndex(of: "<") {
            guard let end = rest[start...].firstIndex(of: ">") else {
                faults.append("a tag without end")
                return
            }
            read(rest[rest.index(after: start)..<end], &open)
            rest = rest[rest.index(after: end)...]
        }
        if !open.isEmpty { faults.append("left open: \(open)") }
    }

    private mutating func read(_ tag: Substring, _ open: inout [String]) {
        if tag.hasPrefix("/") {
            if open.popLast() != String(tag.dropFirst()) { faults.append("</\(tag.dropFirst())> closes another") }
            return
        }
        let name = String(tag.prefix { !$0.isWhitespace && $0 != "/" })
        if tag.count(where: { $0 == "\"" }) % 2 != 0 { faults.append("<\(tag)>: a quote is left open") }
        names.append(name)
        if !tag.hasSuffix("/"), !Self.void.contains(name) { open.append(name) }
    }
}

/// What stands between two texts, each time they occur.
func parts(of page: String, between start: String, and end: String) -> [String] {
    page.components(after: start).compactMap { part in
        part.firstRange(of: end).map { String(part[..<$0.lowerBound]) }
    }
}

extension String {
    fileprivate func components(after separator: String) -> [Substring] {
        ranges(of: separator).map { self[$0.upperBound...] }
    }
}
