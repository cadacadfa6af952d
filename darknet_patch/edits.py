"""What an edit of a host's file is, and how its text gets into the file and out again.

Every insertion is a block of whole lines between "ocsp begin" and "ocsp end" markers, so that
taking it out gives back the host's bytes.
"""

import re
from typing import NamedTuple, Union


class Refused(Exception):
    """One line for the user; nothing was written."""


class Edit(NamedTuple):
    """Insert `lines` before or after the one line that matches `anchor`."""

    file: str
    where: str  # "before" or "after"
    anchor: str
    lines: tuple
    # search only in the body of this function, of several the first that is there
    function: Union[None, str, tuple] = None
    optional: bool = False  # the file does not exist in old versions
    second_match: bool = False  # the second of two; nothing where there are fewer


class Requirement(NamedTuple):
    """A tree without `word` in `file` is too old for our sources."""

    file: str
    word: str
    oldest: str  # version that has it


class Variant(NamedTuple):
    """What apply asks of a host's tree and does to it."""

    name: str
    edits: tuple
    requirements: tuple = ()


def lines_of(text):
    """Lines with their endings; unlike splitlines() only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def markers(file):
    if file.endswith((".c", ".h", ".cc", ".cpp", ".hpp", ".cu")):
        return "/* ocsp begin */", "/* ocsp end */"
    return "# ocsp begin", "# ocsp end"


def strip_blocks(file, text):
    """The host's own text: everything outside our blocks."""
    begin, end = markers(file)
    kept, inside = [], False
    for number, line in enumerate(lines_of(text), 1):
        mark = line.strip()
        if mark in (begin, end):
            if inside == (mark == begin):
                raise Refused(f"{file}:{number}: '{mark}' without its partner")
            inside = mark == begin
        elif not inside:
            kept.append(line)
    if inside:
        raise Refused(f"{file}: '{begin}' without '{end}'")
    return "".join(kept)


def body_of(file, names, lines):
    """Half-open range of the lines of a function, whose head starts and whose `}` stands in
    column 0."""
    for function in (names,) if isinstance(names, str) else names:
        head = r"(void |int |float \*|char \*\*)%s\(" % function
        starts = [i for i, s in enumerate(lines) if re.match(head, s)]
        if starts:
            break
    if len(starts) != 1:
        raise Refused(f"{file}: '{function}(' found {len(starts)} times, not once")
    for end in range(starts[0] + 1, len(lines)):
        if lines[end].startswith("}"):
            return starts[0], end
    raise Refused(f"{file}: the end of {function} was not found")


def insert(edit, text):
    """`text` with the block of `edit` in it; Refused unless the anchor matches as often as
    the edit wants."""
    lines = lines_of(text)
    first, last = 0, len(lines)
    if edit.function:
        first, last = body_of(edit.file, edit.function, lines)
    hits = [i for i in range(first, last) if re.match(edit.anchor, lines[i])]
    if edit.second_match and len(hits) < 2:
        return text
    if edit.second_match and len(hits) == 2:
        hits = hits[1:]
    if len(hits) != 1:
        place = f" in {edit.function}" if edit.function else ""
        raise Refused(f"{edit.file}: anchor '{edit.anchor}' found {len(hits)} times{place},"
                      " not once")
    line = hits[0]
    indent = re.match(r"[ \t]*", lines[line]).group()
    ending = "\r\n" if lines[line].endswith("\r\n") else "\n"
    begin, end = markers(edit.file)
    block = [indent + s + ending for s in (begin, *edit.lines, end)]
    line += edit.where == "after"
    return "".join(lines[:line] + block + lines[line:])
