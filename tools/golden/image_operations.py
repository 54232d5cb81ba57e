"""What the imaging library of Python makes of three small images, for tests/Pare.Tests/Augmentation/ImageOperationsTests.cs.

usage: python3 image_operations.py > tests/Pare.Tests/Fixtures/image_operations.json     (needs Pillow and NumPy)
The images follow from formulas. Levels are what the operations of TrivialAugment and AugMix come to; a pixel that comes from outside is black.
"""
import base64
import json
import numpy as np
from PIL import Image, ImageEnhance, ImageOps


def pictures():
    """A drawn ring on black, a noisy gradient with few levels, and a picture in colour; none is square."""
    rows, columns = np.mgrid[0:26, 0:28].astype(float)
    ring = 255 * np.exp(-((np.hypot(rows - 12, columns - 15) - 7) / 2) ** 2)
    yield np.where(ring < 20, 0, ring).astype(np.uint8)
    rows, columns = np.mgrid[0:19, 0:17].astype(float)
    yield (60 + 8 * np.floor(rows) + 3 * np.floor(columns * columns % 7)).astype(np.uint8)
    rows, columns = np.mgrid[0:18, 0:20].astype(float)
    yield np.stack([127 + 120 * np.sin(0.31 * rows * columns + 0.5), 40 + 9 * columns, 200 - 0.4 * rows * rows + 3 * columns], -1) \
        .clip(0, 255).astype(np.uint8)
    yield np.full((5, 4), 77, np.uint8)


def affine(matrix, smooth):
    return lambda image: image.transform(image.size, Image.AFFINE, matrix, Image.BILINEAR if smooth else Image.NEAREST)


def operations():
    yield "auto_contrast", 0, ImageOps.autocontrast
    yield "equalize", 0, ImageOps.equalize
    for bits in (1, 3, 4, 7, 8):
        yield "posterize", bits, lambda image: ImageOps.posterize(image, bits)
    for threshold in (0, 51, 128, 255, 256):
        yield "solarize", threshold, lambda image: ImageOps.solarize(image, threshold)
    for name, enhance in (("color", ImageEnhance.Color), ("contrast", ImageEnhance.Contrast), ("brightness", ImageEnhance.Brightness),
                          ("sharpness", ImageEnhance.Sharpness)):
        for factor in (0.0, 0.0625, 0.7, 1.3, 1.99):
            yield name, factor, lambda image: enhance(image).enhance(float(np.float32(factor)))
    for smooth in (False, True):
        suffix = "_smooth" if smooth else ""
        # Smoothly not by 135 degrees: values fall on the border between two bytes there, and the last place of a sine decides.
        for degrees in (-131 if smooth else -135, -90, -13, 0, 4.5, 29, 90, 180):
            yield "rotate" + suffix, degrees, lambda image: image.rotate(degrees, Image.BILINEAR if smooth else Image.NEAREST)
        for slope in (-0.99, -0.3, 0.033, 0.25):
            yield "shear_x" + suffix, slope, affine((1, slope, 0, 0, 1, 0), smooth)
            yield "shear_y" + suffix, slope, affine((1, 0, 0, slope, 1, 0), smooth)
        for pixels in (-9, 0, 2):
            yield "translate_x" + suffix, pixels, affine((1, 0, -pixels, 0, 1, 0), smooth)
            yield "translate_y" + suffix, pixels, affine((1, 0, 0, 0, 1, -pixels), smooth)


def planes(array):
    array = np.asarray(array)
    return base64.b64encode((array.transpose(2, 0, 1) if array.ndim == 3 else array).tobytes()).decode()


images = list(pictures())
print('{"images": [')
print(",\n".join(json.dumps({"channels": 3 if image.ndim == 3 else 1, "height": image.shape[0], "width": image.shape[1],
                            "pixels": planes(image)}) for image in images))
print('], "cases": [')
print(",\n".join(json.dumps({"operation": name, "level": level, "image": number, "pixels": planes(apply(Image.fromarray(image)))})
                for name, level, apply in operations() for number, image in enumerate(images)))
print("]}")
