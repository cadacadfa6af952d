#!/usr/bin/python3
"""Print the GFLOP/s of oneDNN's SGEMM, 2048 x 2048 x 2048, the best of several.

    OMP_NUM_THREADS=2 scripts/bench_peak.py

What the engine's convolutions could reach at most. Used by bench_cpu.py.
"""

import ctypes
import sys
import time

import numpy as np

N = 2048
RUNS = 8


def load_sgemm():
    sgemm = ctypes.CDLL("libdnnl.so").dnnl_sgemm
    dim, scalar, matrix = ctypes.c_int64, ctypes.c_float, ctypes.c_void_p
    sgemm.argtypes = [ctypes.c_char, ctypes.c_char, dim, dim, dim, scalar, matrix, dim,
                      matrix, dim, scalar, matrix, dim]  # fmt: skip
    sgemm.restype = ctypes.c_int
    return sgemm


def main():
    try:
        sgemm = load_sgemm()
    except OSError as error:
        sys.exit(f"bench_peak: {error}: install libdnnl-dev")
    a, b = np.random.default_rng(1).random((2, N, N), dtype=np.float32)
    c = np.zeros((N, N), dtype=np.float32)
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        status = sgemm(b"N", b"N", N, N, N, 1, a.ctypes.data, N, b.ctypes.data, N, 0,
                       c.ctypes.data, N)  # fmt: skip
        if status:
            sys.exit(f"bench_peak: dnnl_sgemm failed with status {status}")
        best = min(best, time.perf_counter() - start)
    print(f"{2 * N**3 / best / 1e9:.1f}")


if __name__ == "__main__":
    main()
