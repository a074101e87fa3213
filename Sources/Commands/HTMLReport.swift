internal import Messages
internal import Runs
enum HTMLReport { static func write(_ report: Report, to path: String, in language: Language) throws(Failure) {} }
