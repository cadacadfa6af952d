#!/usr/bin/env python3
"""Compares what `ocsp lint` says of spoilt cfgs with what the unpatched host does.

    fuzz_lint.py [-accepted N | -inputs N] [-seed S] [-program NAME] [-keep FOLDER] [-refused]
                 OCSP STOCK RUN_NET CFG...

STOCK is an unpatched Darknet, of which `speed` computes one image by random weights; RUN_NET
(tests/host/run_net.c) is the same host's code and tells its shapes; '-' for either: without.
Inputs are those of mutate_cfg.py with the seeds S, S + 1, ... of the CFGs, until lint has
accepted N of them for the program NAME, or after N inputs.

A failure is a cfg that lint accepts and that the host refuses (by any end but success), or
crashes on, or whose shapes it reads otherwise than `ocsp info`. Exit status 1 where there is
one; the cfgs are kept in FOLDER. -refused also gives the host what lint refuses, and counts
by their messages those that it computes nevertheless."""
import argparse
import collections
import concurrent.futures
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mutate_cfg  # noqa: E402

LIMIT_S = 60
MEMORY = 4 << 30
# what a judge may compute: the rest is skipped
MAX_MACS, MAX_NUMBERS = 3e8, 5e7


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command, folder, limited=True):
    """Sanitizers need more memory than a limit leaves. (exit status, stdout, last words of stderr); status None: out of time"""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=LIMIT_S,
                              preexec_fn=limit if limited else None)
    except subprocess.TimeoutExpired:
        return None, "", "out of time"
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return done.returncode, done.stdout.decode("utf-8", "replace"), lines[-1] if lines else ""


def refusals(ocsp, cfg, program, folder):
    """Why lint does not accept the cfg for the program; empty: it does."""
    status, out, last = run([ocsp, "lint", cfg, "-json"], folder, limited=False)
    if status != 0:
        return [f"status {status}: {last.split(': ', 2)[-1]}"]
    for p in json.loads(out)["consumers"]:
        if p["name"] == program:
            return [f"[{f['section']}] {f['key']}: {'' if f['refused'] else 'misread: '}{f['text']}"
                    for f in p["findings"]]
    sys.exit(f"fuzz_lint: no program '{program}'")


def too_large(shapes, cfg_text):
    numbers = sum(l["output"][0] * l["output"][1] * l["output"][2] for l in shapes["layers"])
    _, sections = mutate_cfg.parse(cfg_text)
    batch = max(mutate_cfg.number(sections[0].get("batch"), 1), 1)
    steps = max(mutate_cfg.number(sections[0].get("time_steps"), 1), 1)
    return shapes["macs"] > MAX_MACS or shapes["params"] > MAX_NUMBERS or \
        (numbers + shapes["params"]) * batch * steps > 4 * MAX_NUMBERS


def unequal_shapes(text, shapes):
    """The first layer that the host has otherwise, in words; or None."""
    host = [[int(x) for x in line.split()] for line in text.splitlines()
            if len(line.split()) == 4 and all(x.lstrip("-").isdigit() for x in line.split())]
    host = host[-len(shapes["layers"]):]
    if len(host) != len(shapes["layers"]):
        return f"{len(host)} layers instead of {len(shapes['layers'])}"
    for i, (theirs, layer) in enumerate(zip(host, shapes["layers"])):
        w, h, c = layer["output"]
        if theirs[3] != w * h * c or (theirs[2] and (theirs[0], theirs[1]) != (0, 0) and theirs[:3] != [w, h, c]):
            return f"layer {i} [{layer['type']}] is {theirs} for the host, {layer['output']} for ocsp"
    return None


def verdict(a, cfg, folder, shapes):
    """What the host makes of the cfg; None: it computes it as we do."""
    with open(cfg, encoding="utf-8", errors="replace") as f:
        has_bits = "xnor" in f.read() and "AlexeyAB" in a.program
    # its other commands prepare such layers, `speed` does not, and crashes
    if a.stock != "-" and not has_bits:
        status, out, last = run([a.stock, "speed", cfg, "1"], folder)
        if status is None:
            return "stock: out of time"
        if status != 0 or "sec/eval" not in out:
            return f"stock: status {status}, {last}"
    if a.run_net != "-":
        status, out, last = run([a.run_net, cfg], folder, limited="asan" not in a.run_net)
        if status is None:
            return "run_net: out of time"
        if status != 0:
            return f"run_net: status {status}, {last}"
        return unequal_shapes(out, shapes) if shapes else None
    return None


def judge(a, seed, texts):
    """(seed, kind, words)"""
    text, changes = mutate_cfg.inputs(seed, texts)
    with tempfile.TemporaryDirectory() as folder:
        cfg = os.path.join(folder, "x.cfg")
        if a.data:  # tree= and map= of the host's own cfgs
            os.symlink(a.data, os.path.join(folder, "data"))
        with open(cfg, "wb") as f:
            f.write(text.encode("utf-8", "surrogateescape"))
        found = refusals(a.ocsp, cfg, a.program, folder)
        if found and not a.refused:
            return seed, "refused", ""
        shapes = None
        if not found or not found[0].startswith("status"):
            status, out, _ = run([a.ocsp, "info", cfg, "-json"], folder, limited=False)
            shapes = json.loads(out) if status == 0 else None
        if shapes and too_large(shapes, text):
            return seed, "too large", ""
        if found:
            computes = a.refused and verdict(a, cfg, folder, shapes) is None
            return seed, "refused, but computed" if computes else "refused", " | ".join(sorted(set(found)))
        words = verdict(a, cfg, folder, shapes)
        if not words:
            return seed, "accepted", ""
        if a.keep:
            os.makedirs(a.keep, exist_ok=True)
            with open(os.path.join(a.keep, f"{seed}.cfg"), "wb") as f:
                f.write(text.encode("utf-8", "surrogateescape"))
        return seed, "FAILED", f"{words} ({'; '.join(changes)})"


def arguments():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("-accepted", type=int, default=0)
    p.add_argument("-inputs", type=int, default=0)
    p.add_argument("-seed", type=int, default=1)
    p.add_argument("-program", default="Darknet (Debian)")
    p.add_argument("-keep")
    p.add_argument("-refused", action="store_true")
    p.add_argument("-jobs", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("ocsp", type=os.path.abspath)
    p.add_argument("stock")
    p.add_argument("run_net")
    p.add_argument("cfg", nargs="+")
    a = p.parse_args()
    for name in ("stock", "run_net"):
        if getattr(a, name) != "-":
            setattr(a, name, os.path.abspath(getattr(a, name)))
    return a


def main():
    a = arguments()
    folders = [os.path.join(os.path.dirname(os.path.abspath(path)), "..", "data") for path in a.cfg]
    a.data = next((folder for folder in folders if os.path.exists(os.path.join(folder, "9k.tree"))), None)
    texts = []
    for path in a.cfg:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            texts.append(f.read())
    kinds, computed, wanted = collections.Counter(), collections.Counter(), a.accepted
    examples = {}
    seed = a.seed
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pool = concurrent.futures.ThreadPoolExecutor(a.jobs)
    try:
        while (kinds["accepted"] + kinds["FAILED"] < wanted) if wanted else seed < a.seed + a.inputs:
            n = 64 if wanted else min(64, a.seed + a.inputs - seed)
            for s, kind, words in pool.map(lambda k: judge(a, k, texts), range(seed, seed + n)):
                kinds[kind] += 1
                if kind == "FAILED":
                    print(f"seed {s}: {words}", flush=True)
                elif kind == "refused, but computed":
                    computed[words] += 1
                    examples[words] = s
            seed += n
    except KeyboardInterrupt:  # what there is by now
        pass
    pool.shutdown(wait=True, cancel_futures=True)
    for words, n in computed.most_common():
        print(f"computed nevertheless, {n} times, as seed {examples[words]}: {words}")
    refused = kinds["refused"] + kinds["refused, but computed"]
    print(f"{a.program}: {sum(kinds.values())} inputs from seed {a.seed}: {kinds['accepted'] + kinds['FAILED']} "
          f"accepted, {refused} refused" + (f" ({kinds['refused, but computed']} of them computed by the host)"
                                            if a.refused else "") +
          f", {kinds['too large']} too large to try; {kinds['FAILED']} accepted that the host refuses, "
          "crashes on or misreads")
    sys.exit(1 if kinds["FAILED"] else 0)


if __name__ == "__main__":
    main()
