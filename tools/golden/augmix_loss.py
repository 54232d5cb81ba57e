"""The loss of AugMix and its gradient, for tests/Pare.Tests/Training/ConsistencyLossTests.cs.

usage: python3 augmix_loss.py     (needs PyTorch)
Cross entropy of the clean images plus 12 times the Jensen-Shannon divergence between what is said about an image and two views of it; logits
follow from a formula, a batch holds all clean images, then all first views, then all second ones. In float64.
"""
import torch
import torch.nn.functional as F

IMAGES, VIEWS, CLASSES, WEIGHT = 5, 3, 4, 12

logits = torch.tensor([4 * torch.sin(torch.tensor(0.9 * k * k + 0.4, dtype=torch.float64)).item()
                       for k in range(IMAGES * VIEWS * CLASSES)]).float().double().reshape(VIEWS * IMAGES, CLASSES).requires_grad_()
labels = torch.tensor([(n * n + 1) % CLASSES for n in range(IMAGES)])
views = F.softmax(logits, 1).reshape(VIEWS, IMAGES, CLASSES)
mean = views.mean(0)
divergence = sum((view * (view / mean).log()).sum(1) for view in views) / VIEWS
loss = F.cross_entropy(logits[:IMAGES], labels) + WEIGHT * divergence.mean()
loss.backward()
print(f"loss {loss.item():.8f}, divergence {divergence.mean().item():.8f}")
print(",\n".join(", ".join(f"{value:.8f}" for value in row) for row in logits.grad))
