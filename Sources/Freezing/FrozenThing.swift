internal import CLinux
internal import Glibc
internal import Linux

/// What a freeze is of, by descriptors that were opened before it.
enum FrozenThing: Sendable {
    case volume(Descriptor)
    case cgroup(Cgroup)

    /// What the freezer needs of it, in the order that it reads them.
    var descriptors: [Descriptor] {
        switch self {
        case .volume(let root): [root]
        case .cgroup(let cgroup): [cgroup.control, cgroup.events]
        }
    }

    /// - Returns: the error, 0 for none; `EINVAL` when it is not frozen.
    func thaw() -> Int32 {
        let result =
            switch self {
            case .volume(let root): remanso_thaw(root.number)
            case .cgroup(let cgroup): remanso_cgroup_thaw(cgroup.control.number)
            }
        return result == 0 ? 0 : errno
    }
}
