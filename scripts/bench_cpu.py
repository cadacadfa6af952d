#!/usr/bin/python3
"""The measuring of bench_cpu.sh, which builds the programs and holds the usage.

Every repetition runs every program once, so that the machine's drift hits all alike.
A host's step is timed by the host's own line, or by the clock between its lines where
that is less: some of its lines count the processor time of all threads. A classifier's
inference goes by the clock alone, and so includes reading a 32x32 image, some 0.1 ms.
The first steps do not count. Each figure is the median over the repetitions of their medians, each
ratio the median of the repetitions' ratios.
"""

import argparse
import collections
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image
except ImportError as missing:
    sys.exit(f"bench_cpu: {missing}: install python3-numpy and python3-pil")

from bench_programs import NETS, Budget, Host, Refusal, Torch, running

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LISTED = 20000  # images in a training list, so that no epoch ends within a run
BUSY = 0.5  # load of the last minute
SHOWN = 100  # images to predict, at most

PENALTY = re.compile(r"ocsp: (penalty.*)")

MODES = ("train", "predict")


def with_values(text, values):
    """A cfg's text with these keys of [net] set, and no random resizing."""
    head, bracket, rest = text.partition("\n[")
    if head.lstrip().startswith("#") and "[net]" not in head:
        section, next_bracket, layers = rest.partition("\n[")
        head, rest = head + bracket + section, layers
        bracket = next_bracket
    for key, value in values.items():
        head = re.sub(rf"(?m)^[ \t]*{key}[ \t]*=.*\n?", "", head)
        head = head.rstrip("\n") + f"\n{key}={value}\n"
    return head + bracket + re.sub(r"(?m)^random[ \t]*=.*$", "random=0", rest)


class Bench:
    """The nets and images in the temporary folder, and what is measured with them."""

    def __init__(self, folder, args):
        self.folder, self.args = folder, args
        seconds = 1 if args.quick else 5
        self.budget = {"train": Budget(1, seconds), "predict": Budget(5, seconds / 4)}
        self.image_paths, self.macs, self.peaks, self.known_weights = {}, {}, [], {}
        self.stock = Host("stock", args.stock, args.threads, False)
        self.engine = Host("engine", args.patched, args.threads, True)
        self.programs = [self.stock, self.engine]
        self.samples = collections.defaultdict(list)  # by net, mode and program's name
        self.notes = []
        load = os.getloadavg()[0]
        if load > BUSY:
            self.note(f"The machine was busy (load {load:.1f}) before the first program "
                      "ran: programs with several threads suffer most; measure again")

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def batch(self, net):
        return NETS[net].quick_batch if self.args.quick else NETS[net].batch

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    # --- files

    def source_cfg(self, net):
        if NETS[net].kind == "classifier":
            return os.path.join(ROOT, NETS[net].cfg)
        folders = [os.path.dirname(os.path.realpath(p)) for p in
                   (self.args.stock, self.args.patched)]  # fmt: skip
        for folder in folders + [f"{ROOT}/build/debian/source"]:
            path = os.path.join(folder, "cfg", NETS[net].cfg)
            if os.path.isfile(path):
                return path
        raise Refusal(f"{NETS[net].cfg} is neither beside the programs nor in "
                      "build/debian/source: run `make setup`")  # fmt: skip

    def write_cfg(self, net, folder, **values):
        n = NETS[net]
        values = dict(values, subdivisions=1, learning_rate=0.001)
        if n.kind == "classifier":
            values.update(min_crop=n.side, max_crop=n.side)
        with open(self.source_cfg(net), encoding="utf-8") as f:
            text = f.read()
        os.makedirs(self.path(folder), exist_ok=True)
        self.write(f"{folder}/{net}.cfg", with_values(text, values))
        return f"{folder}/{net}.cfg"

    def make_images(self, kind, count, side, classes):
        """Noise, with a class in the file's name or boxes beside it. Paths are relative:
        a host looks for classes, and for words to replace, anywhere in them."""
        rng = np.random.default_rng(1)
        paths = []
        os.makedirs(self.path(f"{kind}-set"))
        os.makedirs(self.path(f"{kind}-backup"))
        for i in range(count):
            small = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            stem = f"{kind}-set/{i:03d}_label{i % 10}"
            Image.fromarray(small).resize((side, side)).save(self.path(stem + ".png"))
            boxes = [f"{rng.integers(classes)} {x:.3f} {y:.3f} 0.2 0.2\n"
                     for x, y in rng.uniform(0.2, 0.8, (4, 2))]  # fmt: skip
            self.write(stem + ".txt", "".join(boxes))
            paths.append(stem + ".png\n")
        self.write(f"{kind}.list", "".join(paths * (LISTED // count)))
        self.write(f"{kind}.names", "".join(f"label{k}\n" for k in range(classes)))
        self.write(f"{kind}.data", f"classes={classes}\ntrain={kind}.list\n"
                   f"valid={kind}.list\nlabels={kind}.names\nnames={kind}.names\n"
                   f"backup={kind}-backup\ntop=1\n")  # fmt: skip
        self.image_paths[kind] = "".join((paths * SHOWN)[:SHOWN])

    def make_files(self):
        kinds = {NETS[net].kind for net in self.args.nets}
        kinds.add("classifier")  # of the penalty's run
        for kind in sorted(kinds):
            n = next(n for n in NETS.values() if n.kind == kind)
            self.make_images(kind, 256 if kind == "classifier" else 8, n.side, n.classes)
        labels = f"{ROOT}/build/debian/source/data/labels"
        if os.path.isdir(labels):  # what a detector writes boxes' names with
            os.mkdir(self.path("data"))
            os.symlink(labels, self.path("data/labels"))
        for net in self.args.nets:
            self.write_cfg(net, "train", batch=self.batch(net), max_batches=100000)
            self.write_cfg(net, "predict", batch=1, max_batches=1)
            self.macs[net] = self.count_macs(net)

    def count_macs(self, net):
        """(all, of the first layer) for one image"""
        command = [f"{ROOT}/build/ocsp", "info", self.path(f"predict/{net}.cfg"), "-json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refusal(done.stderr.strip() or f"build/ocsp info failed on {net}")
        info = json.loads(done.stdout)
        return info["macs"], info["layers"][0]["macs"]

    def weights(self, net):
        """A weights file that a host has written after a few steps."""
        if net not in self.known_weights:
            self.known_weights[net] = self.make_weights(net)
        if not self.known_weights[net]:
            raise Refusal("no host wrote weights to predict with")
        return self.known_weights[net]

    def make_weights(self, net):
        kind = NETS[net].kind
        for host, steps in ((self.engine, 20), (self.stock, 1)):
            cfg = self.write_cfg(net, "start", batch=2, max_batches=steps)
            with host.run(self.folder, host.command(kind, "train", cfg)) as run:
                for _ in run.lines():
                    pass
            for suffix in ("", "_final"):
                made = f"{kind}-backup/{net}{suffix}.weights"
                if os.path.isfile(self.path(made)):
                    os.rename(self.path(made), self.path(f"start/{net}.weights"))
                    return f"start/{net}.weights"
        return None

    # --- measuring

    def sample(self, net, mode, program):
        try:
            seconds, peak_mb = program.measure(self, net, mode)
            result = {"rate": 1 / seconds, "peak_mb": peak_mb}
        except Refusal as refusal:
            self.note(f"{net}, {mode}: {program.name}: {refusal}")
            result = None
        self.samples[net, mode, program.name].append(result)

    def measure_peak(self):
        command = [sys.executable, f"{ROOT}/scripts/bench_peak.py"]
        with running(command, self.folder, self.args.threads) as run:
            lines = [line for _, line in run.lines()]
        try:
            self.peaks.append(float(lines[-1]))
        except (IndexError, ValueError):
            self.note(f"SGEMM: {run.reason()}")

    def measure_all(self):
        for k in range(self.args.n):
            self.measure_peak()
            for net in self.args.nets:
                progress(f"repetition {k + 1} of {self.args.n}: {net}")
                for program in self.programs:
                    for mode in MODES:
                        self.sample(net, mode, program)

    def penalty_line(self):
        """What penalty and shrinking cost, in the patched host's own words."""
        cfg = self.write_cfg("resnet56", "sparse", batch=self.batch("resnet56"),
                             max_batches=20)  # fmt: skip
        reduce = ["macs=50%", "-sl-start", "1", "-sl-end", "3", "-epoch-iters", "5",
                  "-profile"]  # fmt: skip
        found = None
        command = self.engine.command("classifier", "train", cfg, reduce=reduce)
        with self.engine.run(self.folder, command) as run:
            for _, line in run.lines():
                match = PENALTY.search(line)
                found = match.group(1) if match else found
        return found or f"penalty: not told by the patched host: {run.reason()}"


# --- the table


def median(values):
    known = [v for v in values if v is not None]
    return statistics.median(known) if known else None


def column(samples, key):
    return [s[key] if s else None for s in samples]


def ratios(above, below):
    return [a / b if a and b else None for a, b in zip(above, below)]


def cell(value, form):
    return "-" if value is None else format(value, form)


def table_row(bench, net, mode):
    stock, engine, torch = (bench.samples.get((net, mode, name), []) for name in
                            ("stock", "engine", "PyTorch"))  # fmt: skip
    rates = [column(s, "rate") for s in (stock, engine, torch)]
    peaks = [column(s, "peak_mb") for s in (stock, engine)]
    macs, first = bench.macs[net]
    per_image = 2 * (3 * macs - first if mode == "train" else macs)
    rate = median(rates[1])
    gflops = rate * per_image / 1e9 if rate else None
    share = 100 * gflops / max(bench.peaks) if gflops and bench.peaks else None
    batch = bench.batch(net) if mode == "train" else 1
    return [net, mode, str(batch),
            *(cell(median(r), ".1f") for r in rates),
            cell(median(ratios(rates[1], rates[0])), ".2f"),
            cell(median(ratios(rates[1], rates[2])), ".2f"),
            cell(gflops, ".1f"), cell(share, ".0f"),
            *(cell(median(p), ".0f") for p in peaks),
            cell(median(ratios(peaks[1], peaks[0])), ".2f")]  # fmt: skip


def print_table(bench):
    above = ["", "", "", *3 * ["images/s"], *2 * ["engine/"], "GFLOP/s", "% of",
             *2 * ["peak MB"], "engine/"]  # fmt: skip
    names = ["net", "run", "batch", "stock", "engine", "PyTorch", "stock", "PyTorch",
             "engine", "SGEMM", "stock", "engine", "stock"]  # fmt: skip
    rows = [above, names]
    rows += [table_row(bench, net, mode) for net in bench.args.nets for mode in MODES]
    widths = [max(map(len, c)) for c in zip(*rows)]
    for row in rows:
        left = [w.ljust(n) for w, n in zip(row[:2], widths)]
        right = [w.rjust(n) for w, n in zip(row[2:], widths[2:])]
        print("  ".join(left + right).rstrip())


def print_heading(bench):
    args = bench.args
    print(f"stock    {args.stock}\nengine   {args.patched}")
    print(f"threads  {args.threads}, repetitions {args.n}"
          + (", -quick: these figures are rough" if args.quick else ""))  # fmt: skip
    if bench.peaks:
        print(f"SGEMM    {max(bench.peaks):.1f} GFLOP/s")
    print()


def decision_line():
    command = [f"{ROOT}/build/release/bench/search", f"{ROOT}/cfg/imagenet/resnet50.cfg"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip()


# --- the command


def progress(text):
    print(f"bench_cpu: {text}", file=sys.stderr, flush=True)


class OneLineParser(argparse.ArgumentParser):
    def error(self, message):
        sys.stderr.write(f"bench_cpu: {message}\n")
        sys.exit(2)


def positive(text):
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def net_list(text):
    for name in text.split(","):
        if name not in NETS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(NETS)}")
    return list(dict.fromkeys(text.split(",")))


def parse_arguments(argv):
    parser = OneLineParser(prog="bench_cpu", allow_abbrev=False)
    parser.add_argument("-stock", required=True)
    parser.add_argument("-patched", required=True)
    parser.add_argument("-n", type=positive)
    parser.add_argument("-nets", type=net_list, default=list(NETS))
    parser.add_argument("-threads", type=positive, default=len(os.sched_getaffinity(0)))
    parser.add_argument("-quick", action="store_true")
    args = parser.parse_args(argv)
    args.n = args.n or (1 if args.quick else 3)
    return args


def measure(args):
    with tempfile.TemporaryDirectory(prefix="bench_cpu.") as folder:
        bench = Bench(folder, args)
        if Torch.is_installed():
            bench.programs.append(Torch(args.threads))
        else:
            bench.note("PyTorch is left out: python3-torch is not installed")
        bench.make_files()
        bench.measure_all()
        progress("what pruning itself costs")
        penalty = bench.penalty_line()
    print_heading(bench)
    print_table(bench)
    print(f"\nResNet-50  {decision_line()}\nResNet-56  {penalty}")
    print("GFLOP/s count every multiplication of a direct convolution, also those with padding\n"
          "and those that Winograd's saves: they can exceed SGEMM's.")  # fmt: skip
    for note in bench.notes:
        print(note)


def main(argv):
    args = parse_arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not shutil.which("stdbuf"):
        raise Refusal("stdbuf is missing: install coreutils")
    measure(args)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Refusal, OSError) as problem:
        sys.exit(f"bench_cpu: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
