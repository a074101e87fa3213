#!/usr/bin/env python3
"""What a backup costs in the vault against the volume's size, the change being the same: 16 MiB in 256 places.

Usage: flat.py TOOL FOLDER [GIBIBYTES ...]
Every blob of the images is another one, as on a full disk without two blocks alike; each is almost empty, so that images
of any size are made quickly.
"""
import os, random, shutil, subprocess, sys, time

tool, folder = sys.argv[1], sys.argv[2]
sizes = [int(size) for size in sys.argv[3:]] or [1, 4, 16]
BLOB = 64 << 10
os.chdir(folder)
with open(os.open("password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    file.write("benchmark\n")


def run(*command):
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed: {output}")
    return output.split(), time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


print(f"{'GiB':>4}{'blobs':>9}{'first: CPU s':>14}{'MB':>6}{'increment: wall s':>19}{'CPU s':>7}{'MB':>6}")
try:
    for gibibytes in sizes:
        subprocess.run(["restic", "-q", "-r", "flat", "-p", "password", "init"], check=True)
        with open("flat.img", "wb", buffering=0) as file:
            file.truncate(gibibytes << 30)
            for offset in range(0, gibibytes << 30, BLOB):
                os.pwrite(file.fileno(), offset.to_bytes(8, "little") + random.randbytes(8), offset)
        blobs = (gibibytes << 30) // BLOB
        output, _, first, memory = run(tool, "write", "flat", "password", "flat.img", "/srv.img")
        random.seed(4)
        changed = [random.randrange(blobs) * BLOB for _ in range(256)]
        with open("flat.img", "r+b", buffering=0) as file:
            for offset in changed:
                os.pwrite(file.fileno(), random.randbytes(BLOB), offset)
        with open("flat.txt", "w") as file:
            file.writelines(f"{offset}+{BLOB}\n" for offset in changed)
        os.sync()
        _, wall, cpu, peak = run(tool, "write", "flat", "password", "flat.img", "/srv.img", output[0], "@flat.txt")
        print(f"{gibibytes:4}{blobs:9}{first:14.2f}{memory:6.0f}{wall:19.2f}{cpu:7.2f}{peak:6.0f}", flush=True)
        shutil.rmtree("flat")
finally:
    shutil.rmtree("flat", ignore_errors=True)
    for name in ["flat.img", "flat.txt"]:
        if os.path.exists(name):
            os.remove(name)
