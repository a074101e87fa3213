#!/usr/bin/env python3
"""Changes 2 % of an image's blocks of 4 KiB and prints what it changed, a line OFFSET+LENGTH for each run of blocks.

Usage: change-image.py IMAGE scattered|runs [MEBIBYTES]
scattered: each block by itself anywhere. runs: 1 to 64 blocks side by side anywhere, as databases and logs write.
MEBIBYTES: change that much instead of 2 %. New content looks like old content: a block from elsewhere, stamped.
"""
import os, random, sys

BLOCK = 4096
image, pattern = sys.argv[1], sys.argv[2]
random.seed(2)
with open(image, "r+b", buffering=0) as file:
    blocks = file.seek(0, os.SEEK_END) // BLOCK
    wanted = (int(sys.argv[3]) << 20) // BLOCK if len(sys.argv) > 3 else blocks // 50
    changed = set()
    while len(changed) < wanted:
        start = random.randrange(blocks)
        length = 1 if pattern == "scattered" else random.randrange(1, 65)
        changed.update(range(start, min(start + length, blocks)))
    for block in sorted(changed):
        content = bytearray(os.pread(file.fileno(), BLOCK, random.randrange(blocks) * BLOCK))
        content[:16] = random.randbytes(16)
        os.pwrite(file.fileno(), content, block * BLOCK)
    os.fsync(file.fileno())
start = last = None
for block in sorted(changed) + [None]:
    if last is not None and block != last + 1:
        print(f"{start * BLOCK}+{(last + 1 - start) * BLOCK}")
        start = block
    if start is None:
        start = block
    last = block
