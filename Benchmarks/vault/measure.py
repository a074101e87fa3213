#!/usr/bin/env python3
"""Measures the image vault against restic and qemu-img on the same images, the programs taking turns.

Usage: measure.py TOOL FOLDER [ROUNDS]
TOOL is image-vault-tool of a release build; FOLDER has day0.img, and day1.img and changed.txt from change-image.py.
Prints a table of medians, with the commands below it.
"""
import os, shutil, statistics, subprocess, sys

import cost

tool, folder, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 3
os.chdir(folder)
day0, day1, changed, password = "day0.img", "day1.img", "@changed.txt", "password"
with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    file.write("benchmark\n")
figures, commands = {}, {}


def run(job, who, *command, stdin=None):
    """One program, with what it cost: wall and CPU seconds, MB of memory. Returns its output."""
    cold(day0)
    cold(day1)
    commands[job, who] = " ".join(command)
    output, (wall, cpu, memory) = cost.run(*command, stdin=stdin)
    figures.setdefault((job, who), []).append((wall, cpu, memory))
    print(f"{job}, {who}: {wall:.2f} s, {cpu:.2f} s of CPU time, {memory:.0f} MB", file=sys.stderr, flush=True)
    return output


def size(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(base, name)) for base, _, names in os.walk(path) for name in names)


stored = {}


def grown(job, who, path, before):
    stored[job, who] = (size(path) - before) / 1e6


def cold(path):
    """No program finds the image in the page cache: that is what a volume of any size is like."""
    os.sync()
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def same(path, other):
    subprocess.run(["cmp", path, other], check=True)


def restic(job, *arguments, stdin=None):
    return run(job, "restic", "restic", "--no-cache", "-q", "-r", "theirs", "-p", password, *arguments, stdin=stdin)


def ours(job, command, *arguments):
    return run(job, "Remanso", tool, command, "ours", password, *arguments)


def backup(image):
    return ["backup", "--stdin", "--stdin-filename", "srv.img"], open(image, "rb")


def first():
    for path in ["ours", "theirs"]:
        shutil.rmtree(path, ignore_errors=True)
        subprocess.run(["restic", "-q", "-r", path, "-p", password, "init"], check=True)
    before = size("ours")
    snapshot = ours("first image", "write", day0, "/srv.img").split()[0]
    grown("first image", "Remanso", "ours", before)
    arguments, stdin = backup(day0)
    before = size("theirs")
    restic("first image", *arguments, stdin=stdin)
    grown("first image", "restic", "theirs", before)
    if shutil.which("qemu-img"):
        run("first image", "qemu-img", "qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", "-o",
            "compression_type=zstd", day0, "first.qcow2")
        stored["first image", "qemu-img"] = size("first.qcow2") / 1e6
        os.remove("first.qcow2")
    return snapshot


def second(parent):
    """The increment, with the changed blocks known and unknown."""
    subprocess.run(["cp", "-a", "ours", "copy"], check=True)
    before = size("ours")
    snapshot = ours("increment", "write", day1, "/srv.img", parent, changed).split()[0]
    grown("increment", "Remanso", "ours", before)
    run("full compare", "Remanso", tool, "write", "copy", password, day1, "/srv.img", parent)
    shutil.rmtree("copy")
    arguments, stdin = backup(day1)
    before = size("theirs")
    restic("increment", *arguments, stdin=stdin)
    grown("increment", "restic", "theirs", before)
    figures["full compare", "restic"] = figures["increment", "restic"]
    return snapshot


def restore(snapshot):
    ours("restore", "restore", snapshot, "/srv.img", "restored.img")
    same("restored.img", day1)
    os.remove("restored.img")
    os.mkdir("restored")
    restic("restore", "restore", "latest", "--target", "restored")
    shutil.rmtree("restored")
    ours("verify", "verify", snapshot, "/srv.img")


def judged():
    subprocess.run(["restic", "-q", "--no-cache", "-r", "ours", "-p", password, "check", "--read-data"], check=True)


try:
    for number in range(rounds):
        snapshot = second(first())
        restore(snapshot)
    judged()
    print(f"{'':14}{'':10}{'wall s':>9}{'CPU s':>9}{'MB memory':>11}{'MB stored':>11}{'CPU : restic':>14}{'wall : restic':>15}")
    median = {key: [statistics.median(column) for column in zip(*runs)] for key, runs in figures.items()}
    for (job, who), (wall, cpu, memory) in sorted(median.items(), key=lambda item: (item[0][0], item[0][1] != "Remanso")):
        text = f"{job:14}{who:10}{wall:9.2f}{cpu:9.2f}{memory:11.0f}"
        text += f"{stored[job, who]:11.1f}" if (job, who) in stored else " " * 11
        other = median.get((job, "restic"))
        if other and who != "restic":
            text += f"{cpu / other[1]:14.3f}{wall / other[0]:15.3f}"
        print(text)
    print()
    for (job, who), command in sorted(commands.items()):
        print(f"{job}, {who}: {command}")
finally:
    for path in ["ours", "theirs", "copy", "restored"]:
        shutil.rmtree(path, ignore_errors=True)
