import Fixtures
import Glibc
import Messages
import Testing

@testable import Commands

/// A `workload.conf` that cannot be used ends in one error, and none tells a secret.
@Suite struct TakeoverFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let fault: WorkloadFault

        init(_ text: String, _ fault: WorkloadFault) { (self.text, self.fault) = (text, fault) }

        var testDescription: String { text }
    }

    @Test(arguments: cases) func namesWhatIsWrong(_ one: Case) throws {
        let fault = try fault(one.text)
        #expect(fault == one.fault)
    }

    private static let known = ["mariadb", "mysql", "oracle", "postgres"]

    private static let cases: [Case] = [
        Case("", .file(.missing(key: "[workload]"))),
        Case("[other]\nworkload_name = mysql\n", .file(.missing(key: "[workload]"))),
        Case("[workload]\ntimeout = 5\n", .file(.missing(key: "workload_name"))),
        Case("[workload]\nworkload_name =\n", .file(.empty(key: "workload_name"))),
        Case(
            "[workload]\nworkload_name = mongodb\n",
            .notOneOf(key: "workload_name", value: "mongodb", known: known)),
        Case(
            "[workload]\nworkload_name = mysql\nrole = arbiter\n",
            .notOneOf(key: "role", value: "arbiter", known: ["master", "slave"])),
        Case(
            "[workload]\nworkload_name = mysql\ntimeout = soon\n",
            .file(.wrongType(key: "timeout", expected: .integer))),
        Case(
            "[workload]\nworkload_name = mysql\ntimeout = 0\n",
            .file(.outOfRange(key: "timeout", value: "0", lowest: 1, highest: Int(Int32.max)))),
        Case("[workload]\nworkload_name = mysql\ncredString = -p'geheim\n", .openQuote(key: "credString")),
        Case("[workload]\nworkload_name = mysql\ncredString = \"-pgeheim\n", .openQuote(key: "credString")),
        Case(
            "[workload]\nworkload_name = mysql\ncredString -pgeheim\n", .file(.syntax(line: 3, column: 1, found: "…"))),
        Case("-pgeheim = x\n", .file(.syntax(line: 1, column: 1, found: "…"))),
        Case("[workload]\n-pgeheim = x\n-pgeheim = y\n", .file(.duplicate(key: "…"))),
        Case("[workload]\nrole = a\nROLE = b\n", .file(.duplicate(key: "ROLE"))),
        Case("[workload]\nworkload_name = mysql\nlinux_user = a\0b\n", .file(.holdsNUL(key: "linux_user"))),
    ]

    @Test(arguments: [0o620, 0o602, 0o666] as [mode_t]) func onlyRootMayHaveWrittenIt(mode: mode_t) throws {
        let fault = try fault("[workload]\nworkload_name = mysql\n", mode: mode)
        guard case .permission(.tooOpen(_, String(mode, radix: 8)))? = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
    }

    @Test func aMissingFileIsNamed() throws {
        try Sandbox.with { sandbox in
            let path = sandbox.path("none.conf")
            do throws(Failure) {
                _ = try Takeover(path, folder: sandbox.path)
                Issue.record("accepted")
            } catch {
                #expect(error.problem.subject == path)
                #expect(error.problem.message(in: .en).contains("No such file or directory"))
            }
        }
    }

    @Test func noLineOfTheFileIsToldInFull() throws {
        for text in ["[workload]\n-pgeheim\n", "[workload]\n--password=geheim\n", "[geheim]\n[geheim]\n"] {
            let found = try fault(text + "workload_name = x\n")
            for language in Language.allCases {
                let problem = Problem.workloadFile(path: "/f", fault: try #require(found))
                #expect(!problem.message(in: language).contains("geheim"))
                #expect(!problem.action(in: language).contains("geheim"))
            }
        }
    }

    private func fault(_ text: String, mode: mode_t = 0o600) throws -> WorkloadFault? {
        try Sandbox.with { sandbox in
            let path = try sandbox.write("workload.conf", text, mode: mode)
            do {
                _ = try Takeover(path, folder: sandbox.path)
                return nil
            } catch let failure as Failure {
                guard case .workloadFile(path, let fault) = failure.problem else { return nil }
                return fault
            }
        }
    }
}
