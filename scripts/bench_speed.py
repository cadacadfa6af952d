#!/usr/bin/python3
"""How much of the theoretical speed-up pruned nets reach: prints tables in Markdown.

usage: scripts/bench_speed.py [-darknet BIN] [-alexeyab BIN -yolov4-tiny CFG]
                              [-nets N,N...] [-seconds S] [-quick] [-o FOLDER]

  -darknet BIN      a patched Darknet (build/darknet)
  -alexeyab BIN     a patched Darknet of AlexeyAB's, for yolov4-tiny
  -yolov4-tiny CFG  that net's cfg, cfg/yolov4-tiny.cfg of AlexeyAB's Darknet
  -nets ...         of vgg16, resnet56, resnet50, yolov4-tiny (all; the last where it is given)
  -seconds S        of each measurement (15)
  -quick            two rounds each: shows that all works, not how fast
  -o FOLDER         takes cfgs, and the measurements as JSON (build/bench/speed)

Each net gets random weights, and `ocsp prune -saliency random` takes MACs away from it:
all layers lose about the same share of their channels, to widths as they come, to
multiples of 8, and of 16. `ocsp speed` then measures dense and pruned nets in turn. Needs
build/ocsp (make), the Darknet (make host) and python3-numpy. About eight minutes on two
cores; the machine has to be idle.
"""

import argparse
import collections
import json
import os
import re
import struct
import subprocess
import sys

try:
    import numpy as np
except ImportError as missing:
    sys.exit(f"bench_speed: {missing}: install python3-numpy")

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OCSP = os.path.join(ROOT, "build", "ocsp")
GOOD_SHARE = 0.85  # as `ocsp speed` has it
ROUNDINGS = (1, 8, 16)
BUSY = 0.5  # load of the last minute

Net = collections.namedtuple("Net", "cfg batches percents")
NETS = {
    "vgg16": Net("cfg/cifar/vgg16.cfg", (128, 1), (50, 80)),
    "resnet56": Net("cfg/cifar/resnet56.cfg", (128, 1), (50, 80)),
    # the paper's Table 10
    "resnet50": Net("cfg/imagenet/resnet50.cfg", (16,), (43, 48, 57, 67)),
    "yolov4-tiny": Net(None, (1,), (50, 80)),
}


class Refusal(Exception):
    """Why something cannot be measured, in one line."""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise Refusal(f"{' '.join(command[:4])} ...: {words[-1]}")
    return done.stdout


def sections(cfg):
    """[(name, {key: value})] of a cfg."""
    found = []
    with open(cfg, encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if line.startswith("["):
                found.append((line.strip("[]"), {}))
            elif "=" in line and found:
                key, value = line.split("=", 1)
                found[-1][1].setdefault(key.strip(), value.strip())
    return found


def write_weights(cfg, path):
    """He's random weights."""
    info = json.loads(run(OCSP, "info", cfg, "-json"))
    net, *layers = sections(cfg)
    before = [int(net[1][key]) for key in ("width", "height", "channels")]
    rng = np.random.default_rng(1)
    out = [struct.pack("<iiiQ", 0, 2, 0, 0)]

    def put(*arrays):
        out.extend(np.ascontiguousarray(a, "<f4").tobytes() for a in arrays)

    for (name, keys), described in zip(layers, info["layers"]):
        shape = described["output"]
        n = shape[2]
        normalized = int(keys.get("batch_normalize", 0))
        statistics = (np.ones(n), np.zeros(n), np.ones(n)) if normalized else ()
        if name in ("convolutional", "conv"):
            fan_in = before[2] // int(keys.get("groups", 1)) * int(keys.get("size", 1)) ** 2
            weights = rng.standard_normal((n, fan_in)) * np.sqrt(2 / fan_in)
            put(np.zeros(n), *statistics, weights)
        elif name in ("connected", "conn"):
            fan_in = before[0] * before[1] * before[2]
            weights = rng.standard_normal((n, fan_in)) * np.sqrt(2 / fan_in)
            put(np.zeros(n), weights, *statistics)
        elif described["params"] > 0:
            raise Refusal(f"{cfg}: no random weights for [{name}]")
        before = shape
    with open(path, "wb") as f:
        f.write(b"".join(out))


class Bench:
    def __init__(self, args):
        self.args = args
        os.makedirs(args.o, exist_ok=True)

    def path(self, name):
        return os.path.join(self.args.o, name)

    def darknet(self, net):
        return self.args.alexeyab if net == "yolov4-tiny" else self.args.darknet

    def cfg(self, net):
        return self.args.yolov4_tiny if net == "yolov4-tiny" else os.path.join(ROOT, NETS[net].cfg)

    def prune(self, net, rounding):
        """{percent: the cfg's path, or why there is none}"""
        paths = {}
        for percent in NETS[net].percents:
            prefix = self.path(f"{net}_{percent}" + (f"_r{rounding}" if rounding > 1 else ""))
            # a pruned pair that is there may be of another version
            try:
                run(OCSP, "prune", self.cfg(net), self.path(f"{net}.weights"), "-reduce",
                    f"macs={percent}%", "-saliency", "random", "-o", prefix,
                    *(("-round-to", str(rounding)) if rounding > 1 else ()))  # fmt: skip
            except Refusal as refusal:
                most = re.search(r"at most [\d.]+% can go", str(refusal))
                if not most:
                    raise
                paths[percent] = Refusal(most.group())
                continue
            os.remove(prefix + ".weights")
            paths[percent] = prefix + ".cfg"
        return paths

    def measure(self, net, pruned, batch, rounding):
        """A measurement, whose nets behind the first are {percent: net or Refusal}."""
        cfgs = [path for path in pruned.values() if isinstance(path, str)]
        limit = ("-rounds", "2") if self.args.quick else ("-seconds", str(self.args.seconds))
        text = run(self.darknet(net), "ocsp", "speed", self.cfg(net), *cfgs, "-batch",
                   str(batch), *limit, "-layers", "-json")  # fmt: skip
        with open(self.path(f"{net}_b{batch}_r{rounding}.json"), "w", encoding="utf-8") as f:
            f.write(text)
        measurement = json.loads(text)["measurements"][0]
        measured = iter(measurement["nets"][1:])
        measurement["pruned"] = {percent: next(measured) if isinstance(path, str) else path
                                 for percent, path in pruned.items()}  # fmt: skip
        return measurement

    def measure_all(self):
        """{(net, batch, rounding): measurement}"""
        found = {}
        for net in self.args.nets:
            write_weights(self.cfg(net), self.path(f"{net}.weights"))
            pruned = {rounding: self.prune(net, rounding) for rounding in ROUNDINGS}
            os.remove(self.path(f"{net}.weights"))
            for batch in NETS[net].batches:
                for rounding in ROUNDINGS:
                    print(f"bench_speed: {net}, batch {batch}, widths as multiples of "
                          f"{rounding}", file=sys.stderr)  # fmt: skip
                    found[net, batch, rounding] = self.measure(
                        net, pruned[rounding], batch, rounding)  # fmt: skip
        return found


def ranges(numbers):
    """1, 2, 3, 7 as "1-3 7"."""
    words = []
    for n in numbers:
        if words and words[-1][1] == n - 1:
            words[-1][1] = n
        else:
            words.append([n, n])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in words)


def why(net):
    """What the reasons cost, the costliest first."""
    lost = net.get("lost_ms") or {}
    total = lost.get("all", 0)
    costs = sorted(((ms, word) for word, ms in lost.items() if word != "all"), reverse=True)
    return ", ".join(f"{word} {ms / total:.0%}" for ms, word in costs if ms > 0.1 * total)


def print_speeds(found):
    print("| net, batch | MACs removed | widths | dense, ms | pruned, ms | times as fast | theory "
          "| share | what is missing goes to |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    keys = sorted(found, key=lambda k: (list(NETS).index(k[0]), -k[1]))
    for net, batch, _ in dict.fromkeys((n, b, None) for n, b, r in keys):
        for percent in NETS[net].percents:
            for rounding in ROUNDINGS:
                m = found[net, batch, rounding]
                dense, pruned = m["nets"][0], m["pruned"][percent]
                widths = "as they come" if rounding == 1 else f"of {rounding}"
                if isinstance(pruned, Refusal):
                    print(f"| {net}, {batch} | {percent}% | {widths} | {dense['ms']:.4g} "
                          f"| | | | | {pruned} |")  # fmt: skip
                    continue
                g = pruned["gain"]
                times = f"{g['times']:.2f}" if g["verdict"] != "none" else "none"
                share = f"{g['share']:.2f}"
                print(f"| {net}, {batch} | {1 - pruned['macs'] / dense['macs']:.0%} "
                      f"| {widths} | {dense['ms']:.4g} | {pruned['ms']:.4g} "
                      f"| {times} ({g['low']:.2f}-{g['high']:.2f}) | {g['theory']:.2f} "
                      f"| {share if g['share'] >= GOOD_SHARE else f'**{share}**'} "
                      f"| {why(pruned) if g['share'] < GOOD_SHARE else ''} |")  # fmt: skip


def print_layers(found):
    print("| net, batch | widths | MACs removed | layers under 0.85 of their theory, by reason "
          "(their shares) |")  # fmt: skip
    print("|---|---|---|---|")
    for (net, batch, rounding), m in found.items():
        for pruned in m["nets"][1:]:
            if pruned["gain"]["share"] >= GOOD_SHARE:
                continue
            by_reason = collections.defaultdict(list)
            for layer in pruned.get("layers", []):
                if layer.get("reason"):
                    by_reason[layer["reason"]].append(layer)
            texts = []
            for reason, layers in sorted(by_reason.items(), key=lambda r: -len(r[1])):
                shares = [layer["share"] for layer in layers]
                texts.append(f"{reason}: {ranges([layer['layer'] for layer in layers])} "
                             f"({min(shares):.2f}-{max(shares):.2f})")  # fmt: skip
            print(f"| {net}, {batch} | {'as they come' if rounding == 1 else f'of {rounding}'} "
                  f"| {1 - pruned['macs'] / m['nets'][0]['macs']:.0%} "
                  f"| {'; '.join(texts)} |")  # fmt: skip


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        names = re.findall(r"model name\s*: (.*)", f.read())
    return names[0] if names else "unknown processor"


def print_report(found, busy):
    any_of = next(iter(found.values()))
    print(f"{processor()}, {any_of['threads']} threads, {any_of['library']}; random weights; "
          f"blocks of {any_of['channel_block']} channels.")  # fmt: skip
    if busy:
        print(f"\n**The machine was busy (load {busy:.1f}) before the first measurement: "
              "measure again.**")  # fmt: skip
    print()
    print_speeds(found)
    print()
    print_layers(found)


def check(args):
    if "yolov4-tiny" in args.nets and not (args.alexeyab and args.yolov4_tiny):
        raise Refusal("yolov4-tiny needs -alexeyab BIN and -yolov4-tiny CFG")
    for net in args.nets:
        if net not in NETS:
            raise Refusal(f"-nets {net}: expected {', '.join(NETS)}")
    programs = [OCSP, args.darknet, *([args.alexeyab] if "yolov4-tiny" in args.nets else [])]
    for program in programs:
        if not os.access(program, os.X_OK):
            raise Refusal(f"{program} is no program: make, and make host")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("-darknet", default=os.path.join(ROOT, "build", "darknet"))
    parser.add_argument("-alexeyab")
    parser.add_argument("-yolov4-tiny")
    parser.add_argument("-nets", type=lambda text: text.split(","))
    parser.add_argument("-seconds", type=float, default=15)
    parser.add_argument("-quick", action="store_true")
    parser.add_argument("-o", default=os.path.join(ROOT, "build", "bench", "speed"))
    args = parser.parse_args()
    if not args.nets:
        args.nets = [net for net in NETS if NETS[net].cfg or (args.alexeyab and args.yolov4_tiny)]
    load = os.getloadavg()[0]
    try:
        check(args)
        print_report(Bench(args).measure_all(), load if load > BUSY else 0)
    except Refusal as why_not:
        sys.exit(f"bench_speed: {why_not}")


if __name__ == "__main__":
    main()
