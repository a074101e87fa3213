internal import Yams

/// A key that stands twice in one mapping: its dotted path, and the line of the second one.
///
/// Yams ends with an error that knows only the bare name and the first place. So the first one is given another name
/// and the text composed again, until there is a tree in which both can be found.
struct Duplicate {
    let key: String
    let line: Int

    init(_ name: String, at mark: Mark, in text: String) {
        var renamed = Renamed(text)
        var found: Place?
        if renamed.rename(name, at: mark), let root = renamed.tree() {
            found = renamed.place(of: name, in: root, path: "", line: mark.line)
        }
        key = found?.path ?? printable(name)
        line = found?.line ?? mark.line
    }

    private struct Place {
        let path: String
        let line: Int
    }

    private struct Renamed {
        var scalars: [Unicode.Scalar]
        var names: [String: String] = [:]

        init(_ text: String) { scalars = Array(text.unicodeScalars) }

        /// False when the key does not stand there in plain words (an escape, an alias).
        mutating func rename(_ name: String, at mark: Mark) -> Bool {
            guard var start = index(of: mark) else { return false }
            while start < scalars.count, scalars[start] == "!" || scalars[start] == "&" {
                start = scalars[start...].firstIndex(of: " ") ?? scalars.count
                start = scalars[start...].firstIndex { $0 != " " } ?? scalars.count
            }
            for spelling in [name, "\"\(name)\"", "'\(name)'"] {
                let written = Array(spelling.unicodeScalars)
                guard !written.isEmpty, scalars[start...].starts(with: written) else { continue }
                let other = "remanso-duplicate-\(names.count)"
                names[other] = name
                scalars.replaceSubrange(start..<start + written.count, with: other.unicodeScalars)
                return true
            }
            return false
        }

        private func index(of mark: Mark) -> Int? {
            var line = 1
            var index = 0
            while line < mark.line, index < scalars.count {
                switch scalars[index] {
                case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": break
                case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": line += 1
                default: break
                }
                index += 1
            }
            index += mark.column - 1
            return index < scalars.count ? index : nil
        }

        /// The tree once all duplicates are renamed; `nil` when there are too many, or something else is wrong.
        mutating func tree() -> Node? {
            for _ in 0..<16 {
                var text = String.UnicodeScalarView()
                text.append(contentsOf: scalars)
                do {
                    return try Document.compose(String(text))
                } catch YamlError.duplicatedKeysInMapping(let again, let context) {
                    guard let name = again.first, rename(name, at: context.mark) else { return nil }
                } catch {
                    return nil
                }
            }
            return nil
        }

        /// The second key of this name in the mapping whose first one is the first that was renamed.
        func place(of name: String, in node: Node, path: String, line: Int) -> Place? {
            switch node {
            case .mapping(let mapping):
                let isHere = mapping.contains { $0.key.string == "remanso-duplicate-0" }
                let same = mapping.filter { original($0.key) == name }
                if isHere, same.count > 1 {
                    return Place(path: dotted(path, name), line: same[1].key.mark?.line ?? line)
                }
                for (key, value) in mapping {
                    let inner = dotted(path, original(key) ?? "?")
                    if let place = place(of: name, in: value, path: inner, line: line) { return place }
                }
                return nil
            case .sequence(let sequence):
                for (index, item) in sequence.enumerated() {
                    if let place = place(of: name, in: item, path: "\(path)[\(index)]", line: line) { return place }
                }
                return nil
            default: return nil
            }
        }

        private func original(_ key: Node) -> String? { key.string.map { names[$0] ?? $0 } }
    }
}
