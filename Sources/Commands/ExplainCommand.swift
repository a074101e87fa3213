internal import Messages
internal import Runs

/// `remanso explain`: what a code means and what to do.
enum ExplainCommand {
    static let spec = CommandSpec(name: .explain, argument: .code, run: run)

    private struct Row: Encodable {
        var code: String
        var number: String
        var meaning: String
        var action: String
    }

    private struct Document: Encodable {
        var codes: [Row]
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        let entries = invocation.argument.map(Catalogue.find) ?? Catalogue.entries
        let language = invocation.language
        if entries.isEmpty, let code = invocation.argument {
            throw Failure(.wrongUsage(detail: Phrase.unknownCode(code).text(in: language)))
        }
        if invocation.has(.json) {
            let rows = entries.map {
                Row(
                    code: $0.code.name, number: $0.number, meaning: $0.meaning(in: language),
                    action: $0.action(in: language))
            }
            Terminal.print(json: JSONText.encode(Document(codes: rows)))
        } else {
            Terminal.print(entries.map { text($0, language) }.joined(separator: "\n\n"))
        }
        return .success
    }

    private static func text(_ entry: CatalogueEntry, _ language: Language) -> String {
        let action = "\(Phrase.label(.action).text(in: language)): \(entry.action(in: language))"
        return ["\(entry.code.name) (\(entry.number))", entry.meaning(in: language), action]
            .map { Help.wrapped($0, width: Terminal.width) }.joined(separator: "\n")
    }
}
