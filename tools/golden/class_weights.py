"""The cross entropy with class weights and its gradient, for tests/Pare.Tests/Training/ClassWeightsTests.cs.

usage: python3 class_weights.py     (needs PyTorch)
PyTorch's CrossEntropyLoss(weight=...) with hard labels, with hard labels and label smoothing, and with probabilities; logits follow from a formula.
Each is a sum over the images divided by their number: PyTorch's own mean divides by the sum of the labels' weights where the targets are labels,
and by the number of images where they are probabilities. In float64.
"""
import torch
import torch.nn.functional as F

IMAGES, CLASSES, COUNTS = 6, 4, [40, 7, 1, 12]

logits = torch.tensor([4 * torch.sin(torch.tensor(0.9 * k * k + 0.4, dtype=torch.float64)).item()
                       for k in range(IMAGES * CLASSES)]).float().double().reshape(IMAGES, CLASSES).requires_grad_()
labels = torch.tensor([(3 * n + n // 4) % CLASSES for n in range(IMAGES)])
hard = F.one_hot(labels, CLASSES).double()
mixed = 0.75 * hard + 0.25 * hard.flip(0)


def show(name, loss):
    (gradient,) = torch.autograd.grad(loss, logits)
    print(f"{name}: loss {loss.item():.8f}")
    print(",\n".join(", ".join(f"{value:.8f}f" for value in row) for row in gradient))


counts = torch.tensor(COUNTS, dtype=torch.float64)
for power in (0.5, 1.0):
    weight = counts ** -power * counts.sum() / (counts ** (1 - power)).sum()
    print(f"power {power}: weights", ", ".join(f"{value:.8f}" for value in weight))
show("labels", F.cross_entropy(logits, labels, weight, reduction="sum") / IMAGES)
show("smoothed", F.cross_entropy(logits, labels, weight, reduction="sum", label_smoothing=0.1) / IMAGES)
show("probabilities", F.cross_entropy(logits, mixed, weight))
