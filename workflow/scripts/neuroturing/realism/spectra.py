"""What is known of images without a look at where things are: their power by spatial frequency, and their grey levels."""

import numpy as np

# Variance of rounding to whole grey levels, which every image has: below it power means nothing, and a black image has a logarithm.
ROUNDING = 1 / 12
HIGH = 0.25
BATCH = 64


def radial_power(images):
    """Mean power in rings of spatial frequency.

    Parameters
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)

    Returns
    -------
    power : numpy.ndarray, float64, shape (n, rings)
        Grey levels squared, the variance being their mean over frequencies. The rings are as many as half the smaller side has pixels,
        evenly from above 0 to half a cycle a pixel.
    frequency : numpy.ndarray, shape (rings,)
        Upper end of each ring, cycles a pixel.
    """
    height, width = images.shape[1:]
    rings = max(1, min(height, width) // 2)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    # The mean, and corners beyond half a cycle, belong to no ring; a frequency on an edge to the ring below it, whatever its rounding.
    ring = np.where((frequency > 0) & (frequency <= 0.5), np.ceil(np.round(frequency * 2 * rings, 9)) - 1, rings).astype(int).ravel()
    member = (ring[:, None] == np.arange(rings)).astype(float)
    member /= np.maximum(1, member.sum(axis=0))
    parts = np.array_split(images, -(-len(images) // BATCH))
    power = [np.abs(np.fft.fft2(part.astype(float))) ** 2 / (height * width) for part in parts]
    return np.concatenate([part.reshape(len(part), -1) @ member for part in power]), 0.5 * (np.arange(rings) + 1) / rings


def spectrum(power, frequency, reference, examined):
    """How two groups differ in their radial power spectra.

    Parameters
    ----------
    power, frequency : see `radial_power`
    reference, examined : numpy.ndarray of int

    Returns
    -------
    distance : float
        Root mean square, over rings, of the natural logarithm of the groups' ratio of mean power (after Durall et al., CVPR 2020, who
        compare the same spectra); 0 where they are equal.
    ratio : float
        Mean power above a quarter cycle a pixel, examined over reference: below 1 where images are blurred.
    """
    first, second = power[reference].mean(axis=0) + ROUNDING, power[examined].mean(axis=0) + ROUNDING
    high = frequency > HIGH
    return float(np.sqrt(np.mean(np.log(second / first) ** 2))), float(second[high].mean() / first[high].mean())


def grey_levels(images):
    """Share of each image's pixels at or below every grey level, shape (n, 256)."""
    counts = np.array([np.bincount(image.ravel(), minlength=256) for image in images])
    return np.cumsum(counts, axis=1) / images[0].size


def grey_distance(shares, reference, examined):
    """Wasserstein distance between the grey levels of two groups' pixels, in grey levels (Villani 2009, remark 2.19: the area between two
    cumulative distributions)."""
    return float(np.abs(shares[reference].mean(axis=0) - shares[examined].mean(axis=0)).sum())
