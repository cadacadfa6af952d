"""What the documents say, compared with the files and the program: for tests/test_docs.sh.

usage: docs.py CHECK [ROOT]
       docs.py examples ROOT DOCUMENT

Prints a line for each thing that is wrong, and nothing where all is right. CHECK is the
name of a function below; ROOT is the folder of the documents (.). The program is $OCSP.

`examples` does what a how-to says: it writes the files that the document shows into ROOT,
inserts the lines that it shows, and prints the files' names.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ".")
README_LINES = 120
# A path in a document that begins so is a file of this repository, or a pattern of them.
FOLDERS = ("src_ocsp", "tests", "scripts", "darknet_patch", "cfg", "docs", "mk", ".ci")
# Flags of Darknet, of make's tools and of our scripts: the documents name them, too.
OTHER_FLAGS = set(
    """map gpus clear topk stock n nets quick gencode markdown l -version h -help include s f t""".split()
)


def documents():
    return sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md"))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def without_blocks(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def say(document, words):
    print(f"{document.relative_to(ROOT)}: {words}")


def length():
    lines = read("README.md").count("\n")
    if lines > README_LINES:
        print(f"README.md: {lines} lines, more than {README_LINES}")


def anchors(document):
    """The names that GitHub gives to a document's headings."""
    for line in without_blocks(document.read_text(encoding="utf-8")).split("\n"):
        heading = re.match(r"#+ +(.*)", line)
        if heading:
            words = re.sub(r"[^\w\- ]", "", heading.group(1).lower())
            yield words.replace(" ", "-")


def links():
    for document in documents():
        text = without_blocks(document.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = document.parent / path if path else document
            if not file.exists():
                say(document, f"links to {target}, which does not exist")
            elif anchor and anchor not in anchors(file):
                say(document, f"links to {target}, but no heading there has this name")


def is_name(word):
    """Not a placeholder, such as tests/test_X.c or src_ocsp/hosts/NAME/."""
    return not re.search(r"(^|[/_.])([A-Z]|[A-Z]{2,}[A-Z0-9_]*)($|[/_.])", word) or word.endswith(
        (".md",)
    )


def paths():
    start = "|".join(re.escape(f) for f in FOLDERS)
    for document in documents():
        if document.name == "CHANGELOG.md":  # it tells of files that have gone
            continue
        text = document.read_text(encoding="utf-8")
        examples = re.findall(r"^`([^`]+)`.*:$", text, re.M)  # a block with the file follows
        for word in re.findall(rf"(?<![\w/.~-])(?:\.\./)?((?:{start})/[\w./*{{}},-]*)", text):
            word = word.rstrip(".,")
            if "{" in word or not is_name(word) or word in examples:
                continue
            found = any(ROOT.glob(word)) if "*" in word else (ROOT / word).exists()
            if not found:
                say(document, f"names {word}, which does not exist")


def code():
    """Rows `file` | `function`, … of docs/for-researchers.md."""
    document = ROOT / "docs/for-researchers.md"
    rows = re.findall(r"^\|[^|]*\| `([\w/.]+)` \| (`\w+`(?:, `\w+`)*) \|$", read("docs/for-researchers.md"), re.M)
    if len(rows) < 10:
        say(document, "where is the table of files and functions?")
    for file, functions in rows:
        path = ROOT / "src_ocsp" / file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for function in re.findall(r"\w+", functions):
            if not re.search(rf"\b{function}\b", text):
                say(document, f"says that {file} has {function}")


def names():
    """Functions, types and fields of ours that the documents name."""
    top = ROOT / "src_ocsp"
    known = set()
    for path in top.rglob("*"):
        if path.is_file():
            known |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    for document in documents():
        if document.name == "CHANGELOG.md":
            continue
        text = without_blocks(document.read_text(encoding="utf-8"))
        for span in re.findall(r"`([^`\n]+)`", text):
            for name in re.findall(r"\b(?:ocsp|OCSP)_\w+", span):
                if name not in known and "NAME" not in name:
                    say(document, f"names {name}, which no source has")


def source_files():
    top = ROOT / "src_ocsp"
    for path in sorted(top.rglob("*")):
        if path.is_file() and path.name != "manifest.sha256":
            yield str(path.relative_to(top))


def listed_files():
    """Rows of ARCHITECTURE.md under a heading `room/`: | `a.c` `a.h` | … |."""
    room = None
    for line in read("ARCHITECTURE.md").split("\n"):
        heading = re.match(r"#+ `?([\w/]*)`?", line)
        if heading:
            room = heading.group(1) if heading.group(1).endswith("/") else None
        row = re.match(r"\| ((?:`[\w./]+` ?)+)\|", line)
        if room and row:
            for name in re.findall(r"`([^`]+)`", row.group(1)):
                yield re.sub(r"^src_ocsp/", "", room) + name


def architecture():
    listed = list(listed_files())
    for name in source_files():
        if listed.count(name) != 1:
            print(f"ARCHITECTURE.md: src_ocsp/{name} has {listed.count(name)} lines")
    for name in sorted(set(listed) - set(source_files())):
        print(f"ARCHITECTURE.md: names src_ocsp/{name}, which does not exist")


def ocsp(*words):
    return subprocess.run(
        [os.environ["OCSP"], *words], capture_output=True, text=True, check=False
    )


def program_flags():
    found = set(re.findall(r"^\| `-([a-z0-9-]+)", ocsp("help", "-markdown").stdout, re.M))
    if len(found) < 20:
        print(f"ocsp help -markdown names {len(found)} flags: too few")
    return found


def program_commands():
    text = ocsp("help", "all").stdout
    words = re.findall(r"^  (?:darknet )?ocsp ([a-z]+)(?: ([a-z|]+))? ", text, re.M)
    found = {"help"}
    for command, verbs in words:
        found |= {command, *filter(None, verbs.split("|"))}
    return found


def manual():
    text = read("docs/ocsp.1")
    flags = set(re.findall(r"\bFl ([a-z0-9-]+)", text))
    for flag in sorted(program_flags() - flags):
        print(f"docs/ocsp.1: the flag -{flag} is missing")
    for flag in sorted(flags - program_flags() - OTHER_FLAGS):
        print(f"docs/ocsp.1: the program has no flag -{flag}")
    for command in sorted(program_commands()):
        if not re.search(rf"^\.(?:It|Nm|Brq)? ?Cm .*\b{command}\b|^\.Cm {command}\b", text, re.M):
            print(f"docs/ocsp.1: the command {command} is missing")


def flags():
    known = program_flags() | OTHER_FLAGS
    for document in documents():
        if document.name in ("CHANGELOG.md", "CONTRIBUTING.md"):
            continue
        spans = re.findall(r"`([^`\n]+)`", without_blocks(document.read_text(encoding="utf-8")))
        for span in spans:
            for flag in re.findall(r"(?:^|[ (|\[])-([a-z][\w=-]*)", span):
                if flag not in known:
                    say(document, f"names the flag -{flag}, which the program does not know")


def versions():
    newest = re.search(r"^## \[([\d.]+)\]", read("CHANGELOG.md"), re.M).group(1)
    page = re.search(r"version ([\d.]*\d)", read("docs/ocsp.1")).group(1)
    if page != newest:
        print(f"docs/ocsp.1 is of version {page}, CHANGELOG.md of {newest}")
    if ocsp("--version").stdout != f"ocsp {newest}\n":
        print(f"CHANGELOG.md is of version {newest}, the program of another")


def same(shown, printed):
    """Whether `printed` is what the document shows; a line … stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else re.escape(line) + r"\n" for line in shown
    )
    return re.fullmatch(pattern, printed) is not None


def commands():
    """The commands of the stand-alone program in ```console blocks, run in turn. What they
    write to /tmp/ goes to a folder there."""
    ran = 0
    folder = tempfile.TemporaryDirectory()
    for document in documents():
        for block in re.findall(r"^```console\n(.*?)^```$", document.read_text(encoding="utf-8"), re.M | re.S):
            for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
                command, *shown = part.rstrip("\n").split("\n")
                words = command.split()
                if words[0] != "build/ocsp":
                    continue
                result = ocsp(*(w.replace("/tmp/", folder.name + "/") for w in words[1:]))
                printed = result.stdout.replace(folder.name + "/", "/tmp/")
                ran += 1
                if result.returncode or not same(shown, printed):
                    say(document, f"$ {command}: exit {result.returncode}, it prints {result.stderr}{result.stdout}")
    if ran < 4:
        print(f"{ran} commands of the documents were run: too few")


def examples():
    """Blocks that follow "`FILE`:" are files. Blocks that follow "In `FILE`, … above
    the line of `TEXT`:" are lines to be inserted above the first line with this text."""
    text = pathlib.Path(sys.argv[3]).read_text(encoding="utf-8")
    for head, block in re.findall(r"^([^\n]*):\n\n```\w*\n(.*?)^```$", text, re.M | re.S):
        new = re.search(r"^`([^`]+)`[^`]*$", head)
        line = re.search(r"^In `([^`]+)`.* above the line of `([^`]+)`$", head)
        if new:
            path = ROOT / new.group(1)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block, encoding="utf-8")
        elif line:
            path = ROOT / line.group(1)
            before, found, after = path.read_text(encoding="utf-8").partition(line.group(2))
            if not found:
                raise SystemExit(f"{path}: no '{line.group(2)}'")
            start = before.rfind("\n") + 1
            path.write_text(before[:start] + block + before[start:] + found + after, encoding="utf-8")
        if new or line:
            print(path.relative_to(ROOT))


globals()[sys.argv[1]]()
