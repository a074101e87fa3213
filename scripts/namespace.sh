# For scripts that mount and freeze: whether they are kept apart from the machine.

# Some process that this one descends from lives in another mount namespace. (Not all of them may be looked at.)
has_own_namespace() {
    local pid=$$ own other
    own=$(readlink /proc/self/ns/mnt)
    while [ "${pid:-0}" -gt 1 ]; do
        pid=$(ps -o ppid= -p "$pid" | tr -d ' ')
        other=$(readlink "/proc/$pid/ns/mnt")
        [ -z "$other" ] || [ "$other" = "$own" ] || return 0
    done
    return 1
}
