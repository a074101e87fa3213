import Messages
import Testing

@testable import Commands
@testable import Runs

@Suite struct HTMLChartTests {
    private struct Box {
        let x: Double
        let width: Double
    }

    @Test func barsAreProportionalToTheirPhases() throws {
        let report = SampleReport.succeeded
        let page = HTMLReport.page(report, in: .en)
        let run = try bars(of: "run", in: page)
        try #require(run.count == report.timeline.count)
        for (bar, entry) in zip(run, report.timeline) {
            #expect(abs(bar.x - entry.startMs / 46) < 0.001)
            #expect(abs(bar.width - entry.durationMs / 46) < 0.001)
        }
        let pause = try bars(of: "pause", in: page)
        try #require(pause.count == 5)
        for (bar, entry) in zip(pause, report.timeline[2...6]) {
            #expect(abs(bar.x - (entry.startMs - 420) / 0.412) < 0.001)
            #expect(abs(bar.width - entry.durationMs / 0.412) < 0.001)
        }
    }

    @Test func theFreezeIsMarkedUpToTheEndOfTheThaw() throws {
        let chart = try chart("pause", in: HTMLReport.page(SampleReport.succeeded, in: .en))
        let band = try #require(boxes("band", in: chart).first)
        #expect(abs(band.x + band.width - (453 - 420) / 0.412) < 0.001)
        #expect(abs(band.width - 9.8 / 0.412) < 0.001)
        #expect(chart.contains("Freeze 9.8\u{A0}ms</text>"))
    }

    @Test func aNarrowFreezeGetsAPictureOfItsOwn() throws {
        var report = SampleReport.succeeded
        report.timeline[2].startMs = 20
        report.timeline[2].durationMs = 420
        let page = HTMLReport.page(report, in: .en)
        #expect(try bars(of: "freeze", in: page).count == 3)
        #expect(try bars(of: "pause", in: page).count == 5)
        #expect(!HTMLReport.page(SampleReport.succeeded, in: .en).contains("freeze-title"))
    }

    @Test func aRehearsalIsNotShownTwice() throws {
        let page = HTMLReport.page(SampleReport.rehearsal, in: .en)
        #expect(try bars(of: "run", in: page).count == 6)
        #expect(!page.contains("pause-title"))
        #expect(try bars(of: "freeze", in: page).count == 2)
    }

    @Test func withoutScriptsTheFreezeIsEnlarged() throws {
        var report = SampleReport.succeeded
        report.timeline[2].outcome = .skipped
        report.timeline[6].outcome = .skipped
        report.pauseMs.application = 9.8
        let chart = try chart("pause", in: HTMLReport.page(report, in: .en))
        #expect(chart.contains("The freeze, enlarged"))
        #expect(boxes("bar", in: chart).count == 3)
    }

    @Test func withoutAFreezeThereIsNoPause() {
        var report = SampleReport.succeeded
        for index in [2, 3, 5, 6] { report.timeline[index].outcome = .skipped }
        report.pauseMs = Report.Pause()
        let page = HTMLReport.page(report, in: .en)
        #expect(!page.contains("pause-title"))
        #expect(!page.contains("Pause of the application"))
        #expect(page.contains("<dd>Not frozen</dd>"))
    }

    @Test func picturesAreToldInWords() {
        let page = HTMLReport.page(SampleReport.degraded(hostile: "x"), in: .en)
        #expect(page.contains("pre-script: 20.0\u{A0}ms, failed; freeze: 5.0\u{A0}ms, ok"))
        #expect(page.contains("role=\"img\""))
    }

    private static let scales: [(Double, [String])] = [
        (41.2, ["0 ms", "10 ms", "20 ms", "30 ms", "40 ms"]),
        (2.4, ["0 ms", "0.5 ms", "1 ms", "1.5 ms", "2 ms"]),
        (0.6, ["0 ms", "0.2 ms", "0.4 ms", "0.6 ms"]),
        (4600, ["0 s", "1 s", "2 s", "3 s", "4 s"]),
        (600_000, ["0 min", "2 min", "4 min", "6 min", "8 min", "10 min"]),
        (14_400_000, ["0 h", "1 h", "2 h", "3 h", "4 h"]),
        (0, ["0 ms"]),
    ]

    @Test(arguments: scales)
    func ticksAreRound(_ length: Double, _ labels: [String]) {
        #expect(HTMLScale(length: length).ticks.map(\.label) == labels)
    }

    private func bars(of name: String, in page: String) throws -> [Box] { boxes("bar", in: try chart(name, in: page)) }

    private func chart(_ name: String, in page: String) throws -> String {
        let charts = parts(of: page, between: "<figure>", and: "</figure>")
        return try #require(charts.first { $0.contains("id=\"\(name)-title\"") })
    }

    private func boxes(_ kind: String, in chart: String) -> [Box] {
        parts(of: chart, between: "<rect class=\"\(kind)\"", and: "/>").map { rect in
            func number(_ name: String) -> Double {
                parts(of: rect, between: " \(name)=\"", and: "%\"").first.flatMap(Double.init) ?? -1
            }
            return Box(x: number("x"), width: number("width"))
        }
    }
}
