"""How well a model observer tells corrupted images, beside the measures."""

import numpy as np
from scipy import stats

from ..features.remembered import Remembered


def detectability(outputs, fit):
    """A model observer for `climb`: area under its ROC curve of images that it has not learnt from.

    Parameters
    ----------
    outputs : callable
        uint8 images to an array of shape (n, outputs), each image by itself, such as `read.observers.hotelling.outputs` with settings.
    fit : callable
        (outputs, which are real) to a callable that gives decision variables, larger for real: `read.observers.hotelling.fit`.

    Returns
    -------
    callable
        (reference, examined, subject of all, those of the reference first, rng) to the mean area of two halves of the subjects of either
        side, each half judged by who learnt from the other. Below one half where examined images are copies of the reference's: who learnt
        from the original finds the copy more real than a real image of another subject.
    """
    outputs = Remembered(outputs)

    def area(reference, examined, subject, rng):
        seen = np.concatenate([outputs(reference), outputs(examined)])
        is_real = np.arange(len(seen)) < len(reference)
        side = np.concatenate([_half(subject[part], rng) for part in (is_real, ~is_real)])
        found = []
        for learn in (side, ~side):
            decision = fit(seen[learn], is_real[learn])(seen[~learn])
            real, other = decision[is_real[~learn]], decision[~is_real[~learn]]
            found.append(stats.mannwhitneyu(real, other).statistic / (len(real) * len(other)))
        return float(np.mean(found))

    return area


def _half(subject, rng):
    """Whether an image is of one half of the subjects."""
    names, member = np.unique(subject, return_inverse=True)
    return rng.permutation(np.arange(len(names)) % 2 == 0)[member]
