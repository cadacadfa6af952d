"""small_weights.py FILE: weights of small.cfg.

Every filter has one value: (c + 1)/10, (6 − c)/10 and (c + 1)/20 in the three layers; BN
scales 1, connected 1/2.
"""

import struct
import sys

floats = []
for n, inputs, value in ((4, 3, lambda c: (c + 1) / 10), (6, 4, lambda c: (6 - c) / 10),
                         (4, 6, lambda c: (c + 1) / 20)):
    floats += [0.0] * n + [1.0] * n + [0.0] * n + [1.0] * n
    for c in range(n):
        floats += [value(c)] * (inputs * 9)
floats += [0.0] * 2 + [0.5] * 8
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<iiiQ", 0, 2, 0, 640))
    file.write(struct.pack(f"<{len(floats)}f", *floats))
