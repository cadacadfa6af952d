#!/usr/bin/python3
"""Checks the pictures of a training run against its records.

usage: check_plots.py FOLDER BASE PICTURE...

Each PICTURE (stability, norms, layers, training) is there as SVG and PNG, and no other is.
What an SVG draws is measured: its curves and bars have the heights of the numbers in the CSVs,
but for one scale and one shift per picture, or per panel.
"""
import collections
import csv
import glob
import json
import math
import os
import re
import sys
import xml.etree.ElementTree as ET

import numpy as np
from PIL import Image

folder, base, *names = sys.argv[1:]
SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


def fail(*what):
    print("#", *what)
    sys.exit(1)


def path(name):
    return os.path.join(folder, base + "_ocsp" + name)


def rows(name):
    with open(path(name)) as f:
        return list(csv.DictReader(f))


def series(column):
    """(epoch, value) where there is one."""
    return [(float(r["epoch"]), float(r[column])) for r in rows(".csv") if r.get(column)]


def numbers(text):
    return [float(n) for n in re.findall(r"-?\d+\.?\d*", text)]


def fits(what, drawn, expected, tolerance=0.02):
    """`drawn` [n] is a·expected + b; coordinates have two digits."""
    drawn, expected = np.array(drawn), np.array(expected, float)
    if len(drawn) != len(expected):
        fail(what, len(drawn), "drawn,", len(expected), "expected")
    if np.ptp(expected) == 0:
        good = np.ptp(drawn) < tolerance
    else:
        line = np.polyfit(expected, drawn, 1)
        good = abs(np.polyval(line, expected) - drawn).max() < tolerance
    if not good:
        fail(what, drawn, "are not in proportion to", expected)


class Picture:
    def __init__(self, name):
        self.name = name
        self.root = ET.parse(path(f"_{name}.svg")).getroot()
        self.check_page()

    def check_page(self):
        root, name = self.root, self.name
        width, height = numbers(root.get("viewBox"))[2:]
        ids = [e.get("id") for e in root.iter() if e.get("id")]
        if len(ids) != len(set(ids)) or not all(i.startswith(name + "_") for i in ids):
            fail(name, "ids that are not its own:", collections.Counter(ids).most_common(3))
        text = open(path(f"_{name}.svg"), encoding="utf-8").read()
        links = re.findall(r"url\(#([^)]*)\)", text) + \
            [e.get(HREF)[1:] for e in root.iter() if e.get(HREF)]
        if set(links) - set(ids):
            fail(name, "links that lead nowhere", set(links) - set(ids))
        if "<script" in text or "http" in text.replace("http://www.w3.org/", ""):
            fail(name, "a script or an address")
        image = Image.open(path(f"_{name}.png"))
        image.load()
        if image.size != (width, height):
            fail(name, "the PNG has", image.size, "the SVG", (width, height))
        self.check_texts(width, height)

    def check_texts(self, width, height):
        """No text is outside, or near another: half of the size a letter, and more a digit,
        as in DejaVu Sans, which PNGs have."""
        boxes = []
        for g in self.root.iter(SVG + "g"):
            for text in g.findall(SVG + "text"):
                said = "".join(text.itertext()).strip()
                if not said:
                    continue
                x, y, *turn = numbers(g.get("transform"))
                size, anchor = float(g.get("font-size")), g.get("text-anchor")
                digits = sum(c.isdigit() for c in said)
                w, h = (0.5 * len(said) + 0.14 * digits) * size + 2, 0.75 * size + 2
                x0 = {"end": x - w, "middle": x - w / 2}.get(anchor, x)
                box = (x0, y - h, x0 + w, y)
                if turn and turn[0]:
                    # in PNGs the label of an axis stands nearer to its ticks
                    box = (x - h, y - w / 2, x + 10, y + w / 2)
                boxes.append((said, box))
        for k, (said, (x0, y0, x1, y1)) in enumerate(boxes):
            if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
                fail(self.name, "outside:", said)
            for other, (a0, b0, a1, b1) in boxes[:k]:
                if x0 < a1 and a0 < x1 and y0 < b1 and b0 < y1:
                    fail(self.name, "one on the other:", said, "|", other)

    def plot(self, number, panel=""):
        found = self.root.find(f".//{SVG}g[@id='{self.name}_{self.name}_plot_{number}{panel}']")
        if found is None:
            fail(self.name, "has no plot", number, panel)
        return found

    def curve(self, number, panel=""):
        """The points of a curve; what is before it is its sample in the key."""
        data = " ".join(p.get("d") for p in self.plot(number, panel).iter(SVG + "path")
                        if p.get("d").strip().startswith("M"))
        runs = re.findall(r"M[^M]*", data)
        points = []
        for run in runs:
            points += [tuple(numbers(p)) for p in re.findall(r"[ML]\s*([-\d.]+,[-\d.]+)", run)]
        return points

    def bars(self, number, panel=""):
        """Left, right, bottom and top of the filled rectangles, in their order."""
        out = []
        for p in self.plot(number, panel).iter(SVG + "polygon"):
            n = numbers(p.get("points"))
            out.append((min(n[::2]), max(n[::2]), max(n[1::2]), min(n[1::2])))
        return out


def check_curve(picture, number, panel, column, key, scale=lambda x: x):
    data = series(column)
    points = picture.curve(number, panel)[2 if key else 0:]
    if len(data) == 1:  # a point alone has no line
        return
    fits(column + " over epochs", [p[0] for p in points], [d[0] for d in data])
    fits(column, [p[1] for p in points], [scale(d[1]) for d in data])


def stability():
    picture = Picture("stability")
    check_curve(picture, 1, "", "J", True)
    check_curve(picture, 2, "", "mean_J", True)


def training():
    picture = Picture("training")
    loss = [v for _, v in series("loss")]
    log = 0 < min(loss) < 0.05 * max(loss)
    check_curve(picture, 1, "a", "loss", True, math.log10 if log else lambda x: x)
    panel = "b"
    for columns in (("top1", "topk"), ("map",)):
        columns = [c for c in columns if series(c)]
        if len(columns) == 2 and series("top1") == series("topk"):  # k is 1: one line
            columns.pop()
        for k, column in enumerate(columns):
            check_curve(picture, k + 1, panel, column, columns[0] == "top1")
        if columns:
            panel = "c"
    check_curve(picture, 1, panel, "learning_rate", False, math.log10)


def layers():
    """The bars against the pair of cfgs, which does not know of the plan."""
    picture = Picture("layers")
    total, kept = picture.bars(1)[1:], picture.bars(2)[1:]
    if summary["t_star"] > 0:
        def filters(file):
            return [int(n) for n in re.findall(r"^(?:filters|output)=(\d+)", open(file).read(), re.M)]
        before, after = filters(base + ".cfg"), filters(os.path.join(folder, base + "_pruned.cfg"))
        fits("filters", [b[2] - b[3] for b in total + kept], before + after, 0.05)
    if len(total) != len(kept) or any(a[3] > b[3] + 0.01 for a, b in zip(total, kept)):
        fail("layers: kept and pruned filters do not stand on each other")


def norms():
    picture = Picture("norms")
    epochs = collections.defaultdict(list)
    for r in rows("_norms.csv"):
        epochs[int(r["epoch"])].append(r)
    shown = [int(n) for n in re.findall(r"<text>epoch (\d+)", open(path("_norms.svg")).read())]
    if not {min(epochs), max(epochs)} <= set(shown) or len(shown) > 9:
        fail("norms: epochs", shown, "of", list(epochs))
    for mark in ("t_sl_start", "t_star"):
        if summary[mark] in epochs and summary[mark] not in shown:
            fail("norms:", mark, "is not shown")
    drawn, expected = [], []
    for k, epoch in enumerate(shown):
        kept, selected = (picture.bars(n, chr(ord("a") + k))[1 if k == 0 else 0:] for n in (1, 2))
        # a bar of no channel has no height
        heights = [b[2] - b[3] for b in kept + selected if b[2] > b[3]]
        wanted = [math.sqrt(int(r["kept"])) for r in epochs[epoch] if r["kept"] != "0"]
        wanted += [math.sqrt(int(r["kept"]) + int(r["selected"])) - math.sqrt(int(r["kept"]))
                   for r in epochs[epoch] if r["selected"] != "0"]
        if len(heights) != len(wanted):
            fail("norms: epoch", epoch, len(heights), "bars,", len(wanted), "numbers")
        drawn += heights
        expected += wanted
        for bar, row in zip((b for b in kept if b[2] > b[3]),
                            (r for r in epochs[epoch] if r["kept"] != "0")):
            if float(row["norm_from"]) > 0:
                ratio = (bar[1] - bar[0]) / math.log10(float(row["norm_to"]) / float(row["norm_from"]))
                if "ratio" in norms.__dict__ and abs(ratio / norms.ratio - 1) > 0.01:
                    fail("norms: widths of bars")
                norms.ratio = ratio
    fits("norms", drawn, expected, 0.05)


# a run that nobody trained has no summary
summary = {"t_sl_start": -1, "t_star": -1}
if os.path.exists(path(".json")):
    summary = json.load(open(path(".json")))
there = sorted(os.path.basename(p)[len(base) + 6:] for p in glob.glob(glob.escape(path("_")) + "*.[sp][vn]g"))
wanted = sorted(n + e for n in names for e in (".svg", ".png"))
if there != wanted:
    fail("pictures:", there, "expected:", wanted)
for name in names:
    {"stability": stability, "norms": norms, "layers": layers, "training": training}[name]()
