#!/usr/bin/env python3
"""Compare two outputs of run_net or opencv_outputs.py.

usage: compare_outputs.py PREFIX_A PREFIX_B [TOLERANCE [layers]]

Prints the largest max |a - b| / max |a| of what heads read (or the net gives, where it
has no head) and of the heads' own outputs, which `layers` leaves out: programs order
them differently. Exit status 1: one is above TOLERANCE (1e-4), or the two have other
shapes or other numbers that are not finite. 3: A itself is of no use, what a head reads
is not finite or all zero there.
"""

import sys

import numpy as np

USELESS = 3


def load(prefix):
    """{name: numbers}"""
    data = np.fromfile(prefix + ".f32", dtype=np.float32).astype(np.float64)
    parts, at = {}, 0
    with open(prefix + ".txt", encoding="ascii") as index:
        for line in index:
            name, count = line.split()
            parts[name] = data[at:at + int(count)]
            at += int(count)
    if at != data.size:
        sys.exit(f"{prefix}.f32: {data.size} numbers, not {at}")
    return parts


def main(prefix_a, prefix_b, tolerance="1e-4", only=""):
    a, b = load(prefix_a), load(prefix_b)
    if only:
        a, b = ({n: x for n, x in c.items() if n.startswith("layer")} for c in (a, b))
    worst = {"layer": 0.0, "head": 0.0}
    for name, x in a.items():
        if name.startswith("layer") and not (np.isfinite(x).all() and x.any()):
            print(f"{name} is not finite, or zero")
            return USELESS
    if not a or {n: x.size for n, x in a.items()} != {n: x.size for n, x in b.items()}:
        print("other outputs")
        return 1
    for name, x in a.items():
        y, finite = b[name], np.isfinite(x)
        if (finite != np.isfinite(y)).any():
            print(f"{name} is not finite elsewhere")
            return 1
        x, y = x[finite], y[finite]
        kind = name.rstrip("0123456789")
        largest = np.abs(x).max(initial=0) or 1
        worst[kind] = max(worst[kind], np.abs(x - y).max(initial=0) / largest)
    print(f"{worst['layer']:.1e} {worst['head']:.1e}")
    return 0 if max(worst.values()) <= float(tolerance) else 1


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
