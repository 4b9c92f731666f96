"""The channelised Hotelling observer: the best linear reader of a picture seen through a few channels (Barrett et al. 1993; Myers and
Barrett 1987 for the channels).

With v = U'g the outputs of the channels U of an image g, and v1, v0 their means over the two kinds of images, the observer's decision
variable is

    t = w'(v - (v1 + v0) / 2),    w = S^-1 (v1 - v0),

S being the mean of the two kinds' covariances of v. Its area under the ROC curve is Phi(d / sqrt 2), d^2 = (v1 - v0)' S^-1 (v1 - v0),
where v is normal.

Each covariance is estimated from few images for its size, and so is shrunk: S* = (1 - a) S + a (tr S / p) I over p channels that are
scaled to unit variance first, a being the share that minimises the expected squared error of S* (Ledoit and Wolf 2004, A well-conditioned
estimator for large-dimensional covariance matrices), by scikit-learn. A millionth of that variance is added, which matters where there are
hardly any images.

Two kinds of channels:

- `laguerre_gauss`, for a signal at one known place, the middle: u_k(r) = (sqrt 2 / a) exp(-pi r^2 / a^2) L_k(2 pi r^2 / a^2), k from 0
  (Gallas and Barrett 2003);
- `gabor`, for whole images, where what tells created images may be anywhere: Gabor functions of one octave each (Eckstein, Abbey and
  Bochud 2000), cos(2 pi f x' + phase) exp(-4 ln 2 r^2 / w^2), w = 4 ln 2 / (pi B) for a band of width B cycles a pixel about its middle f.
  An image that is turned or moved a little has other outputs of one place and phase, but nearly the same energy of the two phases; so each
  output is the logarithm of the energy, pooled over one cell of a grid. The mean grey level of each cell is a channel beside them.
"""

import numpy as np
from scipy import fft
from scipy.special import eval_laguerre

from ...config.types import Field, Literal, Options

BATCH = 64
# Of the unit variance of a scaled channel: two images of a kind show no error of their covariance, so none is shrunk away and it stays
# singular.
FLOOR = 1e-6


class Options(Options):
    """How a channelised Hotelling observer looks."""

    channels: Literal["gabor", "laguerre_gauss"] = Field(
        "gabor", description="gabor: energy in bands and directions over a grid, for whole images; laguerre_gauss: about the middle alone"
    )
    bands: int = Field(4, ge=1, le=8, description="gabor: octaves below half a cycle a pixel")
    directions: int = Field(4, ge=1, le=16, description="gabor: evenly over half a turn")
    grid: int = Field(4, ge=1, le=16, description="gabor: cells across, and down, over each of which energy is pooled")
    functions: int = Field(6, ge=1, le=40, description="laguerre_gauss: number of channels")
    width: float = Field(0.25, gt=0, le=2, description="laguerre_gauss: a, as a share of the image's smaller side")


def fit(seen, is_real, settings=None, rng=None):
    """Learn to tell real images from created ones.

    Parameters
    ----------
    seen : numpy.ndarray, shape (n, channels)
        Channel outputs.
    is_real : numpy.ndarray of bool, shape (n,)
    settings, rng
        Not used: nothing is chosen or drawn.

    Returns
    -------
    callable
        Channel outputs to decision variables, shape (n,).
    """
    from sklearn.covariance import ledoit_wolf

    kinds = [seen[is_real], seen[~is_real]]
    means = [kind.mean(axis=0) for kind in kinds]
    about = [kind - mean for kind, mean in zip(kinds, means, strict=True)]
    scale = np.sqrt(sum(part.var(axis=0) for part in about) / 2)
    # A channel that is the same of all images tells nothing, whatever its scale.
    scale[scale == 0] = 1
    covariance = sum(ledoit_wolf(part / scale, assume_centered=True)[0] for part in about) / 2
    covariance += FLOOR * np.eye(len(covariance))
    template = np.linalg.solve(covariance, (means[0] - means[1]) / scale) / scale
    middle = (means[0] + means[1]) @ template / 2
    return lambda others: others @ template - middle


def outputs(images, settings):
    """What the channels make of images, shape (n, height, width): shape (n, channels)."""
    options, size = Options(**settings), images.shape[1:]
    if options.channels == "laguerre_gauss":
        channels = laguerre_gauss(size, options.functions, options.width * min(size))
        return images.reshape(len(images), -1) @ channels.reshape(len(channels), -1).T
    rows, columns = (np.arange(length) * options.grid // length for length in size)
    cells = (rows[:, None] * options.grid + columns).ravel()
    # The mean over each cell, as one product.
    pooled = (cells[:, None] == np.unique(cells)).astype(np.float32)
    pooled /= pooled.sum(axis=0)
    waves = gabor(size, options.bands, options.directions).astype(np.float32)
    return np.concatenate([_energies(part, waves, pooled) for part in np.array_split(images, -(-len(images) // BATCH))])


def _energies(images, waves, pooled):
    """Mean grey level and log energies of each cell; `waves` are transfer functions, `pooled` has a column for each cell."""
    images = images.astype(np.float32)
    spectrum = fft.fft2(images)
    found = [images.reshape(len(images), -1) @ pooled]
    for wave in waves:
        filtered = fft.ifft2(spectrum * wave)
        energy = (filtered.real**2 + filtered.imag**2).reshape(len(images), -1)
        # One squared grey level more, so that a black cell has a logarithm.
        found.append(np.log(energy @ pooled + 1))
    return np.concatenate(found, axis=1).astype(float)


def gabor(size, bands, directions):
    """Transfer functions of Gabor channels, each with both phases as real and imaginary part: shape (bands * directions, height, width).

    The bands are 1/4 to 1/2 cycles a pixel, 1/8 to 1/4, and so on down; the mean of an image passes none of them.
    """
    vertical, horizontal = (np.fft.fftfreq(length) for length in size)
    waves = []
    for band in range(bands):
        lowest = 2.0 ** -(band + 2)
        # A Gaussian of width w at half its height has one of width 4 ln 2 / (pi w) = B in frequency.
        middle, breadth = 1.5 * lowest, lowest
        for direction in np.pi * np.arange(directions) / directions:
            away = (horizontal - middle * np.cos(direction)) ** 2 + (vertical[:, None] - middle * np.sin(direction)) ** 2
            waves.append(np.exp(-4 * np.log(2) * away / breadth**2))
            waves[-1][0, 0] = 0
    return np.array(waves)


def laguerre_gauss(size, functions, width):
    """Laguerre-Gauss channels about the middle of an image, `width` a in pixels: shape (functions, height, width)."""
    vertical, horizontal = (np.arange(length) - (length - 1) / 2 for length in size)
    square = (horizontal**2 + vertical[:, None] ** 2) / width**2
    return np.array([np.sqrt(2) / width * np.exp(-np.pi * square) * eval_laguerre(k, 2 * np.pi * square) for k in range(functions)])
