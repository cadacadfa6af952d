#!/usr/bin/env python3
"""Changes a cfg as people and generators spoil one, and as an enemy would.

    mutate_cfg.py SEED CFG... > OUT

takes one of the cfgs, makes it small, changes it in one or a few places, and writes it.
The same seed and files give the same text on every machine. As a module:

    text, changes = mutate_cfg.mutate(random.Random(seed), text)

`changes` says in words what was done."""
import random
import re
import sys

# Every section type that the hosts know, with keys that make sense there.
SECTIONS = {
    "convolutional": "filters=8 size=3 stride=1 pad=1 activation=leaky batch_normalize=1 "
                     "padding=1 groups=1 dilation=1 stride_x=1 stride_y=1 antialiasing=0 "
                     "share_index=-1 binary=0 xnor=0 flipped=0 dot=0",
    "connected": "output=10 activation=linear batch_normalize=0",
    "maxpool": "size=2 stride=2 padding=0 stride_x=2 stride_y=2 maxpool_depth=0 "
               "out_channels=1 antialiasing=0",
    "avgpool": "",
    "local_avgpool": "size=2 stride=2 padding=0",
    "dropout": "probability=.5 dropblock=0",
    "softmax": "groups=1 temperature=1 tree=data/9k.tree spatial=0 noloss=0",
    "cost": "type=sse scale=1 ratio=0",
    "route": "layers=-1 groups=1 group_id=0",
    "shortcut": "from=-2 activation=linear alpha=1 beta=1 weights_type=none",
    "upsample": "stride=2 scale=1",
    "reorg": "stride=2 reverse=0 flatten=0 extra=0",
    "reorg3d": "stride=2",
    "crop": "crop_height=8 crop_width=8 flip=0 angle=0 saturation=1 exposure=1 noadjust=0 shift=0",
    "local": "filters=4 size=3 stride=1 pad=1 activation=leaky",
    "deconvolutional": "filters=4 size=2 stride=2 pad=0 activation=leaky batch_normalize=0",
    "batchnorm": "",
    "normalization": "alpha=.0001 beta=.75 kappa=1 size=5",
    "l2norm": "",
    "activation": "activation=relu",
    "logistic": "",
    "rnn": "output=8 hidden=8 activation=tanh batch_normalize=0 shortcut=0 logistic=0",
    "gru": "output=8 batch_normalize=0 tanh=1",
    "lstm": "output=8 batch_normalize=0",
    "crnn": "output_filters=8 hidden_filters=8 output=8 hidden=8 size=3 pad=1 activation=leaky "
            "batch_normalize=1 shortcut=0",
    "conv_lstm": "output=8 size=3 pad=1 activation=leaky batch_normalize=1 peephole=0 bottleneck=0",
    "history": "history_size=1",
    "yolo": "classes=1 num=3 mask=0,1,2 anchors=4,4,8,8,16,16 jitter=.2 ignore_thresh=.5 "
            "truth_thresh=1 random=0 max=90 map=data/coco9k.map scale_x_y=1.05",
    "Gaussian_yolo": "classes=1 num=3 mask=0,1,2 anchors=4,4,8,8,16,16",
    "region": "classes=2 num=2 coords=4 anchors=1,1,2,2 softmax=1 background=0 max=30 jitter=.2 "
              "rescore=1 thresh=.6 random=0 tree=data/9k.tree bias_match=1 log=0 sqrt=0",
    "detection": "classes=2 coords=4 side=4 num=1 rescore=0 softmax=0 sqrt=1 jitter=.2",
    "iseg": "classes=2 ids=4",
    "contrastive": "classes=2",
    "scale_channels": "from=-2 scale_wh=0 activation=linear",
    "sam": "from=-2 activation=linear",
    "implicit": "filters=8 atoms=1",
    "empty": "",
    "net": "batch=1 subdivisions=1 width=32 height=32 channels=3 inputs=8 momentum=.9 decay=.0005 "
           "learning_rate=.01 policy=steps steps=10,20 scales=.1,.1 seq_scales=1,1 step=10 gamma=.9 "
           "scale=.1 power=4 max_batches=100 burn_in=2 time_steps=1 max_crop=40 min_crop=32 angle=5 "
           "aspect=.8 hue=.1 saturation=1.5 exposure=1.5 center=0 random=0 adam=0 B1=.9 letter_box=0 "
           "mosaic=0 cutmix=0 notruth=0 letter=0 ratio=1",
}
COMMON = "stopbackward=1 dontload=1 dontsave=1 dontloadscales=1 learning_rate=1 smooth=0 truth=1 " \
         "onlyforward=0 numload=2 clip=1 type=sse name=x reverse=1 activation=relu"
ALIASES = {"convolutional": "conv", "connected": "conn", "maxpool": "max", "avgpool": "avg",
           "softmax": "soft", "normalization": "lrn", "net": "network",
           "deconvolutional": "deconv", "empty": "silence"}
ACTIVATIONS = "linear leaky relu logistic tanh mish swish elu selu gelu relu6 hardtan lhtan stair " \
              "plse ramp loggy relie hard_mish revleaky normalize_channels sigmoid Leaky LINEAR".split()
POLICIES = "constant step steps exp poly sig random sgdr cosine STEPS".split()
COSTS = "sse masked smooth L1 seg wgan l2 huber".split()
HEADS = {"yolo", "Gaussian_yolo", "region", "detection", "iseg"}
LISTS = {"anchors", "mask", "layers", "from", "steps", "scales", "seq_scales"}
HOSTILE = ["0", "-1", "1", "2", "3", "7", "1000", "65536", "2147483647", "2147483648",
           "4294967297", "-2147483648", "99999999999999999999", "0.5", "-0.5", ".5", "1.5", "1e3",
           "1e-3", "1e400", "0x10", "010", "+4", "--4", "nan", "inf", "", "x", "true", "yes",
           "None", "4,", ",4", "4,4", "[4]", "(4)", '"4"', "4;", "4 # note", "4#note", "4//note",
           "4 4", "1 6", "= 4", "4=4", "4.", "4%", "\u0664", "4\r", "4\t", "-", "${N}"]


class Section:
    def __init__(self, name, lines=None):
        self.name, self.lines = name, lines or []

    def keys(self):
        """Numbers of the lines that hold a key."""
        return [i for i, line in enumerate(self.lines)
                if "=" in line and line.lstrip()[:1] not in ("#", ";")]

    def get(self, key, default=""):
        for i in self.keys():
            if self.lines[i].split("=", 1)[0].strip() == key:
                return self.lines[i].split("=", 1)[1].strip()
        return default

    def set(self, key, value):
        for i in self.keys():
            if self.lines[i].split("=", 1)[0].strip() == key:
                self.lines[i] = f"{key}={value}"
                return
        self.lines.append(f"{key}={value}")


def parse(text):
    """(lines before the first section, sections)"""
    head, sections = [], []
    for line in text.splitlines():
        name = re.match(r"\s*\[\s*([^\]]*?)\s*\]", line)
        if name:
            sections.append(Section(name.group(1)))
        elif sections:
            sections[-1].lines.append(line)
        else:
            head.append(line)
    return head, sections


def render(head, sections):
    lines = list(head)
    for s in sections:
        lines += [f"[{s.name}]"] + s.lines
    return "\n".join(lines) + "\n"


def number(text, default=0):
    found = re.match(r"\s*([-+]?\d+)", text)
    return int(found.group(1)) if found else default


def shrink(text, side=48, narrow=8):
    """The same net with smaller maps and fewer filters: heads keep the channels they read."""
    head, sections = parse(text)
    if not sections:
        return text
    net = sections[0]
    width, height = number(net.get("width")), number(net.get("height"))
    if width > side or height > side:
        # a whole number of the sizes at which the net's maps fit onto one another
        net.set("width", max(side * width // max(width, height) // 32 * 32, 32))
        net.set("height", max(side * height // max(width, height) // 32 * 32, 32))
    for key, value in (("batch", 1), ("subdivisions", 1)):
        if net.get(key):
            net.set(key, value)
    wide = max([number(s.get("filters")) for s in sections] + [number(s.get("output")) for s in sections])
    divisor = 1
    while divisor < narrow and wide // divisor > 64:
        divisor *= 2
    for i, s in enumerate(sections):
        follower = next((t.name for t in sections[i + 1:] if t.name != "dropout"), "")
        if follower in HEADS or s.name == "net":
            continue
        for key in ("filters", "output", "output_filters", "hidden_filters", "hidden"):
            value = number(s.get(key))
            if value > 16:
                s.set(key, max(value // divisor, 1))
        if s.name == "convolutional" and number(s.get("groups"), 1) > 1:
            s.set("groups", max(number(s.get("groups")) // divisor, 1))
    return render(head, sections)


def default_value(rng, key, value):
    """A plausible other value of a key."""
    if key == "activation":
        return rng.choice(ACTIVATIONS)
    if key == "policy":
        return rng.choice(POLICIES)
    if key == "type":
        return rng.choice(COSTS)
    if key in LISTS:
        return other_list(rng, value)
    n = number(value, 1)
    if re.fullmatch(r"[-+]?\d+", value.strip()):
        return str(rng.choice([n + 1, n - 1, n * 2, n // 2, -n, 0, 1, 2, 3, 4, 5, 8, 9, 16, n + 7]))
    try:
        x = float(value)
    except ValueError:
        return rng.choice(HOSTILE)
    return rng.choice([f"{x * 2:g}", f"{-x:g}", "0", "1", f"{x:.0e}", f"{x / 10:g}", f"{x:f}"])


def other_list(rng, value):
    """A list of another length or in another format."""
    items = [x.strip() for x in value.split(",")] or ["1"]
    kind = rng.randrange(14)
    if kind == 0:
        items = items[:-1]
    elif kind == 1:
        items = items + [items[-1]]
    elif kind == 2:
        items = items * 2
    elif kind == 3:
        rng.shuffle(items)
    elif kind == 4:
        i = rng.randrange(len(items))
        items[i] = rng.choice(HOSTILE)
    elif kind == 5:
        i = rng.randrange(len(items))
        items[i] = str(number(items[i]) + rng.choice([-1, 1, -100, 100]))
    elif kind == 6:
        items = items[:1]
    formats = ["{}", "{}", "{}", "[{}]", "({})", "[[{}]]", "{},", ",{}", "{{{}}}", '"{}"', "{};", "{} # note"]
    joints = [", ", ",", ",", " ", "  ", ";", ",,", " ,", "/", "x"]
    # half of the lists that were changed above keep the usual format
    if kind <= 6 and rng.random() < .5:
        return ",".join(items)
    if kind == 13:
        return " ".join("[" + " ".join(items[i:i + 2]) + "]" for i in range(0, len(items), 2))
    return rng.choice(formats).format(rng.choice(joints).join(items))


def made_section(rng, name=None):
    name = name or rng.choice([n for n in SECTIONS if n != "net"])
    s = Section(name if rng.random() < .95 else ALIASES.get(name, name))
    for pair in SECTIONS[name].split():
        key, value = pair.split("=", 1)
        rare = key in ("tree", "map", "share_index", "xnor", "binary", "flipped", "antialiasing",
                       "maxpool_depth", "stride_x", "stride_y", "padding", "groups", "dot")
        if rng.random() < (.08 if rare else .85):
            s.lines.append(f"{key}={value if rng.random() < .8 else default_value(rng, key, value)}")
    return s


def some_key(rng, sections):
    with_keys = [s for s in sections if s.keys()]
    if not with_keys:
        return None, None
    s = rng.choice(with_keys)
    return s, rng.choice(s.keys())


def split(line):
    key, value = line.split("=", 1)
    return key.strip(), value.strip()


def change_plausibly(rng, sections):
    s, i = some_key(rng, sections)
    if s:
        key, value = split(s.lines[i])
        s.lines[i] = f"{key}={default_value(rng, key, value)}"
        return f"[{s.name}] {s.lines[i]}"


def change_hostile(rng, sections):
    s, i = some_key(rng, sections)
    if s:
        key, _ = split(s.lines[i])
        s.lines[i] = f"{key}={rng.choice(HOSTILE)}"
        return f"[{s.name}] {s.lines[i]}"


def change_format(rng, sections):
    """The same value, written in another way."""
    s, i = some_key(rng, sections)
    if not s:
        return None
    key, value = split(s.lines[i])
    n = number(value)
    s.lines[i] = rng.choice([
        f"{key} = {value}", f" {key}={value}", f"{key}={value} # why", f"{key}={value};",
        f"{key}={value}#", f"{key}=[{value}]", f'{key}="{value}"', f"{key}:{value}", f"{key} {value}",
        f"{key}=={value}", f"{key}={value}.0", f"{key}={n:#x}", f"{key}={n:03d}", f"{key}={n}e0",
        f"{key}=+{value}", f"{key}={value}\r", f"\t{key}=\t{value}\t", f"{key.upper()}={value}",
        f"{key}={value},", f"{key}={' '.join(value)}", f"{key}={value}f", f"{key}='{value}'",
        f"{key}=\n{value}", f"#{key}={value}", f"{key}={value}\\"])
    return f"[{s.name}] {s.lines[i]!r}"


def change_list(rng, sections):
    found = [(s, i) for s in sections for i in s.keys() if split(s.lines[i])[0] in LISTS]
    if found:
        s, i = rng.choice(found)
        key, value = split(s.lines[i])
        s.lines[i] = f"{key}={other_list(rng, value)}"
        return f"[{s.name}] {s.lines[i]}"


def change_key(rng, sections):
    """Drops, doubles, renames or moves one."""
    s, i = some_key(rng, sections)
    if not s:
        return None
    key, value = split(s.lines[i])
    kind = rng.choice(["drop", "double", "double", "rename", "move"])
    if kind == "drop":
        del s.lines[i]
    elif kind == "double":
        other = value if rng.random() < .3 else default_value(rng, key, value)
        s.lines.insert(rng.randrange(len(s.lines) + 1), f"{key}={other}")
    elif kind == "rename":
        s.lines[i] = rng.choice([key[:-1], key + "s", key.capitalize(), key.replace("_", ""),
                                 key[::-1], "stride" if key == "size" else "size"]) + f"={value}"
    else:
        del s.lines[i]
        rng.choice(sections).lines.append(f"{key}={value}")
    return f"[{s.name}] {kind} {key}={value}"


def add_key(rng, sections):
    s = rng.choice(sections)
    own = SECTIONS.get(s.name, "").split()
    others = rng.choice(list(SECTIONS.values())).split()
    pairs = rng.choice([own, own, others, COMMON.split()]) or COMMON.split()
    key, value = rng.choice(pairs).split("=", 1)
    if rng.random() < .5:
        value = default_value(rng, key, value)
    s.lines.insert(rng.choice([0, len(s.lines)]), f"{key}={value}")
    return f"[{s.name}] added {key}={value}"


def change_sections(rng, sections):
    if len(sections) < 2:
        return None
    i = rng.randrange(1, len(sections))
    kind = rng.choice(["delete", "double", "swap", "swap", "move", "retype", "net", "first", "merge"])
    name = sections[i].name
    if kind == "delete":
        del sections[i]
    elif kind == "double":
        sections.insert(i, Section(name, list(sections[i].lines)))
    elif kind == "swap":
        k = min(i + 1, len(sections) - 1)
        sections[i], sections[k] = sections[k], sections[i]
    elif kind == "move":
        sections.insert(rng.randrange(1, len(sections)), sections.pop(i))
    elif kind == "retype":
        sections[i].name = rng.choice(list(SECTIONS) + ["Convolutional", "conv2d", "", "yolo "])
    elif kind == "net":
        sections[0].name = rng.choice(["network", "Net", "nets", "convolutional"])
    elif kind == "first":
        sections.insert(0, sections.pop(i))
    else:  # a header is lost
        sections[i - 1].lines += sections[i].lines
        del sections[i]
    return f"{kind} section {i} [{name}]"


def insert_section(rng, sections):
    i = rng.randrange(1, len(sections) + 1)
    s = made_section(rng)
    sections.insert(i, s)
    return f"inserted section {i} [{s.name}] {' '.join(s.lines)}"


def insert_before_last(rng, sections):
    """Where heads stand, section types meet that the stock cfgs never put side by side."""
    s = made_section(rng)
    i = max(len(sections) - rng.randrange(0, 3), 1)
    sections.insert(i, s)
    return f"inserted section {i} [{s.name}] {' '.join(s.lines)}"


def cut(rng, sections):
    """Ends the net early, with a head that may fit."""
    if len(sections) < 3:
        return None
    i = rng.randrange(2, len(sections))
    del sections[i:]
    added = []
    for _ in range(rng.randrange(0, 4)):
        sections.append(made_section(rng))
        added.append(sections[-1].name)
    return f"cut at section {i}, added {added}"


def change_input(rng, sections):
    net = sections[0]
    kind = rng.randrange(5)
    sides = [0, 1, 2, 3, 7, 8, 16, 24, 31, 32, 33, 40, 48, 50, 64, 96, 100, 160]
    if kind == 0:
        net.set("width", rng.choice(sides))
    elif kind == 1:
        net.set("height", rng.choice(sides))
    elif kind == 2:
        net.set("channels", rng.choice([0, 1, 2, 3, 4, 5, 8, 16]))
    elif kind == 3:
        for key in ("width", "height", "channels"):
            net.lines = [x for x in net.lines if x.split("=")[0].strip() != key]
        net.set("inputs", rng.choice([1, 8, 64, 256, 784, 3072]))
    else:
        net.set("width", rng.choice(sides))
        net.set("height", rng.choice(sides))
        net.set("channels", rng.choice([1, 3, 3, 4]))
    return f"input {net.get('width')}x{net.get('height')}x{net.get('channels')} inputs={net.get('inputs')}"


def change_schedule(rng, sections):
    net = sections[0]
    pairs = [p for p in SECTIONS["net"].split()]
    changes = []
    for _ in range(rng.randrange(1, 4)):
        key, value = rng.choice(pairs).split("=", 1)
        net.set(key, default_value(rng, key, value))
        changes.append(f"{key}={net.get(key)}")
    return "[net] " + " ".join(changes)


def change_index(rng, sections):
    """A [route], [shortcut] or the like that reads another layer."""
    found = [(s, i) for s in sections for i in s.keys()
             if split(s.lines[i])[0] in ("layers", "from", "share_index")]
    if not found:
        return None
    s, i = rng.choice(found)
    key, value = split(s.lines[i])
    items = value.split(",")
    k = rng.randrange(len(items))
    last = len(sections)
    items[k] = str(rng.choice([0, -1, -2, -3, -4, 1, 2, last - 2, last, last + 9, -last, -last - 9,
                               number(items[k]) - 1, number(items[k]) + 1, rng.randrange(-last, last)]))
    s.lines[i] = f"{key}={','.join(items)}"
    return f"[{s.name}] {s.lines[i]}"


CHANGES = [change_plausibly] * 5 + [change_hostile] * 3 + [change_format] * 3 + [change_list] * 2 + \
    [change_key] * 3 + [add_key] * 4 + [change_sections] * 3 + [insert_section] * 4 + \
    [insert_before_last] * 2 + [cut] * 2 + [change_input] * 3 + [change_schedule] * 2 + [change_index] * 2


def made_net(rng):
    """A net of a few sections of any type."""
    net = Section("net", [f"{key}={value}" for key, value in
                          (("batch", 1), ("width", 32), ("height", rng.choice([32, 32, 32, 24])), ("channels", 3))])
    sections = [net, made_section(rng, "convolutional")]
    for _ in range(rng.randrange(1, 6)):
        sections.append(made_section(rng))
    return render([], sections)


def mutate(rng, text):
    head, sections = parse(text)
    done = []
    wanted = rng.choice([1, 1, 1, 2, 2, 3, 5])
    for _ in range(20 * wanted):
        if len(done) == wanted or not sections:
            break
        change = rng.choice(CHANGES)(rng, sections)
        if change:
            done.append(change)
    return render(head, sections), done


def inputs(seed, texts):
    """The text and changes number `seed`: of one of the texts, or of a net made up here."""
    rng = random.Random(seed)
    if rng.random() < .15:
        text = made_net(rng)
        return (text, ["made up"]) if rng.random() < .5 else mutate(rng, text)
    return mutate(rng, shrink(rng.choice(texts)))


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: mutate_cfg.py SEED CFG... > OUT")
    texts = []
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            texts.append(f.read())
    text, changes = inputs(int(sys.argv[1]), texts)
    for change in changes:
        print(f"mutate_cfg: {change}".encode("ascii", "backslashreplace").decode(), file=sys.stderr)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    main()
