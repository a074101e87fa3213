/// Names and values in the tags of a restic snapshot. restic splits tags at commas and trims them, so that neither may
/// stand in a value.
enum Tag {
    static let data = "remanso-data"
    static let manifest = "remanso"
    static let images = "remanso-images"
    static let drill = "remanso-drill"

    static func encoded(_ name: String, _ value: String) -> String { "\(name)=\(encoded(value))" }

    /// A tag's two halves, the value decoded; `nil` for a tag without value.
    static func decoded(_ tag: String) -> (name: Substring, value: String)? {
        guard let equals = tag.firstIndex(of: "=") else { return nil }
        return (tag[..<equals], PercentEncoding.decoded(tag[tag.index(after: equals)...]))
    }

    static func encoded(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            let properties = scalar.properties
            if scalar == "%" || scalar == "," || properties.isWhitespace || properties.generalCategory == .control {
                for byte in String(scalar).utf8 {
                    let digits = String(byte, radix: 16, uppercase: true)
                    result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
