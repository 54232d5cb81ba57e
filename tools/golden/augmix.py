"""Images that AugMix makes, for tests/Pare.Tests/Augmentation/AugMixTests.cs.

usage: python3 augmix.py     (needs Pillow and NumPy)
Printed are, of each draw, the sum of all values and the sum of values times a weight of their place.
"""
import numpy as np
from PIL import Image, ImageOps
from seeded_random import SeededRandom

HEIGHT, WIDTH = 26, 28


def operations(height, width):
    def affine(matrix):
        return lambda image: image.transform(image.size, Image.AFFINE, matrix, Image.BILINEAR)

    return [
        lambda image, level, sign: ImageOps.autocontrast(image),
        lambda image, level, sign: ImageOps.equalize(image),
        lambda image, level, sign: ImageOps.posterize(image, 4 - int(level * 4 / 10)),
        lambda image, level, sign: ImageOps.solarize(image, 256 - int(level * 256 / 10)),
        lambda image, level, sign: image.rotate(sign * int(level * 30 / 10), Image.BILINEAR),
        lambda image, level, sign: affine((1, sign * level * 0.3 / 10, 0, 0, 1, 0))(image),
        lambda image, level, sign: affine((1, 0, 0, sign * level * 0.3 / 10, 1, 0))(image),
        lambda image, level, sign: affine((1, 0, -sign * int(level * width / 3 / 10), 0, 1, 0))(image),
        lambda image, level, sign: affine((1, 0, 0, 0, 1, -sign * int(level * height / 3 / 10)))(image)]


def augmix(image, random, severity, width=3, depth=3, alpha=1.0):
    choices = operations(*image.shape)
    weights, blended = random.dirichlet(alpha, width), random.beta(alpha, alpha)
    mixed = (1 - blended) * image / 255
    for weight in weights:
        chain = Image.fromarray(image)
        for _ in range(1 + random.integer(depth)):
            operation = choices[random.integer(len(choices))]
            level = 0.1 + (severity - 0.1) * random.double()
            chain = operation(chain, level, -1 if random.integer(2) == 0 else 1)
        mixed = mixed + blended * weight * np.asarray(chain) / 255
    return mixed


rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
ring = 255 * np.exp(-((np.hypot(rows - 12, columns - 15) - 7) / 2) ** 2)
picture = np.where(ring < 20, 0, ring).astype(np.uint8)
places = 1 + (np.arange(HEIGHT * WIDTH) % 97) / 97
for severity in (3, 8):
    for image in range(4):
        values = augmix(picture, SeededRandom(1, 150, 2, image), severity).ravel()
        print(f"{{ {severity}, {image}, {values.sum():.4f}, {(values * places).sum():.4f} }},")
