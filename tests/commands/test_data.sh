#!/bin/bash
# Tests of cfg/, data/, scripts/make_shapes.py and scripts/get_cifar10.sh.
# One line `ok NAME` or `not ok NAME` per case; exit status 1 if any failed.
#   PYTHON   interpreter with numpy and Pillow (/usr/bin/python3)
#   DARKNET  a Darknet to train cfg/tiny.cfg with (the one in PATH, if any)
set -u

here=$(cd "$(dirname "$0")/../.." && pwd)
export PYTHON=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

report() { # report NAME STATUS
    if [ "$2" -eq 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        failed=1
    fi
}

shapes() { "$PYTHON" "$here/scripts/make_shapes.py" "$@"; }
cifar() { "$here/scripts/get_cifar10.sh" "$@"; }

# refuses NAME STATUS TEXT COMMAND...: that exit status, TEXT in the only line of
# stderr, and nothing new in the folder.
refuses() {
    local name=$1 status=$2 text=$3 before after got
    shift 3
    before=$(find . | LC_ALL=C sort)
    "$@" >/dev/null 2>"$work.err"
    got=$?
    after=$(find . | LC_ALL=C sort)
    [ "$got" -eq "$status" ] && [ "$(wc -l <"$work.err")" -eq 1 ] &&
        grep -qF -- "$text" "$work.err" && [ "$before" = "$after" ]
    report "$name" $?
    rm -f "$work.err"
}

# Every path of the lists exists and holds exactly the label of its own file name.
check_set() { # check_set DATA
    "$PYTHON" - "$1" <<'PY'
import os, re, sys
data = dict(l.strip().split("=", 1) for l in open(sys.argv[1]) if l[0] != "#")
assert set(data) == {"classes", "train", "valid", "labels", "names", "backup", "top"}
labels = open(data["labels"]).read().splitlines()
assert len(labels) == int(data["classes"]) == len(set(labels))
assert os.path.isdir(data["backup"]), "backup folder"
for key in ("train", "valid"):
    paths = open(data[key]).read().splitlines()
    assert paths and len(paths) == len(set(paths))
    folder = os.path.dirname(paths[0])
    assert sorted(os.listdir(folder)) == sorted(map(os.path.basename, paths))
    for path in paths:
        own = re.fullmatch(r"\d{5}_(\w+)\.(png|jpg)", os.path.basename(path)).group(1)
        assert [l for l in labels if l in path] == [own], path
        assert os.path.getsize(path) > 0
PY
}

# --- make_shapes.py

shapes deep/one --train 60 --valid 12 --seed 7 >/dev/null && check_set deep/one/shapes.data
report "make_shapes writes a set Darknet can use" $?

shapes two --train 60 --valid 12 --seed 7 >/dev/null &&
    diff -r deep/one/train two/train && diff -r deep/one/valid two/valid
report "make_shapes repeats itself for a seed" $?

shapes three --train 60 --valid 12 --seed 8 >/dev/null &&
    ! cmp -s three/train/00000_circle.png two/train/00000_circle.png
report "make_shapes differs between seeds" $?

! cmp -s two/train/00000_circle.png two/valid/00000_circle.png
report "make_shapes trains and validates on different images" $?

shapes big --train 12 --valid 6 --size 48 >/dev/null &&
    "$PYTHON" -c "from PIL import Image; i = Image.open('big/train/00000_circle.png'); \
assert i.size == (48, 48) and i.mode == 'RGB'"
report "make_shapes obeys -size" $?

shapes two --train 60 --valid 12 --seed 7 | grep -q 'nothing to do'
report "make_shapes does nothing the second time" $?
refuses "make_shapes refuses other parameters in a made folder" 1 'other parameters' \
    shapes two --train 66 --valid 12 --seed 7
rm two/train/00003_cross.png
refuses "make_shapes notices a lost image" 1 'incomplete' \
    shapes two --train 60 --valid 12 --seed 7
mkdir foreign && echo mine >foreign/file
refuses "make_shapes refuses a folder of others" 1 'not empty' shapes foreign
refuses "make_shapes refuses a file" 1 'not a folder' shapes foreign/file
refuses "make_shapes refuses a folder below a file" 1 'foreign/file' shapes foreign/file/x
refuses "make_shapes refuses a label in the path" 1 'label ring' shapes a/spring
refuses "make_shapes refuses white space in the path" 1 'white space' shapes 'a b'
refuses "make_shapes refuses no OUT_DIR" 2 'OUT_DIR' shapes
refuses "make_shapes refuses an unknown flag" 2 'unrecognized' shapes x --colour red
refuses "make_shapes refuses a word for a number" 2 "'many'" shapes x --train many
refuses "make_shapes refuses too few images" 2 'not within' shapes x --valid 5
refuses "make_shapes refuses a negative seed" 2 'not within' shapes x --seed -1
refuses "make_shapes refuses a size of 0" 2 'not within' shapes x --size 0

"$PYTHON" "$here/scripts/make_shapes.py" killed --train 90000 >/dev/null 2>&1 &
maker=$!
for _ in $(seq 100); do
    compgen -G '.make_shapes.*/train/*' >/dev/null && break
    sleep 0.1
done
compgen -G '.make_shapes.*/train/*' >/dev/null
started=$?
kill -TERM "$maker"
wait "$maker" 2>/dev/null
[ $? -eq 143 ] && [ "$started" -eq 0 ] && [ ! -e killed ] && ! compgen -G '.make_shapes*' >/dev/null
report "make_shapes leaves nothing behind when ended" $?

# Ridge regression on the pixels, at its best regularization of five; 600 images
# put chance (1/6) at 0.167 +- 0.015.
shapes full >/dev/null && "$PYTHON" - <<'PY'
import numpy as np
from PIL import Image

def load(name):
    paths = open(f"full/{name}.list").read().splitlines()
    labels = open("full/shapes.names").read().splitlines()
    pixels = [np.asarray(Image.open(p), dtype=np.float64).ravel() / 255 - 0.5 for p in paths]
    truth = [labels.index(p.rsplit("_", 1)[1][:-4]) for p in paths]
    return np.c_[np.stack(pixels), np.ones(len(paths))], np.array(truth)

(x, y), (xv, yv) = load("train"), load("valid")
gram, best = x @ x.T, 0
for ridge in (1, 10, 100, 1000, 5000):
    w = x.T @ np.linalg.solve(gram + ridge * np.eye(len(x)), np.eye(6)[y])
    best = max(best, np.mean(np.argmax(xv @ w, 1) == yv))
print(f"# linear classifier on pixels: {best:.3f} of the validation images, chance 0.167")
assert best < 2 / 6, best
PY
report "a linear classifier fails on the shapes" $?

# --- get_cifar10.sh: archives in the official layouts, 3 images of each class per
# split in random pixels, so that a swapped plane or label shows.

"$PYTHON" - <<'PY'
import io, os, pickle, struct, tarfile
import numpy as np
from PIL import Image

names = "airplane automobile bird cat deer dog frog horse ship truck".split()
rng = np.random.default_rng(3)
batches = {}
for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
    batches[name] = rng.permutation(np.repeat(np.arange(10), 2)), rng.integers(
        0, 256, (20, 3072), dtype=np.uint8)
np.savez("truth.npz", **{n + k: v for n, b in batches.items() for k, v in zip("lp", b)})

def tar(path, files):
    with tarfile.open(path, "w:gz") as t:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))

def binary(labels, pixels):
    return np.c_[labels.astype(np.uint8), pixels].tobytes()

class Python2Pickler(pickle._Pickler):
    """Strings as Python 2 wrote them, and so the official archive holds them."""
    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, obj):
        raw = obj if isinstance(obj, bytes) else obj.encode("latin-1")
        self.write(b"T" + struct.pack("<i", len(raw)) + raw)
        self.memoize(obj)

    dispatch[bytes] = dispatch[str] = save_string

def python(labels, pixels):
    f = io.BytesIO()
    Python2Pickler(f, protocol=2).dump(
        {"batch_label": "x", "labels": labels.tolist(), "data": pixels,
         "filenames": ["cat.png"] * len(labels)})
    return f.getvalue()

b = {f"cifar-10-batches-bin/{n}.bin": binary(*v) for n, v in batches.items()}
b["cifar-10-batches-bin/batches.meta.txt"] = "\n".join(names).encode()
p = {f"cifar-10-batches-py/{n}": python(*v) for n, v in batches.items()}
p["cifar-10-batches-py/batches.meta"] = pickle.dumps({b"label_names": names}, protocol=2)
tar("bin.tar.gz", b)
tar("py.tar.gz", p)
for files in (b, p):
    for name, data in files.items():
        os.makedirs("unpacked_" + os.path.dirname(name)[-3:].strip("-"), exist_ok=True)
        with open(os.path.join("unpacked_" + os.path.dirname(name)[-3:].strip("-"),
                               os.path.basename(name)), "wb") as f:
            f.write(data)
whole = open("bin.tar.gz", "rb").read()
open("cut.tar.gz", "wb").write(whole[: len(whole) // 2])
first = "cifar-10-batches-bin/data_batch_1.bin"
tar("short.tar.gz", {**b, first: b[first][:-1]})
tar("label.tar.gz", {**b, first: b"\x0a" + b[first][1:]})
tar("missing.tar.gz", {n: d for n, d in b.items() if n != first})
tar("other.tar.gz", {"readme": b"hello"})
open("plain.tar.gz", "wb").write(b"no archive at all")

class Evil:
    def __reduce__(self):
        return os.mkdir, ("owned",)

first = "cifar-10-batches-py/data_batch_1"
tar("evil.tar.gz", {**p, first: pickle.dumps(Evil(), protocol=2)})
tar("cutpickle.tar.gz", {**p, first: p[first][:5000]})

def image(ending):
    f = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(f, ending)
    return f.getvalue()

files = {}
for split, count in (("train", 4), ("test", 2)):
    for i in range(count):
        files[f"pix/{split}/bird/frogmouth{i}.jpg"] = image("JPEG")
        files[f"pix/{split}/frog/frog{i}.png"] = image("PNG")
tar("images.tar.gz", files)
tar("broken.tar.gz", {**files, "pix/train/bird/frogmouth1.jpg": b"\xff\xd8no"})
tar("lonely.tar.gz", {**files, "pix/train/toad/1.png": image("PNG")})
tar("nested.tar.gz", {n.replace("/bird/", "/frogmouth/"): d for n, d in files.items()})
for name, data in files.items():
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, "wb").write(data)
PY
report "test archives made" $?

same_pixels() { # same_pixels OUT_DIR
    "$PYTHON" - "$1" <<'PY'
import sys
import numpy as np
from PIL import Image
truth = np.load("truth.npz")
names = open(sys.argv[1] + "/labels.names").read().splitlines()
assert names == "airplane automobile bird cat deer dog frog horse ship truck".split()
for split, batches in (("train", [f"data_batch_{i}" for i in range(1, 6)]),
                       ("test", ["test_batch"])):
    labels = np.concatenate([truth[b + "l"] for b in batches])
    pixels = np.concatenate([truth[b + "p"] for b in batches])
    paths = open(f"{sys.argv[1]}/{split}.list").read().splitlines()
    assert len(paths) == len(labels)
    for path, label, planes in zip(paths, labels, pixels):
        assert path.endswith(f"_{names[label]}.png"), path
        image = np.asarray(Image.open(path))
        for c in range(3):
            assert (image[:, :, c] == planes[1024 * c : 1024 * (c + 1)].reshape(32, 32)).all()
PY
}

for source in bin.tar.gz py.tar.gz unpacked_bin unpacked_py; do
    cifar "$source" "from_$source" >/dev/null &&
        check_set "from_$source/cifar.data" && same_pixels "from_$source"
    report "get_cifar10 reads $source to the pixel" $?
done

for source in images.tar.gz pix; do
    cifar "$source" "out_$source" >/dev/null && check_set "out_$source/cifar.data" &&
        [ "$(wc -l <"out_$source/train.list")" -eq 8 ] &&
        cmp -s pix/train/bird/frogmouth2.jpg "out_$source/train/00002_bird.jpg" &&
        cmp -s pix/test/frog/frog1.png "out_$source/test/00003_frog.png"
    report "get_cifar10 keeps the images of $source as they are" $?
done

cifar bin.tar.gz some -n 50 >/dev/null && check_set some/cifar.data &&
    [ "$(wc -l <some/train.list)" -eq 50 ] && [ "$(wc -l <some/test.list)" -eq 20 ] &&
    [ "$(grep -c _cat.png some/train.list)" -eq 5 ] &&
    "$PYTHON" - <<'PY'
import numpy as np
from PIL import Image
t = np.load("truth.npz")
cats = np.concatenate([t[f"data_batch_{i}p"][t[f"data_batch_{i}l"] == 3] for i in range(1, 6)])
paths = [l.strip() for l in open("some/train.list") if "_cat" in l]
for path, planes in zip(paths, cats):
    assert (np.asarray(Image.open(path)).transpose(2, 0, 1).ravel() == planes).all()
PY
report "get_cifar10 -n takes the first of each class" $?

mkdir default && (cd default && cifar ../bin.tar.gz >/dev/null &&
    cp -r "$here/data/cifar.data" "$here/data/cifar.names" data/ &&
    check_set data/cifar.data)
report "data/cifar.data fits get_cifar10's default OUT_DIR" $?
mkdir default2 && (cd default2 && shapes data/shapes --train 12 --valid 6 >/dev/null &&
    cp "$here/data/shapes.data" "$here/data/shapes.names" data/ &&
    check_set data/shapes.data && cmp -s data/shapes.names data/shapes/shapes.names)
report "data/shapes.data fits make_shapes data/shapes" $?

refuses "get_cifar10 refuses a truncated archive" 1 'truncated' cifar cut.tar.gz x
refuses "get_cifar10 refuses a truncated batch" 1 'data_batch_1.bin: truncated' cifar short.tar.gz x
refuses "get_cifar10 refuses a truncated pickle" 1 'data_batch_1: truncated' cifar cutpickle.tar.gz x
refuses "get_cifar10 refuses a label of 10" 1 'a label is outside' cifar label.tar.gz x
refuses "get_cifar10 refuses a missing batch" 1 'data_batch_1.bin is missing' cifar missing.tar.gz x
refuses "get_cifar10 refuses an unknown archive" 1 'holds neither' cifar other.tar.gz x
refuses "get_cifar10 refuses what is no archive" 1 'not a tar archive' cifar plain.tar.gz x
refuses "get_cifar10 runs no code of a pickle" 1 'not allowed' cifar evil.tar.gz x
refuses "get_cifar10 refuses a broken image" 1 'frogmouth1.jpg: not a readable image' cifar broken.tar.gz x
refuses "get_cifar10 refuses a class of train only" 1 'class toad' cifar lonely.tar.gz x
refuses "get_cifar10 refuses a label within a label" 1 'label frog is part of label frogmouth' cifar nested.tar.gz x
refuses "get_cifar10 refuses a label in the path" 1 'contains the label cat' cifar bin.tar.gz catalogue
refuses "get_cifar10 refuses white space in the path" 1 'white space' cifar bin.tar.gz 'a b'
refuses "get_cifar10 refuses an existing OUT_DIR" 1 'exists already' cifar bin.tar.gz some
refuses "get_cifar10 tells where a missing archive is" 1 'page of its authors' cifar no.tar.gz x
refuses "get_cifar10 refuses -n over what there is" 1 'needs 11 training images' cifar bin.tar.gz x -n 110
refuses "get_cifar10 refuses an uneven -n" 1 'not a multiple' cifar bin.tar.gz x -n 25
refuses "get_cifar10 refuses -n 0" 2 'not positive' cifar bin.tar.gz x -n 0
refuses "get_cifar10 refuses no SOURCE" 2 'SOURCE' cifar

# --- cfg/: counts recomputed here, independently of src_ocsp.

cat >count.py <<'PY'
import re, sys

NET = {"batch", "subdivisions", "width", "height", "channels", "momentum", "decay",
       "max_crop", "aspect", "flip", "learning_rate", "policy", "power", "max_batches",
       "steps", "scales"}
CONV = {"batch_normalize", "filters", "size", "stride", "pad", "activation"}
KEYS = {"net": NET, "convolutional": CONV, "maxpool": {"size", "stride"},
        "route": {"layers"}, "shortcut": {"from", "activation"}, "avgpool": set(),
        "connected": {"output", "activation"}, "softmax": {"groups"}}

def parse(path):
    raw = open(path, "rb").read()
    assert raw.isascii() and b"\r" not in raw and raw.endswith(b"\n")
    comment, sections = [], []
    for line in raw.decode().splitlines():
        if line.startswith("#"):
            assert not sections and not set("[]=") & set(line), line
            comment.append(line)
        elif line.startswith("["):
            sections.append((line.strip("[]"), {}))
        elif line:
            key, value = line.split("=")
            assert re.fullmatch(r"[a-z_]+", key) and re.fullmatch(r"[-a-z0-9.,]+", value), line
            assert key in KEYS[sections[-1][0]] and key not in sections[-1][1], line
            sections[-1][1][key] = value
    return " ".join(comment), sections

def count(sections):
    net = sections[0][1]
    c, h, w = (int(net[k]) for k in ("channels", "height", "width"))
    params = macs = 0
    shapes = []
    for kind, o in sections[1:]:
        size, stride = int(o.get("size", 1)), int(o.get("stride", 1))
        if kind == "convolutional":
            assert set(o) == CONV and o["batch_normalize"] == "1"
            pad, n = size // 2 * int(o["pad"]), int(o["filters"])
            h, w = ((x + 2 * pad - size) // stride + 1 for x in (h, w))
            params += n * c * size * size + 2 * n
            macs += n * c * size * size * h * w
            c = n
        elif kind == "maxpool":
            h, w = ((x - 1) // stride + 1 for x in (h, w))
        elif kind == "route":
            c, h, w = shapes[int(o["layers"])]
        elif kind == "shortcut":
            assert shapes[int(o["from"])] == (c, h, w)
        elif kind == "avgpool":
            h = w = 1
        elif kind == "connected":
            n = int(o["output"])
            params, macs, c = params + n * c * h * w + n, macs + n * c * h * w, n
            h = w = 1
        shapes.append((c, h, w))
    assert sections[-1][0] == "softmax"
    return params, macs, c

path, params, macs, classes, batches, per_epoch_images, epochs = sys.argv[1:]
comment, sections = parse(path)
found = count(sections)
assert found == (int(params), int(macs), int(classes)), found
assert f"{found[0]:,} parameters, {found[1]:,} multiply-accumulates" in comment
net = sections[0][1]
assert net["max_batches"] == batches and int(net["batch"]) % int(net["subdivisions"]) == 0
if net["policy"] == "steps":
    steps, scales = net["steps"].split(","), net["scales"].split(",")
    assert len(steps) == len(scales) and [int(s) for s in steps] == sorted(map(int, steps))
    assert int(steps[-1]) < int(batches)
else:
    assert (net["policy"], net["power"]) == ("poly", "1")
assert abs(int(batches) * int(net["batch"]) / int(per_epoch_images) - int(epochs)) < 0.6
PY

check_cfg() { # check_cfg NAME PARAMS MACS CLASSES MAX_BATCHES IMAGES EPOCHS
    "$PYTHON" count.py "$here/cfg/$1.cfg" "${@:2}"
    report "cfg/$1.cfg has the counts, keys and schedule it claims" $?
}
# PyTorch's VGG16-BN has 14,728,266 parameters: 4,224 more, biases before BN.
check_cfg cifar/vgg16 $((14728266 - 4224)) 398136320 10 117000 50000 300
check_cfg cifar/resnet20 272474 40813184 10 117000 50000 300
check_cfg cifar/resnet56 855770 125747840 10 117000 50000 300
check_cfg imagenet/resnet50 25557032 4089184256 1000 650650 1281167 130
check_cfg cifar/resnet8 78042 12501632 10 390 5000 10
check_cfg shapes 28566 3096768 6 720 2560 18
check_cfg tiny 2702 147552 6 600 640 30

for cfg in cifar/vgg16 cifar/resnet20 cifar/resnet56; do
    grep -qx 'steps=35100,70200,93600,105300' "$here/cfg/$cfg.cfg" &&
        grep -qx 'scales=.2,.2,.2,.2' "$here/cfg/$cfg.cfg" &&
        grep -qx 'batch=128' "$here/cfg/$cfg.cfg" && grep -qx 'decay=0.0005' "$here/cfg/$cfg.cfg"
    report "cfg/$cfg.cfg has the paper's schedule" $?
done

# --- an unmodified Darknet trains cfg/tiny.cfg

darknet=${DARKNET:-$(command -v darknet)}
if [ -n "$darknet" ]; then
    shapes tiny_set --train 640 --valid 300 >/dev/null
    "$darknet" classifier train tiny_set/shapes.data "$here/cfg/tiny.cfg" >train.log 2>&1
    "$darknet" classifier valid tiny_set/shapes.data "$here/cfg/tiny.cfg" \
        "$(find tiny_set/backup -name 'tiny.weights' -o -name 'tiny_final.weights')" >valid.log 2>&1
    top1=$(grep -o 'top 1: [0-9.]*' valid.log | tail -n 1 | cut -d' ' -f3)
    echo "# cfg/tiny.cfg: top 1 ${top1:-none} after 30 epochs, chance 0.167"
    ! grep -q 'Too many or too few labels' train.log &&
        awk -v a="${top1:-0}" 'BEGIN { exit !(a > 0.30) }'
    report "Darknet learns cfg/tiny.cfg" $?
else
    echo "ok Darknet learns cfg/tiny.cfg # skipped: no darknet in PATH"
fi

exit "$failed"
