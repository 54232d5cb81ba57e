"""The losses of the first steps of adversarial training, for tests/Pare.Tests/Training/Optimizers/AdversarialTrainingTests.cs.

usage: python3 adversarial_training.py     (needs PyTorch and NumPy)
The network of first_ten_losses.py on images of 0 to 1, shifted and scaled; the change of each image begins where Pare draws it.
"""
import math
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from seeded_random import SeededRandom, stream_of

IMAGES, HEIGHT, WIDTH, CLASSES, STEPS = 19, 6, 7, 3, 5
EPSILON, ALPHA, MEAN, DEVIATION = 0.1, 0.125, 0.4, 0.3


def values(*shape):
    count = math.prod(shape)
    return torch.tensor([0.5 * math.cos(1.3 * k + 0.2) for k in range(count)], dtype=torch.float64).reshape(shape)


def network():
    net = nn.Sequential(nn.Conv2d(1, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.SiLU(), nn.AvgPool2d(2),
                        nn.Conv2d(4, 4, 3, 1, 1, groups=4, bias=False), nn.BatchNorm2d(4), nn.SiLU(),
                        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, CLASSES)).double()
    with torch.no_grad():
        net[0].weight.copy_(values(4, 1, 3, 3))
        net[4].weight.copy_(values(4, 1, 3, 3))
        net[9].weight.copy_(values(CLASSES, 4))
        net[9].bias.zero_()
    return net


images = torch.tensor([0.5 + 0.5 * math.sin(0.7 * k * k + 0.1 * k) for k in range(IMAGES * HEIGHT * WIDTH)], dtype=torch.float64)
images = ((images.reshape(IMAGES, 1, HEIGHT, WIDTH) - MEAN) / DEVIATION).float().double()
labels = torch.tensor([(n * n + n // 2) % CLASSES for n in range(IMAGES)])
low, high, epsilon, alpha = (0 - MEAN) / DEVIATION, (1 - MEAN) / DEVIATION, EPSILON / DEVIATION, ALPHA / DEVIATION


def start(step):
    drawn = []
    for image in range(IMAGES):
        random = SeededRandom(7, stream_of("adversarial_training"), step, 1 + image)
        drawn += [float(random.between(-epsilon, epsilon)) for _ in range(HEIGHT * WIDTH)]
    return torch.tensor(drawn, dtype=torch.float64).reshape(images.shape)


for share in (1, 0.5):
    net = network()
    optimizer = torch.optim.SGD(net.parameters(), 0.1, 0.9, nesterov=True)
    attacked = (torch.arange(IMAGES) < math.ceil(share * IMAGES)).reshape(-1, 1, 1, 1)
    losses = []
    for step in range(STEPS):
        begin = torch.where(attacked, (images + start(step)).clamp(low, high), images).requires_grad_()
        statistics = {name: buffer.clone() for name, buffer in net.named_buffers()}
        gradient = torch.autograd.grad(F.cross_entropy(net(begin), labels), begin)[0]
        for name, buffer in net.named_buffers():
            buffer.copy_(statistics[name])
        change = (begin.detach() - images + alpha * gradient.sign()).clamp(-epsilon, epsilon)
        moved = torch.where(attacked, (images + change).clamp(low, high), images)
        optimizer.zero_grad()
        loss = F.cross_entropy(net(moved), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"share {share}:", ", ".join(f"{loss:.7f}" for loss in losses), "| smallest gradient", f"{gradient.abs().min().item():.1e}")
    print("  statistics", ", ".join(f"{value:.6f}" for value in net[1].running_mean), "|",
          ", ".join(f"{value:.6f}" for value in net[5].running_var))
