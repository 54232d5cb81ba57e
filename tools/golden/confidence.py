"""Calibration, confidence and strangers by NumPy, for tests/Pare.Tests/Evaluation/ConfidenceGoldenTests.cs.

usage: python3 confidence.py     (needs NumPy)
Logits and labels follow from formulas, so that the test makes the same ones. Binomial probabilities are exact fractions, bounds sums of
logarithms of the gamma function.
"""
from fractions import Fraction
from math import comb, exp, lgamma, log, log1p
import numpy as np

IMAGES, CLASSES, BINS = 400, 5, 15
k = np.arange(IMAGES * CLASSES, dtype=np.float64)
logits = (3 * np.sin(0.7 * k * k + 0.1 * k)).astype(np.float32).astype(np.float64).reshape(IMAGES, CLASSES)
n = np.arange(IMAGES)
# Three of four images are of the class with the largest logit.
labels = np.where(n % 4 < 3, logits.argmax(1), (n * n + n // 2) % CLASSES)


def probabilities(temperature=1.0):
    z = logits / temperature
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def nll(temperature=1.0):
    return -np.log(probabilities(temperature)[n, labels]).mean()


def figures(temperature):
    p = probabilities(temperature)
    confidence, right = p.max(1), (logits.argmax(1) == labels).astype(float)
    edges = np.linspace(0, 1, BINS + 1)
    ece = sum(abs(right[m].mean() - confidence[m].mean()) * m.mean()
              for a, b in zip(edges[:-1], edges[1:]) for m in [(confidence > a) & (confidence <= b)] if m.any())
    order = np.argsort(confidence, kind="stable")
    adaptive = sum(abs(right[part].mean() - confidence[part].mean()) * len(part) / IMAGES for part in np.array_split(order, BINS))
    brier = ((p - np.eye(CLASSES)[labels]) ** 2).sum(1).mean()
    return ece, adaptive, nll(temperature), brier


low, high = 0.01, 100.0
for _ in range(200):        # golden section over log T: no derivative is used
    a, b = [np.exp(np.log(low) + f * (np.log(high) - np.log(low))) for f in (0.381966011250105, 0.618033988749895)]
    low, high = (low, b) if nll(a) < nll(b) else (a, high)
temperature = (low + high) / 2
print("ece, adaptive, nll, brier at 1:", *[f"{x:.12f}" for x in figures(1.0)])
print(f"temperature: {temperature:.7f}")
print("ece, adaptive, nll, brier at 2.5:", *[f"{x:.12f}" for x in figures(2.5)])
print(f"nll at the temperature: {nll(temperature):.12f}")

confidence, right = probabilities().max(1), logits.argmax(1) == labels
order = np.argsort(-confidence)
risk = np.cumsum(~right[order]) / np.arange(1, IMAGES + 1)
print(f"area {risk.mean():.12f}, accuracy at 90 % {1 - risk[359]:.12f}, at 95 % {1 - risk[379]:.12f}")

known, strangers = confidence[:250], confidence[250:] ** 1.2
strangers[:50] = known[:50]     # ties
auc = np.mean([(known > s).mean() + 0.5 * (known == s).mean() for s in strangers])
threshold = np.sort(known)[250 - 238]   # 95 % of 250 are 237.5
print(f"area under ROC {auc:.12f}, strangers passing {np.mean(strangers >= threshold):.12f}")


def at_most(failures, images, p):
    return float(sum(comb(images, i) * p ** i * (1 - p) ** (images - i) for i in range(failures + 1)))


def in_logarithms(failures, images, p):
    return sum(exp(lgamma(images + 1) - lgamma(i + 1) - lgamma(images - i + 1) + i * log(p) + (images - i) * log1p(-p))
               for i in range(failures + 1))


def upper(failures, images, risk):
    low, high = failures / images, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if in_logarithms(failures, images, middle) > risk else (low, middle)
    return high


for failures, images, p in ((0, 10, Fraction(1, 10)), (3, 50, Fraction(1, 100)), (37, 1000, Fraction(1, 20)), (400, 1000, Fraction(1, 2))):
    print(f"P(X <= {failures} of {images} at {float(p)}) = {at_most(failures, images, p):.12e}")
for failures, images, risk in ((0, 10, 0.05), (3, 50, 0.025), (37, 1000, 0.0025)):
    print(f"upper bound of {failures} of {images} at {risk}: {upper(failures, images, risk):.12f}")

# 2,000 images, the surer the more often right: the largest of 20 coverages whose errors are too few for chance.
m = np.arange(2000)
sure = np.mod(m * 0.6180339887498949, 1.0)
well = np.mod(m * 0.7548776662466927, 1.0) < 0.6 + 0.4 * np.sqrt(sure)
ascending = np.argsort(sure, kind="stable")
for wished in (Fraction(4, 5), Fraction(9, 10), Fraction(19, 20)):
    for candidate in range(20, 0, -1):
        place = 1999 - 2000 * candidate // 20
        above = np.ones(2000, bool) if candidate == 20 else sure > sure[ascending[place]]
        wrong = int((above & ~well).sum())
        if in_logarithms(wrong, int(above.sum()), float(1 - wished)) <= 0.05 / 20:
            bound = 1 - upper(wrong, int(above.sum()), 0.05 / 20)
            least = 0 if candidate == 20 else sure[ascending[place]]
            print(f"{float(wished)}: above {least:.12f}, {above.sum()} sure, {wrong} wrong, bound {bound:.12f}")
            break
    else:
        print(f"{float(wished)}: none")
