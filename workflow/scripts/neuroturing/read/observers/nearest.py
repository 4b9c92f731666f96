"""The nearest-neighbour reader: an image that lies nearer to a real image than to any created one is called real.

The decision variable is ln(d_created / d_real), d being the root mean squared difference of grey levels to the nearest image of each kind,
with as many of both kinds to be near to: the nearest of more is nearer.
"""

import numpy as np

from ...config.types import Field, Options


class Options(Options):
    """How a nearest-neighbour reader compares."""

    side: int = Field(32, ge=4, le=1024, description="images are averaged to about so many pixels a side before they are compared")


def fit(seen, is_real, settings, rng):
    """Keep as many real images as created ones.

    Parameters
    ----------
    seen : numpy.ndarray, shape (n, pixels)
        From `outputs`.
    is_real : numpy.ndarray of bool, shape (n,)
    settings : dict
        Not used.
    rng : numpy.random.Generator
        Draws which images of the larger kind are kept.

    Returns
    -------
    callable
        Outputs to decision variables, shape (n,).
    """
    from scipy.spatial.distance import cdist

    number = min(is_real.sum(), (~is_real).sum())
    kinds = [seen[rng.choice(np.flatnonzero(kind), number, replace=False)] for kind in (is_real, ~is_real)]

    def decide(others):
        # Half a grey level more, so that an image that is one of them has a logarithm.
        real, created = (cdist(others, kind).min(axis=1) / np.sqrt(seen.shape[1]) + 0.5 for kind in kinds)
        return np.log(created / real)

    return decide


def outputs(images, settings):
    """Images averaged over blocks of whole pixels, and flat: shape (n, pixels)."""
    block = max(1, min(images.shape[1:]) // Options(**settings).side)
    height, width = (length // block for length in images.shape[1:])
    parts = images[:, : height * block, : width * block].reshape(len(images), height, block, width, block)
    return parts.mean(axis=(2, 4)).reshape(len(images), -1)
