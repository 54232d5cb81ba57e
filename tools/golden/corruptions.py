"""The pictures of tests/Pare.Tests/Fixtures/corruptions.json, for CorruptionTests.cs.

usage: python3 corruptions.py > ../../tests/Pare.Tests/Fixtures/corruptions.json     (needs NumPy, SciPy and Pillow)
Written from the papers and the definitions in docs/robustness.md, on other libraries than Pare's code: SciPy filters and
interpolates, Pillow resizes and makes real JPEG files, colorsys knows hue and saturation. Only the random numbers are Pare's own
(SplitMix64), so that each picture has the draws that it has there.
"""
import base64
import colorsys
import io
import json
import math
import numpy as np
from PIL import Image
from scipy import ndimage, stats

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
SEED, NUMBER = 3, 17
STREAMS = ["", "gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "brightness",
           "contrast", "fog", "saturate", "spatter", "pixelate", "jpeg", "elastic", "rotation", "shear", "shift", "scale", "stripe",
           "dotted_line", "zigzag", "canny_edges", "occlusion"]


class Draws:
    def __init__(self, seed, stream=0, index=0, subindex=0):
        key = self.mix(seed + GOLDEN)
        for part in (stream, index, subindex):
            key = self.mix((key ^ part) + GOLDEN)
        self.state = key

    @staticmethod
    def mix(z):
        z &= MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def bits(self):
        self.state = (self.state + GOLDEN) & MASK
        return self.mix(self.state)

    def uniform(self):
        return (self.bits() >> 11) / (1 << 53)

    def coarse(self):
        return (self.bits() >> 40) / (1 << 24)

    def integer(self, most):
        while True:
            product = self.bits() * most
            if (product & MASK) >= (1 << 64) % most:
                return product >> 64

    def sign(self):
        return 2 * self.integer(2) - 1

    def normals(self, count):
        return stats.norm.ppf([((self.bits() >> 11) + 0.5) / (1 << 53) for _ in range(count)])


def planes(function):
    return lambda image, *rest: np.stack([function(plane, *rest) for plane in image])


def gaussian_noise(image, draws, scale):
    return image + scale * draws.normals(image.size).reshape(image.shape)


def shot_noise(image, draws, photons):
    shares = np.array([draws.uniform() for _ in range(image.size)]).reshape(image.shape)
    return stats.poisson.ppf(shares, np.maximum(image * photons, 1e-300)) / photons


def impulse_noise(image, draws, amount):
    result = image.copy().reshape(-1)
    for i in range(result.size):
        if draws.coarse() < np.float32(amount):
            result[i] = 1 if draws.coarse() < 0.5 else 0
    return result.reshape(image.shape)


def small_gaussian(sigma, radius):
    weights = np.exp(-0.5 * np.arange(-radius, radius + 1) ** 2 / sigma ** 2)
    return weights / weights.sum()


def defocus_blur(image, draws, radius, smoothing):
    reach, smooth = (8, 1) if radius <= 8 else (int(radius), 2)
    y, x = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    disc = (x * x + y * y <= radius * radius).astype(float)
    disc /= disc.sum()
    weights = small_gaussian(smoothing, smooth)
    disc = ndimage.correlate(disc, np.outer(weights, weights), mode="mirror")
    return np.stack([ndimage.correlate(plane, disc, mode="mirror") for plane in image])


def glass_blur(image, draws, sigma, reach, times):
    plane = np.floor(np.clip(ndimage.gaussian_filter(image[0], sigma, mode="nearest"), 0, 1) * 255 + 1e-9) / 255
    height, width = plane.shape
    for _ in range(times):
        for row in range(height - reach, reach, -1):
            for column in range(width - reach, reach, -1):
                if draws.integer(2) == 0:
                    continue
                right, down = draws.integer(2 * reach) - reach, draws.integer(2 * reach) - reach
                kept = plane[row, column]
                plane[row, column] = plane[row + down, column + right]
                plane[row + down, column + right] = kept
    return ndimage.gaussian_filter(plane, sigma, mode="nearest")[None]


def motion_blur(image, draws, radius, sigma):
    angle = math.radians(draws.uniform() * 90 - 45)
    weights = np.exp(-0.5 * np.arange(2 * radius + 1) ** 2 / sigma ** 2)
    weights /= weights.sum()
    _, height, width = image.shape
    result = np.zeros_like(image)
    for k, weight in enumerate(weights):
        rows = np.clip(np.arange(height) + math.ceil(k * math.sin(angle) - 0.5), 0, height - 1)
        columns = np.clip(np.arange(width) + math.ceil(k * math.cos(angle) - 0.5), 0, width - 1)
        result += weight * image[:, rows][:, :, columns]
    return result


@planes
def zoomed(plane, factor):
    parts = [math.ceil(side / factor) for side in plane.shape]
    tops = [(side - part) // 2 for side, part in zip(plane.shape, parts)]
    middle = plane[tops[0]:tops[0] + parts[0], tops[1]:tops[1] + parts[1]]
    large = ndimage.zoom(middle, factor, order=1)
    trims = [(large.shape[i] - plane.shape[i]) // 2 for i in (0, 1)]
    return large[trims[0]:trims[0] + plane.shape[0], trims[1]:trims[1] + plane.shape[1]]


def zoom_blur(image, draws, factors):
    return (image + sum(zoomed(image, factor) for factor in factors)) / (len(factors) + 1)


def recoloured(image, change):
    if image.shape[0] == 1:
        image = np.repeat(image, 3, axis=0)
        return recoloured(image, change)[:1]
    result = np.empty_like(image)
    for row in range(image.shape[1]):
        for column in range(image.shape[2]):
            result[:, row, column] = colorsys.hsv_to_rgb(*change(*colorsys.rgb_to_hsv(*image[:, row, column])))
    return result


def brightness(image, draws, more):
    return recoloured(image, lambda h, s, v: (h, s, min(1, v + more)))


def saturate(image, draws, factor, more):
    return recoloured(image, lambda h, s, v: (h, min(1, max(0, factor * s + more)), v))


def contrast(image, draws, factor):
    means = image.mean(axis=(1, 2), keepdims=True)
    return means + factor * (image - means)


def plasma(side, decay, draws):
    heights, strength, step = np.zeros((side, side)), 100.0, side
    while step >= 2:
        half = step // 2

        def put(rows, columns, offsets):
            for row in rows:
                for column in columns:
                    corners = sum(heights[(row + i) % side, (column + j) % side] for i, j in offsets)
                    heights[row, column] = corners / 4 + strength ** 2 * (2 * draws.uniform() - 1)

        whole, middle = range(0, side, step), range(half, side, step)
        put(middle, middle, [(-half, -half), (-half, half), (half, -half), (half, half)])
        cross = [(-half, 0), (half, 0), (0, -half), (0, half)]
        put(whole, middle, cross)
        put(middle, whole, cross)
        step, strength = half, strength / decay
    heights -= heights.min()
    return heights / heights.max()


def fog(image, draws, thickness, decay, side=None):
    _, height, width = image.shape
    side = side or 2 ** math.ceil(math.log2(max(height, width)))
    cover = plasma(side, decay, Draws(draws.integer(128), 7999))[:height, :width]
    return (image + thickness * cover) * image.max() / (image.max() + thickness)


def to_picture(image):
    bytes_ = np.round(image * 255).astype(np.uint8)
    return Image.fromarray(bytes_[0]) if len(image) == 1 else Image.fromarray(bytes_.transpose(1, 2, 0).copy())


def from_picture(picture):
    pixels = np.asarray(picture).astype(float) / 255
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def pixelate(image, draws, share):
    _, height, width = image.shape
    small = to_picture(image).resize((int(width * share), int(height * share)), Image.BOX)
    return from_picture(small.resize((width, height), Image.BOX))


def jpeg(image, draws, quality):
    file = io.BytesIO()
    to_picture(image).save(file, "JPEG", quality=quality)
    return from_picture(Image.open(file))


def sampled(plane, rows, columns, mode):
    return ndimage.map_coordinates(plane, [rows, columns], order=1, mode=mode)


def elastic(image, draws, scale, sigma, corners, outside, bent):
    _, height, width = image.shape
    side, half = min(height, width), min(height, width) // 3
    before = np.array([[width // 2 + half, height // 2 + half], [width // 2 + half, height // 2 - half],
                       [width // 2 - half, height // 2 - half]], float)
    after = before + side * corners * np.array([[2 * draws.uniform() - 1 for _ in range(2)] for _ in range(3)])
    forward = np.linalg.solve(np.hstack([before, np.ones((3, 1))]), after).T
    inverse = np.linalg.inv(np.vstack([forward, [0, 0, 1]]))
    y, x = np.mgrid[0:height, 0:width].astype(float)
    from_x, from_y = (inverse[i, 0] * x + inverse[i, 1] * y + inverse[i, 2] for i in (0, 1))
    moved = np.stack([sampled(plane, from_y, from_x, outside) for plane in image])
    if scale == 0:
        return moved
    fields = []
    for _ in range(2):
        field = np.array([-1 + 2 * draws.coarse() for _ in range(height * width)]).reshape(height, width)
        fields.append(side * scale * ndimage.gaussian_filter(field, side * sigma, mode="reflect", truncate=3))
    right, down = fields
    return np.stack([sampled(plane, y + down, x + right, bent) for plane in moved])


def mapped(image, matrix, mode):
    """matrix: from (x, y) about the middle of the result to (x, y) about that of the image."""
    _, height, width = image.shape
    y, x = np.mgrid[0:height, 0:width].astype(float)
    x, y = x - (width - 1) / 2, y - (height - 1) / 2
    columns = matrix[0][0] * x + matrix[0][1] * y + (width - 1) / 2
    rows = matrix[1][0] * x + matrix[1][1] * y + (height - 1) / 2
    return np.stack([sampled(plane, rows, columns, mode) for plane in image])


def rotation(image, draws, angle, mode):
    angle *= draws.sign()
    return mapped(image, [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], mode)


def shear(image, draws, angle):
    angle *= draws.sign()
    return mapped(image, [[1, -math.sin(angle)], [0, math.cos(angle)]], "grid-constant")


def scale(image, draws, factor, mode):
    return mapped(image, [[1 / factor, 0], [0, 1 / factor]], mode)


def shift(image, draws, pixels, mode):
    down, right = draws.sign() * pixels, draws.sign() * pixels
    return np.stack([ndimage.shift(plane, (down, right), order=0, mode=mode) for plane in image])


def occlusion(image, draws, share):
    _, height, width = image.shape
    side = round(share * min(height, width))
    top, left = draws.integer(height - side + 1), draws.integer(width - side + 1)
    result = image.copy()
    result[:, top:top + side, left:left + side] = 0
    return result


def spatter(image, draws, mean, deviation, smooth, cut, drops):
    field = mean + deviation * draws.normals(image[0].size).reshape(image[0].shape)
    mud = ndimage.gaussian_filter((ndimage.gaussian_filter(field, smooth, mode="nearest") > cut).astype(float), drops, mode="nearest")
    mud[mud < 0.8] = 0
    return (image[0] * (1 - mud) + mud * 63 / 255)[None]


def stripe(image, draws):
    result = image.copy()
    for part in (slice(0, 7), slice(21, 28)):
        result[:, :, part] = 1 - result[:, :, part]
    return result


def line(start, end):
    (c0, r0), (c1, r1) = start, end
    rows, columns = np.mgrid[0:28, 0:28]
    distance = np.clip(abs(rows - (r0 + (r1 - r0) / (c1 - c0) * (columns - c0))), 0, 2.3 - 1e-10)
    bright = np.clip(1 + np.log(1 - distance / 2.3), 0, 1)
    bright[:, :math.floor(c0)] = 0
    bright[:, math.ceil(c1):] = 0
    return bright


def dotted_line(image, draws):
    bright = line((0, draws.integer(27)), (27, draws.integer(27)))
    bright[:, np.arange(28) % 4 < 2] = 0
    return image + bright


def zigzag(image, draws):
    start = draws.integer(27)
    theta = math.atan((draws.integer(10) - 5) / 23)
    whole = 23 / math.cos(theta)
    along = [0] + [2 * (2 * i + 1) for i in range(int((whole - 2) // 4) + 1)]
    across = [0] + [2 * (-1) ** i for i in range(len(along) - 1)]
    last = 4 * (whole // 4)
    if whole != last:
        across.append(across[-1] / (2 * (whole - last)))
        along.append(whole)
    points = [(2 + a * math.cos(theta) - b * math.sin(theta), start + a * math.sin(theta) + b * math.cos(theta))
              for a, b in zip(along, across)]
    plane = image[0].copy()
    for first, second in zip(points, points[1:]):
        plane = np.minimum(1, plane + line(first, second))
    return plane[None]


def canny_edges(image, draws):
    plane, inside = image[0], np.ones_like(image[0])
    smooth = ndimage.gaussian_filter(plane, 1, mode="constant") / ndimage.gaussian_filter(inside, 1, mode="constant")
    down, right = ndimage.sobel(smooth, axis=0, mode="nearest"), ndimage.sobel(smooth, axis=1, mode="nearest")
    slope = np.hypot(down, right)
    crest = np.zeros(slope.shape, bool)
    for row in range(1, 27):
        for column in range(1, 27):
            d, r = down[row, column], right[row, column]
            if slope[row, column] == 0:
                continue
            longest = max(abs(d), abs(r))
            step = np.array([d / longest, r / longest])
            beside = [ndimage.map_coordinates(slope, [[row + s * step[0]], [column + s * step[1]]], order=1)[0] for s in (1, -1)]
            crest[row, column] = max(beside) <= slope[row, column] + 1e-12
    weak, strong = crest & (slope >= 0.1), crest & (slope >= 0.2)
    labels, count = ndimage.label(weak, np.ones((3, 3)))
    kept = [label for label in range(1, count + 1) if strong[labels == label].any()]
    return np.isin(labels, kept).astype(float)[None]


def steps(count, step):
    return [[1 + i * step for i in range(count)]]


BLACK = "grid-constant"
PICTURES = {
    "gaussian_noise": (gaussian_noise, [[.04], [.06], [.08], [.09], [.10]]),
    "shot_noise": (shot_noise, [[500], [250], [100], [75], [50]]),
    "impulse_noise": (impulse_noise, [[.01], [.02], [.03], [.05], [.07]]),
    "defocus_blur": (defocus_blur, [[.3, .4], [.4, .5], [.5, .6], [1, .2], [1.5, .1]]),
    "motion_blur": (motion_blur, [[6, 1], [6, 1.5], [6, 2], [8, 2], [9, 2.5]]),
    "zoom_blur": (zoom_blur, [[list(np.arange(1, end, .01))] for end in (1.06, 1.11, 1.16, 1.21, 1.26)]),
    "brightness": (brightness, [[.05], [.1], [.15], [.2], [.3]]),
    "contrast": (contrast, [[.75], [.5], [.4], [.3], [.15]]),
    "fog": (fog, [[.2, 3], [.5, 3], [.75, 2.5], [1, 2], [1.5, 1.75]]),
    "saturate": (saturate, [[.3, 0], [.1, 0], [1.5, 0], [2, .1], [2.5, .2]]),
    "pixelate": (pixelate, [[.95], [.9], [.85], [.75], [.65]]),
    "jpeg": (jpeg, [[80], [65], [58], [50], [40]]),
    "elastic": (elastic, [[*c, "mirror", "reflect"] for c in
                          ((0, 0, .08), (.05, .2, .07), (.08, .06, .06), (.1, .04, .05), (.1, .03, .03))]),
    "rotation": (rotation, [[math.radians(angle), "nearest"] for angle in (6, 12, 18, 24, 30)]),
    "shift": (shift, [[pixels, "nearest"] for pixels in (1, 2, 3, 4, 5)]),
    "scale": (scale, [[factor, "nearest"] for factor in (1.1, 1.2, 1.3, 1.4, 1.5)]),
    "occlusion": (occlusion, [[.2], [.25], [.3], [.35], [.4]]),
}
DIGITS = {
    "gaussian_noise": (gaussian_noise, [[.08], [.12], [.18], [.26], [.38]]),
    "shot_noise": (shot_noise, [[60], [25], [12], [5], [3]]),
    "impulse_noise": (impulse_noise, [[.03], [.06], [.09], [.17], [.27]]),
    "defocus_blur": (defocus_blur, [[3, .1], [4, .5], [6, .5], [8, .5], [10, .5]]),
    "glass_blur": (glass_blur, [[.7, 1, 2], [.9, 2, 1], [1, 2, 3], [1.1, 3, 2], [1.5, 4, 2]]),
    "motion_blur": (motion_blur, [[10, 3], [15, 5], [15, 8], [15, 12], [20, 15]]),
    "zoom_blur": (zoom_blur, [[list(np.arange(1, end, step))] for end, step in
                              ((1.11, .01), (1.16, .01), (1.21, .02), (1.26, .02), (1.31, .03))]),
    "brightness": (brightness, [[.1], [.2], [.3], [.4], [.5]]),
    "contrast": (contrast, [[.4], [.3], [.2], [.1], [.05]]),
    "fog": (fog, [[1.5, 2, 256], [2, 2, 256], [2.5, 1.7, 256], [2.5, 1.5, 256], [3, 1.4, 256]]),
    "spatter": (spatter, [[.65, .3, 4, .69, .6], [.65, .3, 3, .68, .6], [.65, .3, 2, .68, .5], [.65, .3, 1, .65, 1.5],
                          [.67, .4, 1, .65, 1.5]]),
    "pixelate": (pixelate, [[.6], [.5], [.4], [.3], [.25]]),
    "jpeg": (jpeg, [[25], [18], [15], [10], [7]]),
    "elastic": (elastic, [[*c, BLACK, "constant"] for c in
                          ((2, .7, .1), (2, .08, .2), (.05, .01, .02), (.07, .01, .02), (.12, .01, .02))]),
    "rotation": (rotation, [[angle, BLACK] for angle in (.2, .4, .6, .8, 1)]),
    "shear": (shear, [[.2], [.4], [.6], [.8], [1]]),
    "shift": (shift, [[pixels, "constant"] for pixels in (1, 2, 3, 4, 5)]),
    "scale": (scale, [[factor, BLACK] for factor in (.9, .8, .7, .6, .5)]),
    "occlusion": (occlusion, [[.2], [.25], [.3], [.35], [.4]]),
    "stripe": (stripe, [[]]),
    "dotted_line": (dotted_line, [[]]),
    "zigzag": (zigzag, [[]]),
    "canny_edges": (canny_edges, [[]]),
}


def picture(channels, height, width):
    c, r, k = np.mgrid[0:channels, 0:height, 0:width]
    waves = 120 + 90 * np.sin(0.31 * r + 0.9 * c) * np.cos(0.23 * k - 0.5 * c) + 40 * ((r // 5 + k // 6) % 2)
    waves[:, 2:5, 3:6] = 0
    waves[:, height - 6:height - 3, width - 8:width - 4] = 255
    waves[:, 8:10, 1:4] = 77
    return np.clip(np.round(waves), 0, 255).astype(np.uint8)


def digit():
    y, x = np.mgrid[0:28, 0:28]
    ring = np.exp(-((np.hypot((x - 13) / 1.1, (y - 12)) - 6.5) ** 2) / 3)
    stroke = np.exp(-((x - 19 + (y - 18) * 0.3) ** 2) / 4) * (y > 10) * (y < 25)
    return np.round(255 * np.clip(ring + stroke, 0, 1)).astype(np.uint8)[None]


def encoded(image):
    return base64.b64encode(image.astype(np.uint8).tobytes()).decode()


cases = []
for image, kinds in ((picture(3, 22, 26), PICTURES), (digit(), DIGITS)):
    for name, (function, settings) in kinds.items():
        for severity, values in enumerate(settings, 1):
            draws = Draws(SEED, 7000 + 10 * STREAMS.index(name) + severity, NUMBER)
            result = function(image / 255, draws, *values)
            cases.append({"kind": name, "severity": severity, "shape": list(image.shape),
                          "pixels": encoded(np.floor(np.clip(result, 0, 1) * 255 + 0.5))})
images = {"x".join(map(str, image.shape)): encoded(image) for image in (picture(3, 22, 26), digit())}
print(json.dumps({"seed": SEED, "number": NUMBER, "images": images, "cases": cases}, indent=0))
