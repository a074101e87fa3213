internal import Linux
internal import Messages

extension ApplicationKind {
    /// A systemd unit or a container: an application without an interface, whose processes are stopped where they stand.
    static let cgroup = ApplicationKind(
        type: "cgroup",
        options: [
            ApplicationOption("unit", .text), ApplicationOption("cgroup", .path), ApplicationOption("data", .paths),
            ApplicationOption("program", .path), ApplicationOption("arguments", .text),
        ],
        // What stands still writes nowhere: all its volumes show the same instant.
        needsCommonInstant: { _ in false },
        freezesCgroup: true,
        session: CgroupSession.init,
        drill: CgroupDrill.init)
}

extension ApplicationRecord {
    /// The folder of the control group that is frozen in the place of a session; `nil` for every other application.
    public var cgroup: String? { facts[CgroupSession.fact] }
}
