import Linux
import Messages
import Scripts
import Testing

@testable import Commands
@testable import Runs

@Suite struct HTMLReportTests {
    private static let hostile = "</pre></title></desc><script>alert('1')</script>\"&`<b\u{301}>\u{1B}[31m\u{202E}\0\r"
    private static let samples: [Report] = [
        SampleReport.succeeded, SampleReport.degraded(hostile: hostile), SampleReport.failed, SampleReport.rehearsal,
        Report(),
    ]

    @Test(arguments: samples, Language.allCases)
    func pagesAreWellFormedAndSelfContained(_ report: Report, _ language: Language) {
        let page = HTMLReport.page(report, in: language)
        let tags = Tags(of: page)
        #expect(tags.faults == [])
        #expect(tags.names.count { $0 == "h1" } == 1)
        #expect(Set(tags.names).isDisjoint(with: ["script", "link", "img", "iframe", "b\u{301}"]))
        for reference in ["http:", "https:", "//", "src=", "href=", "url(", "@import"] {
            #expect(!page.contains(reference), "\(reference)")
        }
        #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"\(language.rawValue)\">"))
        let ids = parts(of: page, between: " id=\"", and: "\"")
        #expect(Set(ids).count == ids.count)
        for reference in parts(of: page, between: "aria-labelledby=\"", and: "\"") {
            #expect(ids.contains(reference), "\(reference)")
        }
        #expect(!page.contains("NaN") && !page.contains("inf%") && !page.contains("nil"))
    }

    @Test func whatComesFromOutsideStaysText() {
        let page = HTMLReport.page(SampleReport.degraded(hostile: Self.hostile), in: .en)
        #expect(page.contains("&lt;/pre&gt;&lt;/title&gt;&lt;/desc&gt;&lt;script&gt;alert(&#39;1&#39;)"))
        #expect(page.contains("&quot;&amp;`&lt;b\u{301}&gt;\\u{1B}[31m\\u{202E}\\u{0}\\u{D}"))
        #expect(page.contains("<span class=\"control\">\\u{1B}</span>[31m"))
        let isVisible = page.unicodeScalars.allSatisfy { scalar in
            scalar == "\n" || ![.control, .format].contains(scalar.properties.generalCategory)
        }
        #expect(isVisible)
    }

    @Test func outputKeepsItsLines() {
        var report = SampleReport.succeeded
        report.scripts.pre.attempts[0].stdout = "\none\ttwo\r\nthree"
        let page = HTMLReport.page(report, in: .en)
        #expect(page.contains("aria-label=\"Standard output\">\n\none\ttwo\nthree</pre>"))
        #expect(page.contains("It printed nothing."))
    }

    @Test func attemptsTellHowTheyEnded() {
        var report = SampleReport.degraded(hostile: "plugin")
        report.scripts.post.attempts = [ScriptAttempt(plugin: "plugin")]
        let page = HTMLReport.page(report, in: .en)
        #expect(page.contains("Exit status 1"))
        #expect(page.contains("Timed out · Signal 9"))
        #expect(page.contains("Not started"))
        #expect(page.contains("plugin · attempt 2"))
        #expect(page.contains("Only the last 64 KiB were kept."))
        #expect(page.components(of: "<details class=\"failed\" open>") == 3)
    }

    @Test func commandsOfActionsStandOut() {
        let page = HTMLReport.page(SampleReport.failed, in: .en)
        #expect(page.contains("<code>chmod 700 /etc/azure/pre.sh</code>"))
        #expect(page.contains("InsufficientPermissionforPre-Script"))
        #expect(HTML.prose("one ` alone").source == "one ` alone")
    }

    @Test func bothLanguagesSayLevelAndFigures() {
        let english = HTMLReport.page(SampleReport.succeeded, in: .en)
        #expect(english.contains("<h1>Application-consistent</h1>"))
        #expect(english.contains("<header class=\"succeeded\">"))
        #expect(english.contains("<dd>41.2\u{A0}ms</dd>"))
        #expect(english.contains("<dd>24.0\u{A0}GiB</dd>"))
        let spanish = HTMLReport.page(SampleReport.succeeded, in: .es)
        #expect(spanish.contains("<h1>Coherente con la aplicación</h1>"))
        #expect(spanish.contains("<dd>41,2\u{A0}ms</dd>"))
        #expect(spanish.contains("La pausa, ampliada"))
    }

    @Test func aFailedRunWithoutVolumesShowsNoEmptyParts() {
        let page = HTMLReport.page(SampleReport.failed, in: .en)
        #expect(page.contains("<h1>No recovery point was made.</h1>"))
        #expect(!page.contains("<table"))
        #expect(!page.contains("<details"))
        #expect(!page.contains("Pause of the application"))
        let empty = HTMLReport.page(Report(), in: .en)
        #expect(!empty.contains("Timeline"))
    }

    @Test func aReportReadBackMayHoldAnyNumber() {
        var report = SampleReport.succeeded
        report.timeline[0].durationMs = .infinity
        report.timeline[1].startMs = -.infinity
        report.timeline[2].durationMs = .nan
        report.timeline[7].durationMs = 1e300
        report.pauseMs = Report.Pause(application: 1e300, freeze: .infinity)
        report.volumes[0].bytesRead = .max
        #expect(Tags(of: HTMLReport.page(report, in: .en)).faults == [])
    }

    @Test func onlyItsOwnerCanReadTheFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/report.html"
        try HTMLReport.write(SampleReport.failed, to: path, in: .es)
        #expect(Files.text(path) == HTMLReport.page(SampleReport.failed, in: .es))
        #expect(try folder.mode(of: "report.html") == 0o600)
    }

    @Test func aFileThatCannotBeWrittenIsAFailure() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/missing/report.html"
        let failure = #expect(throws: Failure.self) { try HTMLReport.write(Report(), to: path, in: .en) }
        #expect(failure?.problem.code.name == "CannotWrite")
    }

    @Test func aPipeIsWrittenToAndNotReplaced() throws {
        let folder = try TemporaryFolder()
        let reader = try folder.pipe("report.html")
        try HTMLReport.write(Report(), to: folder.path + "/report.html", in: .en)
        let page = HTMLReport.page(Report(), in: .en)
        #expect(String(decoding: try reader.readAll(limit: 1 << 16), as: UTF8.self) == page)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
