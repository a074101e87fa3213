"""What a program costs."""
import os, subprocess, sys, time


def run(*command, good=(0,), **options):
    """Runs a program, and ends this one unless its status is good.

    Returns its output, and what it cost with all that it waited for: wall seconds, CPU seconds, MB of memory.
    """
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        sys.exit(f"{' '.join(command)} failed: {output}")
    return output, (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
