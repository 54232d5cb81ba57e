"""The random numbers of Pare's SeededRandom, for the other scripts: SplitMix64, keyed."""
import hashlib
import math
import numpy as np

GOLDEN, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


def mixed(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def stream_of(key):
    """The stream of a technique that has no number of its own."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little") | 1 << 63


class SeededRandom:
    def __init__(self, seed, stream=0, index=0, subindex=0):
        key = mixed((seed + GOLDEN) & MASK)
        for part in (stream, index, subindex):
            key = mixed(((key ^ (part & MASK)) + GOLDEN) & MASK)
        self.state = key

    def bits(self):
        self.state = (self.state + GOLDEN) & MASK
        return mixed(self.state)

    def single(self):
        return np.float32((self.bits() >> 40) * 2.0 ** -24)

    def double(self):
        return (self.bits() >> 11) * 2.0 ** -53

    def between(self, low, high):
        low, high = np.float32(low), np.float32(high)
        return low + (high - low) * self.single()

    def integer(self, most):
        high, low = divmod(self.bits() * most, 1 << 64)
        while low < most and low < (1 << 64) % most:
            high, low = divmod(self.bits() * most, 1 << 64)
        return high

    def normal(self):
        while True:
            x, y = 2 * self.double() - 1, 2 * self.double() - 1
            square = x * x + y * y
            if 0 < square < 1:
                return x * math.sqrt(-2 * math.log(square) / square)

    def log_gamma(self, shape):
        """The logarithm of a draw from the Gamma distribution, after Marsaglia and Tsang."""
        if shape < 1:
            larger = self.log_gamma(shape + 1)
            return larger + math.log(1 - self.double()) / shape
        d = shape - 1 / 3
        c = 1 / math.sqrt(9 * d)
        while True:
            x = self.normal()
            v = (1 + c * x) ** 3
            if v > 0 and math.log(1 - self.double()) < 0.5 * x * x + d * (1 - v + math.log(v)):
                return math.log(d) + math.log(v)

    def beta(self, a, b):
        g = self.log_gamma(a)
        return 1 / (1 + math.exp(self.log_gamma(b) - g))

    def dirichlet(self, shape, count):
        logs = [self.log_gamma(shape) for _ in range(count)]
        parts = [math.exp(value - max(logs)) for value in logs]
        return [part / sum(parts) for part in parts]
