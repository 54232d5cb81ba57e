"""Sharpness, largest Hessian eigenvalue and attacks of a tiny network, for tests/Pare.Tests/Robustness/FlatnessGoldenTests.cs
and AttackGoldenTests.cs.

usage: python3 flatness.py     (needs PyTorch)
Images, labels, weights and statistics follow from formulas, so that the test makes the same ones; everything runs in float64, norms as
in evaluation. Eigenvalues are those of the whole Hessian by autograd.
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F

IMAGES, HEIGHT, WIDTH, CLASSES = 37, 6, 7, 3


def values(*shape):
    count = math.prod(shape)
    return torch.tensor([0.8 * math.cos(1.3 * k * k + 0.2) for k in range(count)], dtype=torch.float64).float().double().reshape(shape)


def make(activation):
    net = nn.Sequential(nn.Conv2d(1, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), activation(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                        nn.Linear(4, CLASSES)).double().eval()
    with torch.no_grad():
        net[0].weight.copy_(values(4, 1, 3, 3))
        net[1].running_mean.copy_(torch.tensor([0.1, -0.2, 0.3, 0.0]).double())
        net[1].running_var.copy_(torch.tensor([0.5, 1.5, 0.25, 1.0]).double())
        net[5].weight.copy_(3 * values(CLASSES, 4))
        net[5].bias.copy_(torch.tensor([-4.5, 1.75, -1.25]).double())
    return net


def pixels(images, value):
    return torch.tensor([value(k) % 256 for k in range(images * HEIGHT * WIDTH)], dtype=torch.float64).reshape(images, 1, HEIGHT, WIDTH) / 255


def classes(images):
    return torch.tensor([(n * n + n // 2) % CLASSES for n in range(images)])


pictures, labels = pixels(IMAGES, lambda k: k * k * 7 + k * 13), classes(IMAGES)


def logits(net, x):
    return net((x - 0.4) / 0.3)


def loss_at(net, pictures, labels):
    """The loss as a function of all parameters, and these."""
    parameters = dict(net.named_parameters())

    def loss_of(flat):
        at, given = 0, {}
        for key, parameter in parameters.items():
            given[key] = flat[at:at + parameter.numel()].view_as(parameter)
            at += parameter.numel()
        given.update(dict(net.named_buffers()))
        return F.cross_entropy(torch.func.functional_call(net, given, ((pictures - 0.4) / 0.3,)), labels)

    return loss_of, torch.cat([parameter.detach().flatten() for parameter in parameters.values()])


def eigenvalues_of(loss_of, flat):
    return torch.linalg.eigvalsh(torch.func.hessian(loss_of)(flat))


for name, activation in (("silu", nn.SiLU), ("relu", nn.ReLU)):
    net = make(activation)
    loss_of, flat = loss_at(net, pictures, labels)
    gradient = torch.func.grad(loss_of)(flat)
    eigenvalues = eigenvalues_of(loss_of, flat)
    sharp = loss_of(flat + 0.05 * gradient / gradient.norm()) - loss_of(flat)
    print(f"{name}: loss {loss_of(flat):.9f}, gradient {gradient.norm():.9f}, sharpness {sharp:.9f}, "
          f"eigenvalues {eigenvalues[-1]:.7f} {eigenvalues[0]:.7f}")

    # Labels that the network gives itself, so that it is right before an attack.
    own = logits(net, pictures).argmax(1)
    for epsilon in (2, 6, 12):
        x = pictures.clone().requires_grad_()
        F.cross_entropy(logits(net, x), own).backward()
        fast = (pictures + epsilon / 255 * x.grad.sign()).clamp(0, 1)
        moved, fooled = pictures.clone(), torch.zeros(IMAGES, dtype=torch.bool)
        for _ in range(10):
            moved.requires_grad_()
            out = logits(net, moved)
            fooled |= out.argmax(1) != own
            F.cross_entropy(out, own, reduction="sum").backward()
            moved = (moved.detach() + 2.5 * epsilon / 255 / 10 * moved.grad.sign())
            moved = moved.clamp(pictures - epsilon / 255, pictures + epsilon / 255).clamp(0, 1).detach()
        fooled |= logits(net, moved).argmax(1) != own
        print(f"{name}, eps {epsilon}: right after FGSM {(logits(net, fast).argmax(1) == own).sum()}, after PGD-10 {(~fooled).sum()} of {IMAGES}")

# So many ReLUs that one has its kink within any step of the weights that single precision can take.
many = pixels(150, lambda k: k * k * 7 + k * 13 + k // 256 * 29 + k // 3584 * 57)
net = make(nn.ReLU)
with torch.no_grad():
    net[5].weight.mul_(2)
print(f"relu, 150 images: eigenvalue {eigenvalues_of(*loss_at(net, many, classes(150)))[-1]:.7f}")
