#!/usr/bin/env python3
"""Draws docs/img/one-cycle.svg from the CSV of a training run.

usage: docs/img/one_cycle.py docs/img/one-cycle.csv >docs/img/one-cycle.svg

The upper panel shows the MACs of the network in training and the norms of the channels
selected for removal, both in percent of their start; the lower one the stability indicator.
"""

import csv
import sys

WIDTH, LEFT, RIGHT = 880, 64, 856
UPPER = (64, 254)  # y of 100 % and of 0 %
LOWER = (296, 366)  # y of an indicator of 1 and of LEAST_J
LEAST_J = 0.8
FILLS = {"dense": "#eef4fb", "sparse": "#fdf1e3", "pruned": "#ebf7ee"}
MACS, NORM, J = "#1f5fa8", "#c2570c", "#5b3a9b"


def text(x, y, words, anchor="middle", color="#222", size=14, extra=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" '
            f'font-size="{size}" {extra}>{words}</text>')


def path(points, color, dash=""):
    d = " ".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(points))
    return (f'<path d="{d}" fill="none" stroke="{color}" stroke-width="2.6" '
            f'stroke-linejoin="round"{dash}/>')


def main():
    with open(sys.argv[1], newline="") as file:
        rows = list(csv.DictReader(file))
    last = int(rows[-1]["epoch"])
    start = next(int(r["epoch"]) for r in rows if r["phase"] == "sparse")
    star = next(int(r["epoch"]) for r in rows if r["phase"] == "pruned")
    dense, pruned = int(rows[0]["macs"]), int(rows[-1]["macs"])
    norm0 = float(rows[start - 1]["selected_norm"])

    def x(epoch):
        return LEFT + (RIGHT - LEFT) * epoch / last

    def y(percent):
        return UPPER[1] - (UPPER[1] - UPPER[0]) * percent / 100

    def y_j(j):
        return LOWER[1] - (LOWER[1] - LOWER[0]) * (j - LEAST_J) / (1 - LEAST_J)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 410" '
           f'font-family="Helvetica, Arial, sans-serif" role="img">',
           "<title>One training run: dense, sparse, pruned</title>",
           f'<rect width="{WIDTH}" height="410" fill="#fff"/>']
    for phase, a, b in (("dense", 0, start), ("sparse", start, star), ("pruned", star, last)):
        out.append(f'<rect x="{x(a):.1f}" y="40" width="{x(b) - x(a):.1f}" '
                   f'height="{LOWER[1] - 40}" fill="{FILLS[phase]}"/>')
        out.append(text((x(a) + x(b)) / 2, 56, phase, extra='font-weight="bold"'))
    for epoch, name in ((start, "t_sl-start"), (star, "t*")):
        out.append(f'<path d="M{x(epoch):.1f} 40V{LOWER[1]}" stroke="#888" '
                   f'stroke-dasharray="4 4"/>')
        out.append(text(x(epoch), 30, f"{name} = epoch {epoch}"))
    for percent in (0, 50, 100):
        out.append(f'<path d="M{LEFT} {y(percent):.1f}H{RIGHT}" stroke="#ccc"/>')
        out.append(text(LEFT - 8, y(percent) + 5, f"{percent} %", "end", size=13))
    for j in (LEAST_J, 1):
        out.append(f'<path d="M{LEFT} {y_j(j):.1f}H{RIGHT}" stroke="#ccc"/>')
        out.append(text(LEFT - 8, y_j(j) + 5, f"{j:.1f}", "end", size=13))
    share = 100 * pruned / dense
    out.append(path([(x(0), y(100)), (x(star), y(100)), (x(star), y(share)),
                     (x(last), y(share))], MACS))
    out.append(text((x(star) + x(last)) / 2, y(share) - 10,
                    f"MACs of the network: {dense / 1e6:.1f} M, then {pruned / 1e6:.1f} M",
                    color=MACS))
    norms = [(int(r["epoch"]), float(r["selected_norm"])) for r in rows
             if r["selected_norm"] and int(r["epoch"]) >= start]
    out.append(path([(x(e), y(100 * n / norm0)) for e, n in norms], NORM))
    out.append(text(x(star) + 10, y(8), "norms of the channels selected for removal", "start",
                    NORM))
    means = [(int(r["epoch"]), float(r["mean_J"])) for r in rows if r["mean_J"]]
    out.append(path([(x(e), y_j(j)) for e, j in means], J))
    out.append(text(x(star) + 10, (LOWER[0] + LOWER[1]) / 2 + 5,
                    "stability indicator of the selection", "start", J))
    for epoch in range(0, last + 1, 10):
        out.append(text(x(epoch), LOWER[1] + 20, str(epoch), size=13))
    out.append(text((LEFT + RIGHT) / 2, LOWER[1] + 38, "finished epochs", size=13))
    out.append("</svg>")
    print("\n".join(out))


main()
