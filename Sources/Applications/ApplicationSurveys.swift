internal import Linux
internal import Messages

extension Applications {
    /// Whether the application is held by a session, and not by freezing its control group with the volumes.
    public static func hasSession(_ settings: ApplicationSettings) -> Bool {
        !(kind(settings.type)?.freezesCgroup ?? false)
    }

    /// Finds the control groups of all applications that have one. Asks nobody, so that no keeper is needed.
    public static func surveyCgroups(_ settings: [ApplicationSettings]) -> [ApplicationResult] {
        var results: [ApplicationResult] = []
        for one in settings where !hasSession(one) {
            var result = ApplicationResult(record: ApplicationRecord(one))
            do throws(ApplicationFault) {
                let survey = try CgroupSession(one).survey()
                result.record.folders = survey.folders
                result.record.facts = survey.facts
                if let fault = overlap(result, with: results) { throw fault }
            } catch {
                result.fault = error
            }
            results.append(result)
        }
        return results
    }

    private static func overlap(_ result: ApplicationResult, with others: [ApplicationResult]) -> ApplicationFault? {
        guard let path = result.record.cgroup else { return nil }
        let other = others.first { other in
            guard other.fault == nil, let its = other.record.cgroup else { return false }
            return Files.path(path, isWithin: its) || Files.path(its, isWithin: path)
        }
        return other.map { .cgroup(path: path, .overlaps(name: $0.record.name)) }
    }
}
