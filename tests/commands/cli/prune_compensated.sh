# The inner channels get a bias of 1, so they emit 1: filter c of layer 2 loses 9 weights of
# (c + 1)/20 with each of them, and its mean goes down by that.
"${PYTHON:-python3}" - <<'PY'
import struct
data = bytearray(open("small.weights", "rb").read())
struct.pack_into("<6f", data, 20 + 4 * (4 * 4 + 4 * 27), *[1.0] * 6)
open("biased.weights", "wb").write(data)
PY
"$OCSP" prune small.cfg biased.weights -reduce macs=40% -o with
"$OCSP" prune small.cfg biased.weights -reduce macs=40% -no-compensate -o without >/dev/null
cmp with.cfg without.cfg && grep -A1 batch_normalize with.cfg | grep filters
"${PYTHON:-python3}" - <<'PY'
import struct
def floats(name):
    data = open(name, "rb").read()[20:]
    return struct.unpack(f"<{len(data) // 4}f", data)
for n, (a, b) in enumerate(zip(floats("with.weights"), floats("without.weights"))):
    if a != b:
        print(f"number {n}: {b:.6g} became {a:.6g}")
PY
