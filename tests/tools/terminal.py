#!/usr/bin/env python3
"""Run a command on an emulated terminal, and write down what the terminal showed.

usage: tests/tools/terminal.py FOLDER [--size 80x24] [--event TEXT=ACTION]... [--limit S] -- COMMAND...

ACTION happens once, when TEXT has come: `keys:…` types (\\x03 is Ctrl-C), `kill:9` sends a
signal to the command, `child:9` to its first child, `size:40x24` resizes the terminal.

FOLDER gets:
  all      the lines of the scroll-back and the screen, from the first to the last
  screen   the lines of the screen at the end, all of them
  status   each status line that was seen, once, and "WRONG: …" where the screen had two, or
           had one that was not the last line, or was as wide as the terminal
  raw      the bytes as they came
  end      "exit N" or "signal N"; "termios same" or "termios changed"; "cursor COLUMN ROW"
"""

import argparse
import fcntl
import glob
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte

# How long a process may take, on a busy machine, to hear of another size and draw anew.
REDRAW_S = .7

STATUS = re.compile(r"epoch \d+(/\d+)? \d+%")


class Terminal:
    """The emulator, with what is noted of it."""

    def __init__(self, columns, rows):
        self.screen = pyte.HistoryScreen(columns, rows, history=1000000, ratio=.5)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.status = []
        self.resized = 0.

    def feed(self, data):
        self.raw += data
        self.stream.feed(data)

    def note_status(self, complete):
        """`complete`: no more has come for a while. Else a wrong picture may be half a one."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        found = [k for k, line in enumerate(lines) if STATUS.match(line)]
        note = lines[found[-1]] if found else None
        if len(found) > 1 or found and found[-1] != len(lines) - 1:
            note = "WRONG: status in rows %s of %d: %s" % (found, len(lines), note)
        elif found and len(note) >= self.screen.columns:
            note = "WRONG: %d columns: %s" % (len(note), note)
        is_young = not complete or time.monotonic() < self.resized + REDRAW_S
        if note and note.startswith("WRONG") and is_young:
            return
        if note and note not in self.status:
            self.status.append(note)

    def lines(self):
        top = ["".join(line[c].data for c in range(self.screen.columns)).rstrip()
               for line in self.screen.history.top]
        return top + [line.rstrip() for line in self.screen.display]


def set_size(fd, size):
    columns, rows = (int(n) for n in size.split("x"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    return columns, rows


def first_child(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
        return int(f.read().split()[0])


def act(action, master, process, terminal):
    kind, what = action.split(":", 1)
    if kind == "keys":
        os.write(master, what.encode().decode("unicode_escape").encode())
    elif kind == "kill":
        process.send_signal(int(what))
    elif kind == "child":
        os.kill(first_child(process.pid), int(what))
    elif kind == "size":
        columns, rows = set_size(master, what)
        terminal.screen.resize(rows, columns)
        terminal.resized = time.monotonic()
    else:
        raise SystemExit("terminal.py: no action " + action)


def is_alive(session):
    """Whether a process of the command's session is left."""
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                state, _, _, its_session = f.read().rsplit(")", 1)[1].split()[:4]
        except OSError:  # it has ended
            continue
        if int(its_session) == session and state != "Z":
            return True
    return False


def take(master, terminal):
    terminal.feed(os.read(master, 65536))
    return True


def follow(master, process, terminal, events, limit):
    """Until all processes have ended; returns False when that takes too long."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if not select.select([master], [], [], .03)[0]:
            terminal.note_status(True)
            if process.poll() is not None and not is_alive(process.pid):
                return not select.select([master], [], [], 0)[0] or take(master, terminal)
            continue
        take(master, terminal)
        terminal.note_status(False)
        for event in list(events):
            text, action = event.split("=", 1)
            if text.encode() in terminal.raw:
                events.remove(event)
                act(action, master, process, terminal)
    return False


def begin():
    """In the command's process: the terminal is its own, and so is Ctrl-C, which a shell has its
    background processes ignore."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--size", default="80x24")
    parser.add_argument("--event", action="append", default=[])
    parser.add_argument("--limit", type=float, default=120)
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()

    master, slave = pty.openpty()
    terminal = Terminal(*set_size(master, given.size))
    before = termios.tcgetattr(slave)
    process = subprocess.Popen(
        given.command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        preexec_fn=begin,
        env={**os.environ, "TERM": os.environ.get("OCSP_TEST_TERM", "xterm")})
    in_time = follow(master, process, terminal, given.event, given.limit)
    if not in_time:
        os.killpg(process.pid, signal.SIGKILL)
    code = process.wait()
    same = termios.tcgetattr(slave) == before

    os.makedirs(given.folder, exist_ok=True)
    for name, lines in (("all", terminal.lines()), ("status", terminal.status),
                        ("screen", [line.rstrip() for line in terminal.screen.display])):
        with open(os.path.join(given.folder, name), "w", encoding="utf-8") as f:
            f.writelines(line + "\n" for line in lines)
    with open(os.path.join(given.folder, "raw"), "wb") as f:
        f.write(terminal.raw)
    with open(os.path.join(given.folder, "end"), "w", encoding="ascii") as f:
        f.write("%s\ntermios %s\ncursor %d %d\n" % (
            "too late" if not in_time else "exit %d" % code if code >= 0 else
            "signal %d" % -code, "same" if same else "changed",
            terminal.screen.cursor.x, terminal.screen.cursor.y))


if __name__ == "__main__":
    sys.exit(main())
