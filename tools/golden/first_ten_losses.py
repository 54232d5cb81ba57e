"""The losses of the first ten steps of a tiny training run, for tests/Pare.Tests/Training/GoldenRunTests.cs.

usage: python3 first_ten_losses.py     (needs PyTorch)
Images, labels and starting weights follow from formulas, so that the test makes the same ones; everything runs in float64.
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F

IMAGES, HEIGHT, WIDTH, CLASSES = 19, 6, 7, 3


def values(*shape):
    count = math.prod(shape)
    return torch.tensor([0.5 * math.cos(1.3 * k + 0.2) for k in range(count)], dtype=torch.float64).reshape(shape)


net = nn.Sequential(nn.Conv2d(1, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
                    nn.Conv2d(4, 4, 3, 1, 1, groups=4, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
                    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, CLASSES)).double()
with torch.no_grad():
    net[0].weight.copy_(values(4, 1, 3, 3))
    net[4].weight.copy_(values(4, 1, 3, 3))
    net[9].weight.copy_(values(CLASSES, 4))
    net[9].bias.zero_()
images = torch.tensor([math.sin(0.7 * k * k + 0.1 * k) for k in range(IMAGES * HEIGHT * WIDTH)], dtype=torch.float64)
images = images.reshape(IMAGES, 1, HEIGHT, WIDTH).float().double()
labels = torch.tensor([(n * n + n // 2) % CLASSES for n in range(IMAGES)])
optimizer = torch.optim.SGD(net.parameters(), 0.1, 0.9, nesterov=True)
losses = []
for _ in range(10):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(images), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(", ".join(f"{loss:.7f}" for loss in losses))
