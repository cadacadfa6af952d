#!/usr/bin/env python3
"""Trains mutated cfgs for a few iterations and says how each of these runs ended.

    fuzz_training.py PROGRAM FOLDER SEED COUNT CFG... [--stock STOCK] [--keep KEEP]

PROGRAM is a patched host, FOLDER a set of scripts/make_shapes.py, to which label files of boxes
are added. Input k is made of the seed SEED + k and of the cfgs alone. Each runs in a child
process that may take MEMORY_GB and LIMIT_S. It ends in one of these ways:

    refused   status 1 before the host makes its net; the last line is ours and names the cfg
    trained   some iterations, each with a finite loss
    diverged  the run itself says that its numbers have become infinite
    refused by the run    behind output of the host, with a line of ours as the last one
    slow      no iteration ended in time, nor does the host without our code end one
    out of memory   MEMORY_GB are too few, and a line of ours says so
    fault     all else: a signal, an abort, words of the host's alone, no end, a loss that is none

STOCK is the host without our code: how many of the refused it trains for two iterations with
finite losses is counted, too, by message. A fault's cfg and output are kept in KEEP. Exits with 1 if there is any."""
import argparse
import collections
import concurrent.futures
import json
import math
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mutate_cfg

CLASSES = 3
IMAGES = 8
MOST_SECTIONS = 90
ITERATIONS = 5   # seen of a run that would go on for longer
LIMIT_S = 20
MEMORY_GB = 6
LINE = re.compile(r"^\s*(\d+)(?:, [-\d.naif]+)?: ([-\w.+]+), ([-\w.+]+) avg")
DETECTORS = ("[yolo]", "[Gaussian_yolo]", "[region]", "[detection]")


def prepared(text):
    """The cfg, small, for a few iterations over CLASSES classes."""
    head, sections = mutate_cfg.parse(mutate_cfg.shrink(text, side=32))
    net, last = sections[0], None
    for key, value in (("batch", 4), ("subdivisions", 2), ("max_batches", 6),
                       ("learning_rate", .001), ("burn_in", 0)):
        net.set(key, value)
    for i, s in enumerate(sections[1:], 1):
        if s.name in mutate_cfg.HEADS and last:
            classes = mutate_cfg.number(s.get("classes"), 20)
            s.set("classes", CLASSES)
            filters = mutate_cfg.number(last.get("filters"), 1)
            anchors = len(s.get("mask").split(",")) if s.get("mask") else \
                mutate_cfg.number(s.get("num"), 1)
            if last.get("filters") and s.name != "detection":
                last.set("filters", filters - anchors * (classes - CLASSES))
        if s.get("filters") or s.get("output"):
            last = s
        if s.name == "crop":
            s.set("crop_width", mutate_cfg.number(net.get("width")))
            s.set("crop_height", mutate_cfg.number(net.get("height")))
    if not any(f"[{s.name}]" in DETECTORS for s in sections) and last:
        last.set("filters" if last.get("filters") else "output", CLASSES)
    return mutate_cfg.render(head, sections)


def made_input(seed, texts):
    rng = random.Random(seed)
    if rng.random() < .1:
        text, changes = mutate_cfg.made_net(rng), ["made up"]
    else:
        text, changes = mutate_cfg.mutate(rng, prepared(rng.choice(texts)))
    detector = any(name in text for name in DETECTORS)
    if rng.random() < .03:
        detector = not detector
    surgery = rng.random() < .4
    return text, changes, "detector" if detector else "classifier", surgery


def make_data(folder):
    """The .data files, and the label files of boxes."""
    images = sorted(f for f in os.listdir(f"{folder}/train") if f.endswith(".png"))[:IMAGES]
    names = [f"c{k}x" for k in range(CLASSES)]
    os.makedirs(f"{folder}/images", exist_ok=True)
    os.makedirs(f"{folder}/labels", exist_ok=True)
    paths = []
    for k, image in enumerate(images):
        name = f"{k}_{names[k % CLASSES]}"
        shutil.copy(f"{folder}/train/{image}", f"{folder}/images/{name}.png")
        for where in ("labels", "images"):  # pjreddie's Darknet, AlexeyAB's
            with open(f"{folder}/{where}/{name}.txt", "w", encoding="utf-8") as f:
                f.write(f"{k % CLASSES} 0.5 0.5 0.4 0.4\n")
        paths.append(f"{folder}/images/{name}.png")
    for file, lines in (("fuzz.list", paths), ("fuzz.names", names)):
        with open(f"{folder}/{file}", "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
    with open(f"{folder}/fuzz.data", "w", encoding="utf-8") as f:
        f.write(f"classes={CLASSES}\ntrain={folder}/fuzz.list\nvalid={folder}/fuzz.list\n"
                f"labels={folder}/fuzz.names\nnames={folder}/fuzz.names\nbackup=backup\n")


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_GB << 30, MEMORY_GB << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * LIMIT_S, 2 * LIMIT_S))
    os.nice(5)


def losses(text):
    found = [LINE.match(line.rsplit("\r", 1)[-1]) for line in text.splitlines()]
    return [float(m.group(2)) for m in found if m]


def run(words, folder):
    """(status, stdout, stderr, whether it was stopped here) of a run, at most for some iterations."""
    out_path, err_path = f"{folder}/out", f"{folder}/err"
    with open(out_path, "wb") as out, open(err_path, "wb") as err:
        child = subprocess.Popen(["stdbuf", "-oL"] + words, cwd=folder, stdin=subprocess.DEVNULL,
                                 env=dict(os.environ, OMP_NUM_THREADS="1"), stdout=out,
                                 stderr=err, preexec_fn=limits, start_new_session=True)
        stopped, waited = False, 0
        while child.poll() is None:
            try:
                child.wait(.1 if waited < 2 else .5)
            except subprocess.TimeoutExpired:
                waited += .1 if waited < 2 else .5
                if waited >= LIMIT_S or len(losses(read(out_path))) > ITERATIONS + 5:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
                    stopped = True
    return child.returncode, read(out_path), read(err_path), stopped


def read(path):
    with open(path, "rb") as f:
        return f.read(1 << 20).decode("utf-8", "replace")


def judge(status, out, err, stopped):
    """(verdict, in a few words why)"""
    lines = [line for line in err.splitlines() if line.strip()]
    seen = losses(out)
    last = lines[-1] if lines else ""
    if stopped:
        if len(seen) < 1:
            return "slow", "no iteration ended in time"
    elif status < 0 or status > 128:
        number = -status if status < 0 else status - 128
        return "fault", f"signal {signal.Signals(number).name}"
    elif status != 0:
        if not last.startswith("darknet ocsp: "):
            return "fault", f"status {status}, and not a line of ours: {last[-80:]}"
        if "out of CPU RAM" in err and last.startswith("darknet ocsp: "):
            return "out of memory", last
        if last.endswith("Darknet stopped before the training was done"):
            return "fault", f"stopped by the host: {lines[-2][-100:] if len(lines) > 1 else ''}"
        if "diverged" in err or "by nan of its largest output" in err:
            return "diverged", ""
        if any("filters" in line and "output" in line for line in lines):
            return "refused by the run", last  # behind the host's table of layers
        if "out of memory" in last or "full (ulimit -s)" in last:
            return "out of memory", last
        if not any(name in last for name in ("m.cfg", "fuzz.data", "fuzz.list")):
            return "fault", f"no file is named: {last}"
        return "refused", last
    if status == 0 and not seen and not stopped:
        return "fault", "status 0 without an iteration"
    if not all(math.isfinite(x) for x in seen):
        return "fault", "a loss that is no finite number"
    return "trained", ""


def stock_trains(stock, command, data, folder):
    words = [stock, command, "train", data, "m.cfg"] 
    status, out, _, stopped = run(words, folder)
    seen = losses(out)
    return (stopped or status == 0) and len(seen) > 1 and all(math.isfinite(x) for x in seen)


def one(args, texts, seed):
    text, changes, command, surgery = made_input(seed, texts)
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        os.mkdir(f"{folder}/backup")
        with open(f"{folder}/m.cfg", "w", encoding="utf-8", errors="surrogateescape", newline="") as f:
            f.write(text)
        words = [os.path.abspath(args.program), "ocsp", command, "train",
                 f"{args.folder}/fuzz.data", "m.cfg", "-reduce", "macs=30%", "-plots", "off"]
        words += ["-sl-start", "1", "-sl-end", "2"] if surgery else []
        status, out, err, stopped = run(words, folder)
        verdict, why = judge(status, out, err, stopped)
        if verdict in ("refused", "slow") and args.stock and \
                stock_trains(os.path.abspath(args.stock), command, f"{args.folder}/fuzz.data", folder):
            verdict = "refused, but stock trains" if verdict == "refused" else "fault"
        if args.keep and verdict not in ("refused", "trained", "diverged"):
            base = f"{args.keep}/{seed}"
            shutil.copy(f"{folder}/m.cfg", base + ".cfg")
            with open(base + ".txt", "w", encoding="utf-8") as f:
                f.write(f"{verdict}: {why}\n{changes}\n{' '.join(words)}\n{err[-3000:]}\n{out[-3000:]}\n")
        return seed, verdict, why, changes, command


def is_good(args, text):
    """Whether the host can train the cfg, and fast: it has at most MOST_SECTIONS."""
    if len(mutate_cfg.parse(text)[1]) > MOST_SECTIONS:
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".cfg", encoding="utf-8") as f:
        f.write(prepared(text))
        f.flush()
        lint = subprocess.run([os.path.abspath(args.program), "ocsp", "lint", f.name, "-json"],
                              capture_output=True, text=True, check=False)
    hosts = json.loads(lint.stdout)["training"] if lint.returncode == 0 else []
    return any(h["accepted"] for h in hosts if h["host"] == args.host)


def kind(why):
    return re.sub(r"\d+", "N", re.sub(r"=\S+", "=V", re.sub(r"^.*?m\.cfg(:\d+)?: ", "", why)))[:150]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("cfgs", nargs="+")
    parser.add_argument("--host", default="Debian")
    parser.add_argument("--stock")
    parser.add_argument("--keep")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.folder = os.path.abspath(args.folder)
    make_data(args.folder)
    if args.keep:
        os.makedirs(args.keep, exist_ok=True)
    texts = []
    for path in args.cfgs:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            texts.append(f.read())
    texts = [text for text in texts if is_good(args, text)]
    print(f"# {len(texts)} of {len(args.cfgs)} cfgs are trained as they are, but smaller")
    counts, whys, bad = collections.Counter(), collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for seed, verdict, why, changes, command in pool.map(
                lambda k: one(args, texts, args.seed + k), range(args.count)):
            counts[verdict] += 1
            if verdict != "trained":
                whys[verdict, kind(why)] += 1
            bad += verdict == "fault"
            if verdict in ("fault", "slow"):
                print(f"# {seed} {command}: {verdict}: {why}; {changes}".encode("ascii", "backslashreplace").decode(), flush=True)
    for (verdict, why), n in sorted(whys.items(), key=lambda x: (x[0][0], -x[1])):
        print(f"#   {n:4} {verdict}: {why}".encode("ascii", "backslashreplace").decode())
    print(f"# {args.count} inputs: " + ", ".join(f"{n} {v}" for v, n in counts.most_common()))
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
