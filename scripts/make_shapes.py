#!/usr/bin/python3
"""Make a small image set for Darknet's classifier: coloured shapes on clutter.

    scripts/make_shapes.py data/shapes
    darknet classifier train data/shapes/shapes.data cfg/shapes.cfg

Position, size, rotation and colours say nothing about the class, so a linear
classifier on the pixels stays near chance. The same arguments give the same
pixels: image i of a split depends only on the seed, the split, i and the size.

OUT_DIR receives train/ and valid/ (NNNNN_label.png), train.list, valid.list,
shapes.names, shapes.data and an empty backup/. The lists hold paths that begin
with OUT_DIR as it was given, so run Darknet from the same folder. Darknet takes
for the class every label that occurs anywhere in a path: OUT_DIR must contain
none of them.
"""

import argparse
import json
import math
import os
import shutil
import signal
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image, ImageDraw
except ImportError as missing:
    sys.exit(f"make_shapes: {missing}: install python3-numpy and python3-pil")

LABELS = ("circle", "square", "triangle", "cross", "star", "ring")
STAMP = "made_by_make_shapes.json"
OVERSAMPLE = 4
MIN_SIZE, MAX_SIZE, MAX_IMAGES = 16, 512, 99999


class Refusal(Exception):
    """An error of the caller, told in one line."""


def regular_polygon(corners, radii):
    """Corners on the unit circle, their radii taken from `radii` in turn."""
    return [
        (
            radii[i % len(radii)] * math.cos(2 * math.pi * i / corners),
            radii[i % len(radii)] * math.sin(2 * math.pi * i / corners),
        )
        for i in range(corners)
    ]


def outline(label):
    """Corners of a shape within the unit circle."""
    if label == "square":
        return regular_polygon(4, (1.0,))
    if label == "triangle":
        return regular_polygon(3, (1.0,))
    if label == "star":
        return regular_polygon(10, (1.0, 0.42))
    if label == "cross":
        a, b = 0.95, 0.3
        return [(a, -b), (a, b), (b, b), (b, a), (-b, a), (-b, b),
                (-a, b), (-a, -b), (-b, -b), (-b, -a), (b, -a), (b, -b)]  # fmt: skip
    return regular_polygon(48, (1.0,))


def draw_shape(draw, label, centre, radius, angle, colour, hole):
    cos, sin = math.cos(angle), math.sin(angle)

    def place(points, scale):
        return [
            (
                centre[0] + scale * (cos * x - sin * y),
                centre[1] + scale * (sin * x + cos * y),
            )
            for x, y in points
        ]

    draw.polygon(place(outline(label), radius), fill=colour)
    if label == "ring":
        draw.polygon(place(outline(label), 0.55 * radius), fill=hole)


def two_colours(rng):
    """A background and a foreground, any two that differ enough to be told apart."""
    while True:
        back, front = rng.integers(0, 256, 3), rng.integers(0, 256, 3)
        if np.abs(back - front).sum() > 220:
            return back, front


def clutter(draw, rng, side, back):
    """Short strokes and specks in colours near the background's."""
    for _ in range(int(rng.integers(3, 8))):
        shade = np.clip(back + rng.integers(-70, 71, 3), 0, 255)
        x, y = rng.uniform(0, side, 2)
        length, turn = rng.uniform(0.1, 0.6) * side, rng.uniform(0, 2 * math.pi)
        end = (x + length * math.cos(turn), y + length * math.sin(turn))
        draw.line([(x, y), end], fill=tuple(map(int, shade)), width=max(1, side // 40))
    for _ in range(int(rng.integers(2, 6))):
        shade = np.clip(back + rng.integers(-70, 71, 3), 0, 255)
        x, y = rng.uniform(0, side, 2)
        r = rng.uniform(0.02, 0.05) * side
        draw.ellipse([x - r, y - r, x + r, y + r], fill=tuple(map(int, shade)))


def make_image(seed, split, index, size, label):
    rng = np.random.default_rng((seed, split, index))
    side = OVERSAMPLE * size
    back, front = two_colours(rng)
    picture = Image.new("RGB", (side, side), tuple(map(int, back)))
    draw = ImageDraw.Draw(picture)
    clutter(draw, rng, side, back)
    radius = rng.uniform(0.23, 0.38) * side
    centre = rng.uniform(radius, side - radius, 2)
    angle = rng.uniform(0, 2 * math.pi)
    draw_shape(draw, label, centre, radius, angle, tuple(map(int, front)),
               tuple(map(int, back)))  # fmt: skip
    small = picture.resize((size, size), Image.BOX)
    pixels = np.asarray(small, dtype=np.float64)
    ramp = np.linspace(-1, 1, size)
    slope = rng.uniform(-30, 30, 2)
    pixels = pixels + (slope[0] * ramp[:, None] + slope[1] * ramp[None, :])[..., None]
    pixels = pixels + rng.normal(0, 10, pixels.shape)
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def write_split(work, out_dir, name, number, count, size, seed):
    os.mkdir(os.path.join(work, name))
    lines = []
    for i in range(count):
        label = LABELS[i % len(LABELS)]
        path = f"{name}/{i:05d}_{label}.png"
        make_image(seed, number, i, size, label).save(os.path.join(work, path))
        lines.append(f"{out_dir}/{path}\n")
    with open(os.path.join(work, name + ".list"), "w", encoding="utf-8") as f:
        f.writelines(lines)


def write_set(work, out_dir, args):
    write_split(work, out_dir, "train", 0, args.train, args.size, args.seed)
    write_split(work, out_dir, "valid", 1, args.valid, args.size, args.seed)
    os.mkdir(os.path.join(work, "backup"))
    with open(os.path.join(work, "shapes.names"), "w", encoding="utf-8") as f:
        f.writelines(label + "\n" for label in LABELS)
    with open(os.path.join(work, "shapes.data"), "w", encoding="utf-8") as f:
        f.write(f"classes={len(LABELS)}\n")
        f.write(f"train={out_dir}/train.list\nvalid={out_dir}/valid.list\n")
        f.write(f"labels={out_dir}/shapes.names\nnames={out_dir}/shapes.names\n")
        f.write(f"backup={out_dir}/backup\ntop=1\n")


def parameters(out_dir, args):
    return {"version": 1, "out_dir": out_dir, "train": args.train, "valid": args.valid,
            "size": args.size, "seed": args.seed}  # fmt: skip


def check_out_dir(out_dir):
    if not out_dir:
        raise Refusal("OUT_DIR is empty")
    if any(c.isspace() or not c.isprintable() for c in out_dir):
        raise Refusal(f"OUT_DIR {out_dir!r}: Darknet strips white space from paths")
    for label in LABELS:
        if label in out_dir:
            raise Refusal(
                f"OUT_DIR {out_dir} contains the label {label}: Darknet would "
                "find that class in every path"
            )


def already_made(out_dir, wanted):
    """True if out_dir holds this very set; refuses anything else that is there."""
    if not os.path.lexists(out_dir):
        return False
    if not os.path.isdir(out_dir):
        raise Refusal(f"{out_dir} exists and is not a folder")
    if not os.listdir(out_dir):
        return False
    try:
        with open(os.path.join(out_dir, STAMP), encoding="utf-8") as f:
            found = json.load(f)
    except (OSError, ValueError):
        raise Refusal(f"{out_dir} is not empty and was not made here") from None
    if found != wanted:
        raise Refusal(f"{out_dir} was made with other parameters: {json.dumps(found)}")
    for split in ("train", "valid"):
        folder = os.path.join(out_dir, split)
        if not os.path.isdir(folder) or len(os.listdir(folder)) != wanted[split]:
            raise Refusal(f"{out_dir} is incomplete: remove it and run this again")
    return True


def build(out_dir, args):
    """Make the set beside out_dir and rename it: all of it appears, or nothing."""
    parent = os.path.dirname(out_dir) or "."
    os.makedirs(parent, exist_ok=True)
    work = tempfile.mkdtemp(prefix=".make_shapes.", dir=parent)
    try:
        write_set(work, out_dir, args)
        with open(os.path.join(work, STAMP), "w", encoding="utf-8") as f:
            json.dump(parameters(out_dir, args), f)
            f.write("\n")
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(work, 0o777 & ~umask)
        os.rename(work, out_dir)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def bounded(low, high):
    def convert(text):
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{value} is not within {low} to {high}")
        return value

    return convert


class OneLineParser(argparse.ArgumentParser):
    def error(self, message):
        sys.stderr.write(f"make_shapes: {message}\n")
        sys.exit(2)


def parse_arguments(argv):
    parser = OneLineParser(
        prog="make_shapes.py",
        description="Make a small set of coloured shapes for Darknet's classifier.",
        epilog="Exit status: 0 done, 1 refused or failed, 2 wrong arguments.",
        allow_abbrev=False,
    )
    count = bounded(len(LABELS), MAX_IMAGES)
    parser.add_argument("out_dir", metavar="OUT_DIR")
    parser.add_argument("--train", type=count, default=2560, metavar="N")
    parser.add_argument("--valid", type=count, default=600, metavar="N")
    parser.add_argument(
        "--size", type=bounded(MIN_SIZE, MAX_SIZE), default=32, metavar="S"
    )
    parser.add_argument("--seed", type=bounded(0, 2**32 - 1), default=1, metavar="K")
    return parser.parse_args(argv)


def main(argv):
    args = parse_arguments(argv)
    out_dir = args.out_dir.rstrip("/") or args.out_dir
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        check_out_dir(out_dir)
        if already_made(out_dir, parameters(out_dir, args)):
            print(f"{out_dir}: already made with these parameters; nothing to do")
            return 0
        build(out_dir, args)
    except Refusal as refusal:
        sys.stderr.write(f"make_shapes: {refusal}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"make_shapes: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"{out_dir}: {args.train} training and {args.valid} validation images, "
          f"{len(LABELS)} classes; use {out_dir}/shapes.data")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
