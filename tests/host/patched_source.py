#!/usr/bin/env python3
"""Prints a file of an unpacked Darknet, patched or not, as apply would leave it.

usage: patched_source.py HOST TREE FILE
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "darknet_patch"))

from edits import insert, strip_blocks
from hosts import VARIANTS

host, tree, file = sys.argv[1:]
with open(os.path.join(tree, file), encoding="latin-1", newline="") as f:
    text = strip_blocks(file, f.read())
for edit in VARIANTS[host].edits:
    if edit.file == file:
        text = insert(edit, text)
sys.stdout.reconfigure(encoding="latin-1", newline="")
sys.stdout.write(text)
