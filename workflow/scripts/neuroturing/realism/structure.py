"""Multi-scale structural similarity of pairs of images: how much alike a group's images are among themselves."""

import numpy as np

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW, WIDTH = 11, 1.5
K1, K2, WHITE = 0.01, 0.03, 255.0


def scales(size):
    """Scales that images of (height, width) pixels have room for: the window fits in the smallest; 4 at 128 pixels, 3 at 64, 5 at most."""
    return int(np.clip(np.floor(np.log2(max(min(size) / WINDOW, 1))) + 1, 1, len(WEIGHTS)))


def similarity(images):
    """MS-SSIM of all pairs (Wang, Simoncelli and Bovik, Asilomar 2003, equation 7).

    A Gaussian window of 11 pixels and width 1.5, K1 = 0.01 and K2 = 0.03; the published weights of as many scales as fit (see `scales`),
    made to sum to 1; a negative mean contrast term counts as 0 (as TensorFlow has it).

    Parameters
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)

    Returns
    -------
    numpy.ndarray, float64, shape (n, n)
        1 on the diagonal.
    """
    count = scales(images.shape[1:])
    weights = np.array(WEIGHTS[:count]) / sum(WEIGHTS[:count])
    pixels, found = images.astype(np.float32), np.eye(len(images))
    powers = np.ones((len(images), len(images)))
    for scale, weight in enumerate(weights):
        powers *= np.maximum(_terms(pixels, last=scale == count - 1), 0) ** weight
        pixels = _halved(pixels)
    upper = np.triu(powers, 1)
    return found + upper + upper.T


def _terms(pixels, last):
    """Mean contrast-structure of all pairs i < j, times luminance at the last scale; shape (n, n), 0 elsewhere."""
    down, across = (_blur(length) for length in pixels.shape[1:])

    def smooth(part):
        return down @ part @ across.T

    mean, square = smooth(pixels), smooth(pixels**2)
    c1, c2 = (K1 * WHITE) ** 2, (K2 * WHITE) ** 2
    found = np.zeros((len(pixels),) * 2)
    for k in range(len(pixels) - 1):
        others = slice(k + 1, None)
        product = mean[k] * mean[others]
        means = mean[k] ** 2 + mean[others] ** 2
        term = (2 * (smooth(pixels[k] * pixels[others]) - product) + c2) / (square[k] + square[others] - means + c2)
        if last:
            term = term * (2 * product + c1) / (means + c1)
        found[k, others] = term.mean(axis=(1, 2))
    return found


def _blur(length):
    """The window as a matrix, shape (length - window + 1, length)."""
    size = min(WINDOW, length)
    window = np.exp(-((np.arange(size) - (size - 1) / 2) ** 2) / (2 * WIDTH**2))
    rows = np.arange(length - size + 1)
    matrix = np.zeros((len(rows), length), np.float32)
    for shift, weight in enumerate(window / window.sum()):
        matrix[rows, rows + shift] = weight
    return matrix


def _halved(pixels):
    """Means of 2 x 2 pixels; an odd side has its last line twice."""
    height, width = pixels.shape[1:]
    pixels = np.pad(pixels, ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    return pixels.reshape(len(pixels), pixels.shape[1] // 2, 2, pixels.shape[2] // 2, 2).mean(axis=(2, 4))


def mean_similarity(matrix, units):
    """Mean of a matrix of pairs over those of different units; NaN where there is none."""
    apart = np.not_equal.outer(units, units)
    return float(matrix[apart].mean()) if apart.any() else np.nan
