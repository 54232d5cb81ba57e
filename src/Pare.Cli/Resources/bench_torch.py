"""PyTorch's side of `pare bench --torch`: one benchmark network as a line of JSON.

usage: python - MODEL THREADS BATCH STEPS < bench_torch.py
A training step is zero_grad, forward, cross entropy, backward and SGD with momentum on one resident batch. Each figure is the
median of its runs after three unmeasured ones, in the faster of PyTorch's two memory formats. Latency is on one thread.
"""
import json
import statistics
import sys
import time

try:
    import torch
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)
from torch import nn
from torch.nn.functional import cross_entropy, relu

LATENCY_RUNS = 200


def conv_norm(inputs, outputs, kernel=3, stride=1, padding=1, groups=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(outputs))


def conv_norm_relu(*sizes, **settings):
    return nn.Sequential(conv_norm(*sizes, **settings), nn.ReLU())


def separable(inputs, outputs, stride=1):
    return nn.Sequential(conv_norm_relu(inputs, inputs, stride=stride, groups=inputs), conv_norm_relu(inputs, outputs, kernel=1, padding=0))


def classifier(channels):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def bench_mnist():
    return nn.Sequential(
        conv_norm_relu(1, 4, padding=0), conv_norm_relu(4, 8, padding=0), nn.MaxPool2d(2),
        conv_norm_relu(8, 8, padding=0), nn.MaxPool2d(2), conv_norm_relu(8, 8, padding=0), classifier(8))


def bench_cifar():
    return nn.Sequential(
        conv_norm_relu(3, 32), separable(32, 64), separable(64, 96, 2), separable(96, 128), separable(128, 192, 2),
        separable(192, 256), classifier(256))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(conv_norm_relu(inputs, outputs, stride=stride), conv_norm(outputs, outputs))
        self.shortcut = nn.Identity() if stride == 1 else nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x):
        return relu(self.body(x) + self.shortcut(x))


def resnet8():
    return nn.Sequential(conv_norm_relu(3, 16), Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2), classifier(64))


NETWORKS = {"bench-mnist": (bench_mnist, (1, 28, 28)), "bench-cifar": (bench_cifar, (3, 32, 32)), "resnet8": (resnet8, (3, 32, 32))}


def median_seconds(runs, run):
    for _ in range(3):
        run()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure(model, threads, batch, steps, memory_format):
    """Parameters, and the seconds of a training step, of an inference batch and of one image."""
    torch.set_num_threads(threads)
    make, shape = NETWORKS[model]
    network = make().to(memory_format=memory_format)
    images = torch.randn(batch, *shape).contiguous(memory_format=memory_format)
    image = images[:1].contiguous(memory_format=memory_format)
    labels = torch.randint(10, (batch,))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)

    def step():
        optimizer.zero_grad()
        cross_entropy(network(images), labels).backward()
        optimizer.step()

    network.train()
    train = median_seconds(steps, step)
    network.eval()
    with torch.inference_mode():
        infer = median_seconds(steps, lambda: network(images))
        torch.set_num_threads(1)
        latency = median_seconds(LATENCY_RUNS, lambda: network(image))
    return sum(p.numel() for p in network.parameters()), train, infer, latency


def main():
    model, threads, batch, steps = sys.argv[1], *map(int, sys.argv[2:])
    figures = [measure(model, threads, batch, steps, form) for form in (torch.contiguous_format, torch.channels_last)]
    parameters, train, infer, latency = map(min, zip(*figures))
    print(json.dumps({
        "torch": torch.__version__, "parameters": parameters, "train_images_per_second": batch / train,
        "infer_images_per_second": batch / infer, "latency_ms": latency * 1e3}))


main()
