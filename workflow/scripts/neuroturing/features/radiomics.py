"""Radiomics: first-order and texture features of the head, by scikit-image, without weights.

The features are of the families of Zwanenburg et al. (Radiology 2020;295:328), two-dimensional and by other bins, so they are not to be
compared with those of other software:

- first order, of the head's grey levels (0 to 255): share of the image, mean, standard deviation, skewness, excess kurtosis, entropy over
  32 bins in bits, percentiles;
- grey level co-occurrence (Haralick et al., IEEE Trans Syst Man Cybern 1973;3:610) of 16 levels, pairs of head pixels alone, at 1, 3 and 6
  pixels: mean over four directions, and range over them, which is large where a texture has a direction;
- uniform, rotation invariant local binary patterns (Ojala et al., IEEE Trans Pattern Anal 2002;24:971) of 8 points at 1 and 3 pixels: share
  of each pattern within the head;
- magnitude of the gradient within the head by central differences, grey levels a pixel;
- decimal logarithm of the power, grey levels squared, in 8 bands of spatial frequency up to half a cycle a pixel.

The head is what lies at or above the black level that all images share. Levels have fixed bins, since the grey scale of a study is fixed
when its images are cut. Nothing of an image without a head is undefined: its features are 0.
"""

import numpy as np
from scipy import ndimage

from ..imageset import BLACK_LEVEL
from .sizes import averaged, check_size, check_training

LEAST = 3
LARGEST, BATCH = 128, 64
LEVELS, DISTANCES, ANGLES = 16, (1, 3, 6), tuple(np.pi * np.arange(4) / 4)
PROPERTIES = ("contrast", "homogeneity", "energy", "correlation", "entropy")
POINTS, RADII = 8, (1, 3)
PERCENTILES = (5, 25, 50, 75, 95)
GRADIENT_PERCENTILES = (50, 90, 99)
BANDS = 8
NAMES = (
    *("head_share", "mean", "sd", "skewness", "kurtosis", "entropy"),
    *(f"percentile_{p}" for p in PERCENTILES),
    *(f"{name}_{distance}_{of}" for of in ("mean", "range") for name in PROPERTIES for distance in DISTANCES),
    *(f"pattern_{radius}_{k}" for radius in RADII for k in range(POINTS + 2)),
    *("gradient_mean", "gradient_sd", "gradient_skewness"),
    *(f"gradient_percentile_{p}" for p in GRADIENT_PERCENTILES),
    *(f"power_{k}" for k in range(BANDS)),
)


class Radiomics:
    """Features in standard deviations of the training images, from their mean.

    Attributes
    ----------
    size : tuple of int
        Height and width in pixels.
    names : list of str
        Of NAMES, those that are not the same for all training images.
    """

    def __init__(self, size, kept, mean, scale):
        self.size, self.kept, self.mean, self.scale = size, kept, mean, scale
        self.names = [name for name, keep in zip(NAMES, kept, strict=True) if keep]

    @classmethod
    def fit(cls, images, labels, seed):
        """See the package. Labels and seed are not used. Raises InputError for fewer than three images, or images all the same."""
        check_training(images, LEAST)
        found = features(images)
        mean, scale = found.mean(axis=0), found.std(axis=0)
        # Rounding gives a feature that is the same for all images a spread of its own.
        kept = scale > 1e-9 * (1 + np.abs(mean))
        return cls(images.shape[1:], kept, mean[kept], scale[kept])

    def transform(self, images):
        """See the package. InputError where images have another size."""
        check_size(images, self.size)
        return (features(images)[:, self.kept] - self.mean) / self.scale


def features(images):
    """Every feature of NAMES, in its own unit; images over about 128 pixels are averaged down to it first.

    Parameters
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)

    Returns
    -------
    numpy.ndarray, float64, shape (n, len(NAMES))
    """
    if max(images.shape[1:]) > LARGEST:
        images = np.rint(averaged(images, LARGEST) * 255).astype(np.uint8)
    return np.concatenate([_batch(part) for part in np.array_split(images, -(-len(images) // BATCH))])


def _batch(images):
    heads = images >= BLACK_LEVEL
    parts = [
        np.array([_first_order(image[head], head.mean()) for image, head in zip(images, heads, strict=True)]),
        _co_occurrence(images, heads),
        np.array([_patterns(image, head) for image, head in zip(images, heads, strict=True)]),
        _gradient(images, heads),
        _power(images),
    ]
    return np.concatenate(parts, axis=1)


def _first_order(values, share):
    if not len(values):
        return np.zeros(6 + len(PERCENTILES))
    bins = np.bincount(values // 8, minlength=32) / len(values)
    bins = bins[bins > 0]
    entropy = -np.sum(bins * np.log2(bins))
    return [share, *_moments(values.astype(float)), entropy, *np.percentile(values, PERCENTILES)]


def _moments(values):
    """Mean, standard deviation, skewness and excess kurtosis; the last two are 0 where all values are equal."""
    mean, sd = values.mean(), values.std()
    if sd < 1e-9:
        return mean, 0.0, 0.0, 0.0
    score = (values - mean) / sd
    square = score * score
    return mean, sd, np.mean(square * score), np.mean(square * square) - 3


def _co_occurrence(images, heads):
    from skimage.feature import graycomatrix, graycoprops

    # Level 0 is what is not head; its pairs are dropped.
    levels = np.where(heads, images // (256 // LEVELS) + 1, 0).astype(np.uint8)
    pairs = [graycomatrix(level, DISTANCES, ANGLES, LEVELS + 1, symmetric=True)[1:, 1:] for level in levels]
    pairs = np.concatenate(pairs, axis=2)
    found = np.array([graycoprops(pairs, name) for name in PROPERTIES]).reshape(len(PROPERTIES), len(images), len(DISTANCES), -1)
    both = np.array([found.mean(axis=-1), np.ptp(found, axis=-1)])
    return both.transpose(2, 0, 1, 3).reshape(len(images), -1)


def _patterns(image, head):
    from skimage.feature import local_binary_pattern

    shares = []
    for radius in RADII:
        codes = local_binary_pattern(image, POINTS, radius, "uniform")[head].astype(int)
        shares.append(np.bincount(codes, minlength=POINTS + 2) / max(1, len(codes)))
    return np.concatenate(shares)


def _gradient(images, heads):
    values = images.astype(np.float32)
    size = np.hypot(*(ndimage.correlate1d(values, (-0.5, 0, 0.5), axis) for axis in (1, 2)))
    found = np.zeros((len(images), 3 + len(GRADIENT_PERCENTILES)))
    for row, inside in zip(found, (part[head] for part, head in zip(size, heads, strict=True)), strict=True):
        if len(inside):
            row[:3] = _moments(inside.astype(float))[:3]
            row[3:] = np.percentile(inside, GRADIENT_PERCENTILES)
    return found


def _power(images):
    height, width = images.shape[1:]
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    # Corners beyond half a cycle a pixel, and the mean, belong to no band.
    band = np.where((frequency > 0) & (frequency <= 0.5), np.ceil(frequency * 2 * BANDS) - 1, BANDS).astype(int).ravel()
    chosen = (band[:, None] == np.arange(BANDS)).astype(float)
    chosen /= np.maximum(1, chosen.sum(axis=0))
    power = np.abs(np.fft.rfft2(images)) ** 2 / (height * width)
    # One squared grey level more, so that a black image has a logarithm.
    return np.log10(power.reshape(len(images), -1) @ chosen + 1)
