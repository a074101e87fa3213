#!/usr/bin/env python3
"""What a backup costs in the vault against the volume's size, the change being the same: 16 MiB in 256 places.

Usage: flat.py TOOL FOLDER [GIBIBYTES ...]
Every blob of the images is another one, as on a full disk without two blocks alike; each is almost empty, so that images
of any size are made quickly. All repositories are copies of one, so that making the key costs the same in each; what that is, and
a process at all, the line of an image of no bytes says. Increments: medians of five in a chain, the highest memory.
"""
import os, random, shutil, statistics, subprocess, sys

import cost

tool, folder = sys.argv[1], sys.argv[2]
sizes = [int(size) for size in sys.argv[3:]] or [1, 4, 16]
BLOB = 64 << 10
REMAINS = ["flat-empty", "flat", "flat.img", "flat.txt"]
os.chdir(folder)
with open(os.open("password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    file.write("benchmark\n")


def write(*more):
    """The new snapshot, wall seconds, CPU seconds, megabytes."""
    output, figures = cost.run(tool, "write", "flat", "password", "flat.img", "/srv.img", *more)
    return output.split()[0], *figures


def make_image(gibibytes):
    with open("flat.img", "wb", buffering=0) as file:
        file.truncate(gibibytes << 30)
        for offset in range(0, gibibytes << 30, BLOB):
            os.pwrite(file.fileno(), offset.to_bytes(8, "little") + random.randbytes(8), offset)


def change_image(blobs):
    changed = [random.randrange(blobs) * BLOB for _ in range(256)]
    with open("flat.img", "r+b", buffering=0) as file:
        for offset in changed:
            os.pwrite(file.fileno(), random.randbytes(BLOB), offset)
    with open("flat.txt", "w") as file:
        file.writelines(f"{offset}+{BLOB}\n" for offset in changed)
    os.sync()


def increments(parent, blobs):
    found = []
    for _ in range(5):
        change_image(blobs)
        parent, *figures = write(parent, "@flat.txt")
        found.append(figures)
    wall, cpu, memory = zip(*found)
    return statistics.median(wall), statistics.median(cpu), max(memory)


def measure(gibibytes):
    shutil.rmtree("flat", ignore_errors=True)
    shutil.copytree("flat-empty", "flat")
    make_image(gibibytes)
    blobs = (gibibytes << 30) // BLOB
    snapshot, _, first, memory = write()
    print(f"{gibibytes:4}{blobs:9}{first:14.2f}{memory:6.0f}", end="", flush=True)
    if blobs > 0:
        wall, cpu, peak = increments(snapshot, blobs)
        print(f"{wall:19.2f}{cpu:7.2f}{peak:6.0f}", end="")
    print(flush=True)


def remove_all():
    for name in REMAINS:
        shutil.rmtree(name, ignore_errors=True)
        if os.path.exists(name):
            os.remove(name)


print(f"{'GiB':>4}{'blobs':>9}{'first: CPU s':>14}{'MB':>6}{'increment: wall s':>19}{'CPU s':>7}{'MB':>6}")
random.seed(4)
try:
    subprocess.run(["restic", "-q", "-r", "flat-empty", "-p", "password", "init"], check=True)
    for gibibytes in [0] + sizes:
        measure(gibibytes)
finally:
    remove_all()
