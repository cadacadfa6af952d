#!/usr/bin/env python3
"""OpenCV's DNN on a made-up image: what tests/host/run_net.c does with a host.

usage: opencv_outputs.py N.cfg N.weights PREFIX
       opencv_outputs.py FOLDER        every pair in it, PREFIX being its own name

Writes PREFIX.f32, the float32 outputs of all layers that a head reads, of the heads and
of the last layer, and PREFIX.txt, a line "NAME COUNT" for each. Heads give all boxes,
also those below their threshold. Exit status 3: a net that OpenCV does not support; the
reason stands on stderr.
"""

import glob
import sys

import cv2
import numpy as np

UNSUPPORTED = 3
HEADS = ("yolo", "region", "softmax", "detection", "Gaussian_yolo", "cost", "soft")


def sections(path):
    """[(name, {key: value})] of a cfg, read as Darknet reads it."""
    found = []
    with open(path, encoding="latin-1") as text:
        for line in text:
            line = "".join(line.split())
            if line.startswith("["):
                found.append((line[1:].split("]")[0], {}))
            elif line and line[0] not in "#;" and "=" in line:
                key, value = line.split("=", 1)
                found[-1][1].setdefault(key, value)
    return found


def without_thresholds(path):
    """The cfg's text with heads that give all boxes: one with a score at the threshold would
    come and go with the last bit."""
    lines, head = [], False
    with open(path, encoding="latin-1") as text:
        for line in text:
            key = "".join(line.split()).split("=")[0]
            if key.startswith("["):
                head = key.strip("[]") in ("yolo", "region")
                lines.append(line + ("\nthresh=0\nnms_threshold=0\n" if head else ""))
            elif not (head and key in ("thresh", "nms_threshold")):
                lines.append(line)
    return np.frombuffer("".join(lines).encode("latin-1"), dtype=np.uint8)


def image(shape):
    h = np.arange(np.prod(shape), dtype=np.uint32) * np.uint32(2654435761)
    h ^= h >> np.uint32(15)
    h *= np.uint32(2246822519)
    h ^= h >> np.uint32(13)
    return ((h >> np.uint32(8)).astype(np.float32) / np.float32(16777216)).reshape(shape)


def wanted(net, layers):
    """[(name, OpenCV's name)]; OpenCV may make several layers "KIND_INDEX" of one."""
    last = {}
    for name in net.getLayerNames():
        index = name.rsplit("_", 1)[-1]
        if index.isdigit():
            last[int(index)] = name
    for i, (kind, _) in enumerate(layers):
        is_head = kind in HEADS
        feeds_head = i + 1 < len(layers) and layers[i + 1][0] in HEADS
        if i in last and (is_head or feeds_head or i + 1 == len(layers)):
            yield f"{'head' if is_head else 'layer'}{i}", last[i]


def main(cfg, weights, prefix):
    layers = sections(cfg)
    size = {key: int(layers[0][1].get(key, fallback))
            for key, fallback in (("channels", 3), ("height", 1), ("width", 1))}
    try:
        net = cv2.dnn.readNetFromDarknet(without_thresholds(cfg),
                                         np.fromfile(weights, dtype=np.uint8))
        net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
        # or a layer's blob may be its successor's
        net.enableFusion(False)
        net.setInput(image((1, size["channels"], size["height"], size["width"])))
        names = list(wanted(net, layers[1:]))
        outputs = net.forward([theirs for _, theirs in names])
    except cv2.error as e:
        print(f"unsupported: {' '.join(str(e).split())}", file=sys.stderr)
        return UNSUPPORTED
    with open(prefix + ".f32", "wb") as data, open(prefix + ".txt", "w",
                                                   encoding="ascii") as index:
        for (name, _), blob in zip(names, outputs):
            blob = np.asarray(blob, dtype=np.float32)
            index.write(f"{name} {blob.size}\n")
            data.write(blob.tobytes())
    return 0


if __name__ == "__main__":
    if len(sys.argv) == 4:
        sys.exit(main(*sys.argv[1:]))
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    names = [path[:-len(".cfg")] for path in sorted(glob.glob(sys.argv[1] + "/*.cfg"))]
    sys.exit(max([main(n + ".cfg", n + ".weights", n) for n in names], default=0))
