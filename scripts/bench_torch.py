#!/usr/bin/python3
"""Print seconds per training step and per image of a network in PyTorch, as JSON.

    scripts/bench_torch.py resnet20 BATCH THREADS SECONDS

Training: a batch of random tensors, SGD with momentum 0.9 and weight decay 5e-4,
cross-entropy. Inference: one image. Both in the default layout and channels-last, and
inference also by optimize_for_inference; the fastest counts. (Without it PyTorch 1.13
takes small layers of a single image past oneDNN to the system's BLAS, which in Debian
is the slow reference one unless another is installed.) The networks are those of
cfg/cifar/*.cfg and of yolov3-tiny.cfg, whose loss is stood in for by a sum of
squares. Used by bench_cpu.py.
"""

import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, size, activation, stride=1):
    layers = [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
              nn.BatchNorm2d(outputs)]  # fmt: skip
    return nn.Sequential(*layers, *([activation] if activation else []))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = conv(inputs, outputs, 3, nn.ReLU(True), stride)
        self.second = conv(outputs, outputs, 3, None)
        self.projection = nn.Identity()
        if inputs != outputs:
            self.projection = conv(inputs, outputs, 1, None, stride)

    def forward(self, x):
        return F.relu(self.second(self.first(x)) + self.projection(x))


def head(width):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10)]


def resnet(blocks):
    layers, inputs = [conv(3, 16, 3, nn.ReLU(True))], 16
    for stage, width in enumerate((16, 32, 64)):
        for k in range(blocks):
            layers.append(Block(inputs, width, 2 if stage > 0 and k == 0 else 1))
            inputs = width
    return nn.Sequential(*layers, *head(64))


def vgg16():
    layers, inputs = [], 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0) + 6 * (512,):
        layers.append(conv(inputs, width, 3, nn.ReLU(True)) if width else nn.MaxPool2d(2))
        inputs = width or inputs
    return nn.Sequential(*layers, *head(512))


class YoloV3Tiny(nn.Module):
    def __init__(self):
        super().__init__()

        def leaky(inputs, outputs, size):
            return conv(inputs, outputs, size, nn.LeakyReLU(0.1, True))

        layers, inputs = [], 3
        for width in (16, 32, 64, 128):
            layers += [leaky(inputs, width, 3), nn.MaxPool2d(2)]
            inputs = width
        self.fine = nn.Sequential(*layers, leaky(128, 256, 3))
        self.coarse = nn.Sequential(
            nn.MaxPool2d(2), leaky(256, 512, 3), nn.ZeroPad2d((0, 1, 0, 1)),
            nn.MaxPool2d(2, 1), leaky(512, 1024, 3), leaky(1024, 256, 1))  # fmt: skip
        self.head13 = nn.Sequential(leaky(256, 512, 3), nn.Conv2d(512, 255, 1))
        self.up = nn.Sequential(leaky(256, 128, 1), nn.Upsample(scale_factor=2))
        self.head26 = nn.Sequential(leaky(384, 256, 3), nn.Conv2d(256, 255, 1))

    def forward(self, x):
        fine = self.fine(x)
        coarse = self.coarse(fine)
        return self.head13(coarse), self.head26(torch.cat((self.up(coarse), fine), 1))


def cross_entropy(outputs):
    return F.cross_entropy(outputs, torch.arange(len(outputs)) % 10)


def sum_of_squares(outputs):
    return sum(o.square().sum() for o in outputs)


NETS = {  # how to make it, side of the image, loss, a rate at which it stays finite
    "resnet20": (lambda: resnet(3), 32, cross_entropy, 1e-2),
    "resnet56": (lambda: resnet(9), 32, cross_entropy, 1e-2),
    "vgg16": (vgg16, 32, cross_entropy, 1e-2),
    "yolov3-tiny": (YoloV3Tiny, 416, sum_of_squares, 1e-8),
}


def median_seconds(step, budget_s):
    """Median time of a step, two to warm up left out."""
    times = []
    while len(times) < 3 or sum(times[2:]) < budget_s:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times[2:])


def measure(name, layout, batch, budget_s):
    make, side, loss, rate = NETS[name]
    net = make().to(memory_format=layout)
    optimizer = torch.optim.SGD(net.parameters(), rate, momentum=0.9, weight_decay=5e-4)
    images = torch.randn(batch, 3, side, side).contiguous(memory_format=layout)
    one = images[:1].contiguous(memory_format=layout)

    def train():
        optimizer.zero_grad()
        loss(net(images)).backward()
        optimizer.step()

    train_s = median_seconds(train, budget_s)
    net.eval()
    with torch.no_grad():
        frozen = torch.jit.optimize_for_inference(torch.jit.trace(net, one))
        predict_s = min(median_seconds(lambda: f(one), budget_s / 4)
                        for f in (net, frozen))  # fmt: skip
    return {"train": train_s, "predict": predict_s}


def main(name, batch, threads, budget_s):
    torch.set_num_threads(int(threads))
    layouts = (torch.contiguous_format, torch.channels_last)
    found = [measure(name, l, int(batch), float(budget_s) / 2) for l in layouts]
    print(json.dumps({what: min(f[what] for f in found) for what in found[0]}))


if __name__ == "__main__":
    if len(sys.argv) != 5 or sys.argv[1] not in NETS:
        sys.exit(f"usage: bench_torch.py {'|'.join(NETS)} BATCH THREADS SECONDS")
    main(*sys.argv[1:])
