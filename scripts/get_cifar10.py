"""Worker of get_cifar10.sh: read one of four sources, write files for Darknet.

A source yields samples (split, class name, make), split being "train" or "test"
and make(path) writing the image to path. Each sample becomes
OUT_DIR/<split>/NNNNN_<class>.<ext>: Darknet finds the class of an image by
looking for the labels anywhere in its path, so each path must contain exactly
one label. Original file names are not kept: CIFAR-10's own hold other classes'
names ("frogmouth" is a bird).
"""

import argparse
import collections
import io
import os
import pickle
import shutil
import signal
import sys
import tarfile
import tempfile
import zlib

import numpy as np
from PIL import Image

CIFAR_LABELS = ("airplane", "automobile", "bird", "cat", "deer",
                "dog", "frog", "horse", "ship", "truck")  # fmt: skip
CIFAR_COUNTS = {"train": 50000, "test": 10000}
SIDE = 32
PLANE = 3 * SIDE * SIDE
TRAIN_BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg")
WHERE = (
    "The archives cifar-10-binary.tar.gz and cifar-10-python.tar.gz of the CIFAR-10 "
    "data set (Krizhevsky 2009) are on the page of its authors at the University of "
    "Toronto, titled 'The CIFAR-10 dataset'."
)

Sample = collections.namedtuple("Sample", "split label ending make")


class Refusal(Exception):
    """An error of the caller or of the source, told in one line."""


# Files of a source, from a folder or from an archive, as name -> bytes.


class Folder:
    def __init__(self, path):
        self.path = path
        self.names = []
        for folder, _, files in os.walk(path):
            rel = os.path.relpath(folder, path)
            self.names += [os.path.normpath(os.path.join(rel, f)) for f in files]

    def read(self, name):
        with open(os.path.join(self.path, name), "rb") as f:
            return f.read()

    def place(self, name, path):
        """Hard-link the file, or copy it where links are not possible."""
        source = os.path.realpath(os.path.join(self.path, name))
        try:
            os.link(source, path)
        except OSError:
            shutil.copyfile(source, path)


class Archive:
    """A .tar or .tar.gz, read whole: member names are never used as paths to write."""

    def __init__(self, path):
        self.files = {}
        try:
            with tarfile.open(path) as tar:
                for member in tar:
                    if member.isfile():
                        name = os.path.normpath(member.name)
                        self.files[name] = tar.extractfile(member).read()
                        if len(self.files[name]) != member.size:
                            raise EOFError
        except (EOFError, zlib.error, tarfile.TarError, OSError) as error:
            cause = (str(error) or "it ends early").splitlines()[0].rstrip(" :")
            raise Refusal(f"{path}: truncated, or not a tar archive ({cause})") from None
        self.names = list(self.files)

    def read(self, name):
        return self.files[name]

    def place(self, name, path):
        with open(path, "wb") as f:
            f.write(self.files[name])


def open_source(path):
    if os.path.isdir(path):
        return Folder(path)
    if not os.path.isfile(path):
        raise Refusal(f"{path}: no such file or folder")
    return Archive(path)


# The official archives.


def pixels_writer(planes):
    def make(path):
        rgb = planes.reshape(3, SIDE, SIDE).transpose(1, 2, 0)
        Image.fromarray(np.ascontiguousarray(rgb)).save(path, "PNG")

    return make


def official_samples(name, split, labels, pixels):
    if labels.size == 0:
        raise Refusal(f"{name}: holds no image")
    if labels.min() < 0 or labels.max() >= len(CIFAR_LABELS):
        raise Refusal(f"{name}: a label is outside 0 to {len(CIFAR_LABELS) - 1}")
    return [
        Sample(split, CIFAR_LABELS[label], ".png", pixels_writer(planes))
        for label, planes in zip(labels, pixels)
    ]


def parse_binary(name, data):
    """Records of one label byte and 3072 bytes: the planes red, green, blue."""
    if len(data) % (PLANE + 1):
        raise Refusal(
            f"{name}: truncated: {len(data)} bytes are not a whole number of "
            f"{PLANE + 1}-byte records"
        )
    records = np.frombuffer(data, dtype=np.uint8).reshape(-1, PLANE + 1)
    return records[:, 0], records[:, 1:]


class ArrayUnpickler(pickle.Unpickler):
    """Unpickles numpy arrays and builtin containers, and nothing that can run code."""

    ALLOWED = {("multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}

    def find_class(self, module, name):
        if (module.removeprefix("numpy.core.").removeprefix("numpy._core."), name) in (
            self.ALLOWED
        ):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")


def parse_python(name, data):
    try:
        batch = ArrayUnpickler(io.BytesIO(data), encoding="bytes").load()
        batch = {k.decode() if isinstance(k, bytes) else k: v for k, v in batch.items()}
        labels, pixels = np.asarray(batch["labels"]), np.asarray(batch["data"])
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise Refusal(f"{name}: truncated, or not a CIFAR-10 batch ({error})") from None
    if (
        pixels.dtype != np.uint8
        or labels.dtype.kind not in "iu"
        or labels.ndim != 1
        or pixels.shape != (labels.size, PLANE)
    ):
        raise Refusal(f"{name}: not a CIFAR-10 batch")
    return labels, pixels


def read_official(source, root, ending, parse):
    samples = []
    for split, batches in (("train", TRAIN_BATCHES), ("test", ("test_batch",))):
        for batch in batches:
            name = os.path.normpath(os.path.join(root, batch + ending))
            if name not in source.names:
                raise Refusal(f"{name} is missing")
            samples += official_samples(name, split, *parse(name, source.read(name)))
    for split, expected in CIFAR_COUNTS.items():
        found = sum(s.split == split for s in samples)
        if found != expected:
            print(f"note: {found} {split} images; the whole data set has {expected}")
    return list(CIFAR_LABELS), samples


# Class folders.


def image_placer(source, name):
    def make(path):
        try:
            with Image.open(io.BytesIO(source.read(name))) as image:
                image.load()
        except Exception as error:  # Pillow's decoders raise many types
            raise Refusal(f"{name}: not a readable image ({error})") from None
        source.place(name, path)

    return make


def read_folders(source, root):
    samples, classes = [], {"train": set(), "test": set()}
    for name in sorted(source.names):
        parts = os.path.relpath(name, root).split(os.sep)
        ending = os.path.splitext(name)[1].lower()
        if len(parts) != 3 or parts[0] not in classes or ending not in IMAGE_ENDINGS:
            continue
        split, label, _ = parts
        classes[split].add(label)
        samples.append(Sample(split, label, ending, image_placer(source, name)))
    if classes["train"] != classes["test"]:
        odd = sorted(classes["train"] ^ classes["test"])[0]
        raise Refusal(f"class {odd} is in only one of train/ and test/")
    if not samples:
        raise Refusal("train/ and test/ hold no image in a class folder")
    return sorted(classes["train"]), samples


def read_source(path):
    """What the source is, by the names in it; its labels and samples."""
    source = open_source(path)
    roots = sorted({os.path.dirname(n) for n in source.names})
    for ending, parse in ((".bin", parse_binary), ("", parse_python)):
        wanted = {batch + ending for batch in TRAIN_BATCHES + ("test_batch",)}
        for root in roots:
            here = {os.path.basename(n) for n in source.names if os.path.dirname(n) == root}
            if here & wanted:
                return read_official(source, root, ending, parse)
    for root in sorted({os.path.dirname(os.path.dirname(r)) for r in roots if r}):
        if any(n.startswith(os.path.join(root, "train") + os.sep) for n in source.names):
            return read_folders(source, root or ".")
    raise Refusal(
        f"{path}: holds neither CIFAR-10's batches nor train/<class>/ and test/<class>/"
    )


# Selection and output.


def take_first(labels, samples, total):
    """The first total/classes training images of each class, and all test images."""
    if total % len(labels):
        raise Refusal(f"-n {total} is not a multiple of {len(labels)}, the classes")
    quota, taken, chosen = total // len(labels), collections.Counter(), []
    for sample in samples:
        if sample.split == "train":
            if taken[sample.label] == quota:
                continue
            taken[sample.label] += 1
        chosen.append(sample)
    for label in labels:
        if taken[label] < quota:
            raise Refusal(
                f"-n {total} needs {quota} training images of each class; "
                f"{label} has {taken[label]}"
            )
    return chosen


def check_path(path):
    if not path:
        raise Refusal("OUT_DIR is empty")
    if any(c.isspace() or not c.isprintable() for c in path):
        raise Refusal(f"{path!r}: Darknet strips white space from paths")


def check_labels(labels, out_dir):
    """Each label must be found in the paths of its own class and in no other."""
    for label in labels:
        check_path(label)
        for other in labels:
            if label != other and label in other:
                raise Refusal(
                    f"label {label} is part of label {other}: Darknet would find both"
                )
        for split in ("train", "test"):
            if label in f"{out_dir}/{split}/":
                raise Refusal(
                    f"{out_dir}/{split} contains the label {label}: Darknet would find "
                    "that class in every path; choose another OUT_DIR"
                )


def write_set(work, out_dir, labels, samples):
    lists = {"train": [], "test": []}
    for split in lists:
        os.mkdir(os.path.join(work, split))
    for sample in samples:
        lines = lists[sample.split]
        name = f"{sample.split}/{len(lines):05d}_{sample.label}{sample.ending}"
        sample.make(os.path.join(work, name))
        lines.append(f"{out_dir}/{name}\n")
    for split, lines in lists.items():
        with open(os.path.join(work, split + ".list"), "w", encoding="utf-8") as f:
            f.writelines(lines)
    os.mkdir(os.path.join(work, "backup"))
    with open(os.path.join(work, "labels.names"), "w", encoding="utf-8") as f:
        f.writelines(label + "\n" for label in labels)
    with open(os.path.join(work, "cifar.data"), "w", encoding="utf-8") as f:
        f.write(f"classes={len(labels)}\n")
        f.write(f"train={out_dir}/train.list\nvalid={out_dir}/test.list\n")
        f.write(f"labels={out_dir}/labels.names\nnames={out_dir}/labels.names\n")
        f.write(f"backup={out_dir}/backup\ntop=1\n")
    return {split: len(lines) for split, lines in lists.items()}


def build(out_dir, labels, samples):
    """Make the set beside out_dir and rename it: all of it appears, or nothing."""
    parent = os.path.dirname(out_dir) or "."
    os.makedirs(parent, exist_ok=True)
    work = tempfile.mkdtemp(prefix=".get_cifar10.", dir=parent)
    try:
        counts = write_set(work, out_dir, labels, samples)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(work, 0o777 & ~umask)
        os.rename(work, out_dir)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return counts


class OneLineParser(argparse.ArgumentParser):
    def error(self, message):
        sys.stderr.write(f"get_cifar10: {message}\n")
        sys.exit(2)


def parse_arguments(argv):
    parser = OneLineParser(
        prog="get_cifar10.sh",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        description="""Make image files and lists for Darknet's classifier out of SOURCE:
  the official archive cifar-10-binary.tar.gz or cifar-10-python.tar.gz,
  a folder that holds either, unpacked,
  a folder of images train/<class>/*.jpg|png, test/<class>/*.jpg|png,
  or a tar archive of such a folder.
OUT_DIR (data/cifar) gets train/, test/, train.list, test.list, labels.names,
cifar.data and backup/. The lists begin with OUT_DIR as given: run Darknet
from the same folder.""",
        epilog=f"Nothing is downloaded. {WHERE}",
    )
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("out_dir", metavar="OUT_DIR", nargs="?", default="data/cifar")
    parser.add_argument(
        "-n",
        type=int,
        metavar="N",
        help="take the first N/classes training images of each class only",
    )
    args = parser.parse_args(argv)
    if args.n is not None and args.n <= 0:
        parser.error(f"-n {args.n} is not positive")
    return args


def main(argv):
    args = parse_arguments(argv)
    out_dir = args.out_dir.rstrip("/") or args.out_dir
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        check_path(out_dir)
        if os.path.lexists(out_dir) and not (
            os.path.isdir(out_dir) and not os.listdir(out_dir)
        ):
            raise Refusal(f"{out_dir} exists already: remove it or choose another OUT_DIR")
        if not os.path.exists(args.source):
            raise Refusal(f"{args.source}: no such file or folder. {WHERE}")
        labels, samples = read_source(args.source)
        check_labels(labels, out_dir)
        if args.n is not None:
            samples = take_first(labels, samples, args.n)
        counts = build(out_dir, labels, samples)
    except (Refusal, OSError) as error:
        sys.stderr.write(f"get_cifar10: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"{out_dir}: {counts['train']} training and {counts['test']} test images, "
          f"{len(labels)} classes; use {out_dir}/cifar.data")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
