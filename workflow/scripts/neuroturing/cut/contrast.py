"""Tell from the images of a subject whether two of its sequences changed places in the table.

Water is dark in T1 and bright in T2; fluid is dark in FLAIR and bright in T2; what takes up contrast medium is bright in T1c
and no longer in T1. Each pair below therefore has many voxels that are dark in the first sequence and bright in the second,
and hardly any the other way round, whatever the scanner's scale. Not from the papers.
"""

import numpy as np
from scipy.stats import rankdata

DARK_THEN_BRIGHT = (("t1", "t1c"), ("flair", "t2"), ("t1", "t2"), ("t1c", "t2"))
TAIL = 0.1
LEAST_SHARE = 5e-4
PLAIN_RATIO = 3.0
STEP = 2


def background(data):
    """The value around the head: the most frequent one on the six faces of the array."""
    faces = [np.moveaxis(data, axis, 0)[end].ravel() for axis in range(3) for end in (0, -1)]
    values, counts = np.unique(np.concatenate(faces), return_counts=True)
    return float(values[np.argmax(counts)])


def swapped_pairs(scans):
    """Pairs of sequences whose contrast is plainly that of each other.

    A pair is named where over 0.05 % of the brain is bright (uppermost tenth) in the sequence that should be dark (lowermost
    tenth) and the other way round, and three times as much as lies the way it should. On right order the two shares stand to
    each other as 1 to at least 2, mostly 1 to 10 and more; a T1c without enhancement is never named.

    Parameters
    ----------
    scans : dict of numpy.ndarray
        By sequence name, on one grid; every second voxel is looked at.

    Returns
    -------
    list of tuple of str
    """
    scans = {name: data[::STEP, ::STEP, ::STEP] for name, data in scans.items()}
    brain = np.all([data != background(data) for data in scans.values()], axis=0)
    if not brain.any():
        return []
    rank = {name: rankdata(data[brain]) / np.count_nonzero(brain) for name, data in scans.items()}

    def share(dark, bright):
        return np.mean((rank[dark] < TAIL) & (rank[bright] > 1 - TAIL))

    pairs = [pair for pair in DARK_THEN_BRIGHT if set(pair) <= set(scans)]
    return [(a, b) for a, b in pairs if share(b, a) > max(LEAST_SHARE, PLAIN_RATIO * share(a, b))]
