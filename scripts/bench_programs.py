"""The programs that bench_cpu.py measures: Darknets and PyTorch, and how one is watched."""

import collections
import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMIT_S = 900  # of one program's run; no host here is that slow

STEP_BEGINS = re.compile(r"Loaded: ")
STEP = re.compile(r"\d+(?:, [\d.]+)?: \S+, \S+ avg.* rate, ([\d.]+) (milli-)?seconds, ")
PREDICTED = re.compile(r"Predicted in ([\d.]+) (milli-)?seconds")
# What begins the line that says what is wrong, where others follow.
WRONG = ("darknet ocsp: ", "Error: ")

Net = collections.namedtuple("Net", "kind cfg side classes batch quick_batch")
NETS = {
    "resnet20": Net("classifier", "cfg/cifar/resnet20.cfg", 32, 10, 128, 32),
    "resnet56": Net("classifier", "cfg/cifar/resnet56.cfg", 32, 10, 128, 32),
    "vgg16": Net("classifier", "cfg/cifar/vgg16.cfg", 32, 10, 128, 32),
    "yolov3-tiny": Net("detector", "yolov3-tiny.cfg", 416, 80, 4, 2),
}


class Refusal(Exception):
    """Why something cannot be measured, in one line."""


class Budget:
    """How long a program is watched: enough steps and enough seconds of them."""

    SLOW_S = 5  # where the first step takes longer, it alone is left out

    def __init__(self, steps, seconds):
        self.steps, self.seconds = steps, seconds

    def counted(self, times):
        return times[1 if times and times[0] > self.SLOW_S else 2 :]

    def is_spent(self, times):
        counted = self.counted(times)
        return len(counted) >= self.steps and sum(counted) >= self.seconds


class Run:
    """A program that runs in the folder, its output line by line with the time."""

    def __init__(self, command, folder, threads, stdin=""):
        # stdbuf: a program buffers what it prints into a pipe
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", *command], cwd=folder, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(os.environ, OMP_NUM_THREADS=str(threads)))  # fmt: skip
        self.peak_mb = None
        self.timed_out = False
        self.last_words = "no output"
        self.timer = threading.Timer(LIMIT_S, self.time_out)
        self.timer.start()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(stdin.encode())
            self.process.stdin.close()

    def lines(self):
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace").strip()
            if line and not self.last_words.startswith(WRONG):
                self.last_words = line[:160]
            yield time.monotonic(), line

    def time_out(self):
        self.timed_out = True
        self.stop()

    def stop(self):
        # not Popen.kill, which would wait for it and lose the peak of its memory
        os.kill(self.process.pid, signal.SIGKILL)

    def end(self):
        """Stops it if need be, and notes the peak of its memory."""
        self.timer.cancel()
        self.timer.join()
        self.stop()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdout.close()
        self.peak_mb = usage.ru_maxrss / 1024

    def reason(self):
        return f"nothing within {LIMIT_S} s" if self.timed_out else self.last_words


@contextlib.contextmanager
def running(*args, **kwargs):
    run = Run(*args, **kwargs)
    try:
        yield run
    finally:
        run.end()


def printed_seconds(match):
    return float(match.group(1)) * (1e-3 if match.group(2) else 1)


def step_times(run, budget, begins, ends, by_wall=False):
    """Seconds from lines `begins` to lines `ends`, until the budget is spent."""
    times, start = [], None
    for now, line in run.lines():
        match = ends.search(line)
        if match and start is not None:
            wall = now - start
            times.append(wall if by_wall else min(wall, printed_seconds(match)))
            if budget.is_spent(times):
                break
        if begins.search(line):
            start = now
    return times


class Host:
    """A Darknet: how it is called."""

    def __init__(self, name, path, threads, with_engine):
        self.name, self.path, self.threads = name, os.path.abspath(path), threads
        if not os.access(self.path, os.X_OK):
            raise Refusal(f"{path} is no program: build it with `make host`, or name another")
        self.words = ["ocsp"] if with_engine else []
        self.engine = ["-engine", "onednn", "-threads", str(threads)] if with_engine else []
        with open(self.path, "rb") as f:  # AlexeyAB's; Debian's takes it for an image
            self.show = ["-dont_show"] if b"-dont_show" in f.read() else []

    def command(self, kind, verb, cfg, weights=(), reduce=("none",)):
        words = [self.path, *self.words, kind, verb, f"{kind}.data", cfg, *weights]
        if self.words and verb == "train":
            words += ["-reduce", *reduce, "-restart"]
        return words + self.engine + self.show

    def predict_command(self, kind, cfg, weights):
        if kind == "classifier":
            return self.command(kind, "predict", cfg, [weights])
        # above every score: else drawing boxes at random takes most of the time
        return self.command(kind, "test", cfg, [weights, "-thresh", "2"])

    def run(self, folder, command, stdin=""):
        return running(command, folder, self.threads, stdin=stdin)

    def measure(self, bench, net, mode):
        """(seconds per image, peak memory in MB)"""
        n = NETS[net]
        if mode == "train":
            command = self.command(n.kind, "train", f"train/{net}.cfg")
            begins, ends, stdin, images = STEP_BEGINS, STEP, "", bench.batch(net)
        else:
            command = self.predict_command(n.kind, f"predict/{net}.cfg", bench.weights(net))
            begins = ends = PREDICTED
            stdin, images = bench.image_paths[n.kind], 1
        with self.run(bench.folder, command, stdin) as run:
            # a classifier's line tells processor time, which is not PyTorch's clock
            by_wall = mode == "predict" and n.kind == "classifier"
            times = step_times(run, bench.budget[mode], begins, ends, by_wall)
        counted = bench.budget[mode].counted(times)
        if not counted:
            raise Refusal(run.reason())
        return statistics.median(counted) / images, run.peak_mb


class Torch:
    """PyTorch, in a process of its own; train and predict are measured together."""

    name = "PyTorch"

    def __init__(self, threads):
        self.threads, self.found = threads, {}

    @staticmethod
    def is_installed():
        probe = [sys.executable, "-c", "import torch"]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0

    def measure(self, bench, net, mode):
        if mode == "train":
            self.found = {}
            command = [sys.executable, f"{ROOT}/scripts/bench_torch.py", net,
                       str(bench.batch(net)), str(self.threads),
                       str(bench.budget["train"].seconds)]  # fmt: skip
            with running(command, bench.folder, self.threads) as run:
                for _, line in run.lines():
                    if line.startswith("{"):
                        self.found = json.loads(line)
            if not self.found:
                raise Refusal(run.reason())
        if not self.found:
            raise Refusal("its training failed")
        return self.found[mode] / (bench.batch(net) if mode == "train" else 1), None
