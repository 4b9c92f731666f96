"""Corruption ladders: which measures can be trusted on this study's images, at this number of them.

Subjects are divided into two halves at random, several times over. Images of one half are corrupted by degrees (see `corruptions`), and
each measure compares them with the other half's, as it would compare created images. A measure that works gets worse with every rung, so
Kendall's tau of its values with severity is near 1 (Xu et al. 2018, arXiv:1806.07755, for putting measures to such tests). All rungs of a
ladder share their images and their random numbers, so that severity is all that they differ by.

"Worse" is larger for a measure that is better low, smaller for one that is better high, and for one that should be as it is of real images
the distance from its value of the halves the other way round, both uncorrupted.

What each measure is meant for, and when it works, is in `verdicts`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from .corruptions import CORRUPTIONS, REPEATING
from .detectability import detectability
from .verdicts import ALL, COLUMNS, verdicts

__all__ = ["ALL", "COLUMNS", "CORRUPTIONS", "Cost", "climb", "detectability", "verdicts"]

SEVERITIES = (0.0, 0.25, 0.5, 0.75, 1.0)
REPEATS, EACH = 5, 60
LOW, HIGH, AS_REAL = "low", "high", "as_real"


@dataclass(frozen=True)
class Cost:
    """How much is done: time grows with the product of all three, and with the measures.

    Attributes
    ----------
    repeats : int
        Divisions of the subjects into halves; two at least.
    each : int
        Images of a half, at most: as many of both.
    severities : tuple of float
        Rungs, from 0; three at least.
    """

    repeats: int = REPEATS
    each: int = EACH
    severities: tuple = SEVERITIES

    def __post_init__(self):
        rungs = list(self.severities)
        if self.repeats < 2 or self.each < 2 or len(rungs) < 3 or rungs[0] != 0 or rungs != sorted(set(rungs)) or rungs[-1] > 1:
            found = f"repeats {self.repeats}, each {self.each}, severities {rungs}"
            expected = "2 repeats and 2 images at least, and 3 severities or more that rise from 0 to 1 at most"
            raise InputError("corruption ladders", found, expected, "leave them out for the usual ones")


def climb(images, subject, evaluate, better, seed, cost=None, observer=None, corruptions=CORRUPTIONS):
    """Every rung of every ladder.

    Parameters
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)
        Real ones.
    subject : sequence of str, length n
    evaluate : callable
        (reference, examined, subject, rng): real images, images that are examined as created ones would be, the subject of each, those of
        the reference first, and the random numbers of this rung; gives a dict of values by (measure, feature space), NaN where none.
        An examined image keeps the subject of the real one in whose place it is: whoever learns what the examined subjects look like would
        tell the halves without any corruption. Where images come again (REPEATING), each is a subject of its own, as created ones are: what
        never looks at pairs of one subject would not see that they are the same.
    better : dict of str
        low, high or as_real, of each measure.
    seed : int
    cost : Cost, optional
    observer : callable, optional
        (reference, examined, subject, rng), as above, to how well a model observer tells them, larger where better (see `detectability`).
    corruptions : dict
        As `corruptions.CORRUPTIONS`.

    Returns
    -------
    pandas.DataFrame
        repeat, corruption, severity, measure, feature_space, value, worse (value turned so that larger is worse) and observer (NaN without
        one).

    Raises
    ------
    InputError
        Fewer than four subjects, a corruption that cannot be, or a measure without a direction.
    """
    cost, subject = cost or Cost(), np.asarray(subject).astype(str)
    if len(np.unique(subject)) < 4:
        found = f"real images of {len(np.unique(subject))} subjects"
        raise InputError("corruption ladders", found, "four at least, two in each half", "add subjects, or go without this table")
    rows = []
    for repeat in range(cost.repeats):
        halves = _halves(subject, cost.each, np.random.default_rng([seed, repeat]))
        reference, other = (images[half] for half in halves)
        known = [np.concatenate([subject[half] for half in order]) for order in (halves, halves[::-1])]
        alone = np.concatenate([subject[halves[0]], [f"image {k}" for k in range(len(other))]])

        def look(examined, known, reference=reference, repeat=repeat):
            judges = (evaluate, observer) if observer else (evaluate,)
            found = [judge(reference, examined, known, np.random.default_rng([seed, repeat, 1])) for judge in judges]
            return found[0], found[1] if observer else np.nan

        swapped = evaluate(other, reference, known[1], np.random.default_rng([seed, repeat, 1]))
        clean = {again: look(other, alone if again else known[0]) for again in (False, True)}
        for name, corrupt in corruptions.items():
            again = name in REPEATING
            for severity in cost.severities:
                # The same random numbers for every rung.
                examined = corrupt(other, severity, np.random.default_rng([seed, repeat, 2]), reference=reference)
                values, seen = clean[again] if severity == 0 else look(examined, alone if again else known[0])
                for (measure, space), value in values.items():
                    worse = _worse(value, swapped[measure, space], _direction(better, measure))
                    rows.append((repeat, name, severity, measure, space, value, worse, seen))
    columns = ["repeat", "corruption", "severity", "measure", "feature_space", "value", "worse", "observer"]
    return pd.DataFrame(rows, columns=columns)


def _halves(subject, each, rng):
    """Numbers of images of two disjoint halves of the subjects, equally many of both."""
    names = rng.permutation(np.unique(subject))
    pools = [np.flatnonzero(np.isin(subject, part)) for part in np.array_split(names, 2)]
    count = min(each, *map(len, pools))
    return [np.sort(rng.permutation(pool)[:count]) for pool in pools]


def _direction(better, measure):
    if better.get(measure) not in (LOW, HIGH, AS_REAL):
        found = f"'{measure}' better {better.get(measure, 'unsaid')}"
        raise InputError("corruption ladders", found, f"{LOW}, {HIGH} or {AS_REAL}", nearest(measure, better))
    return better[measure]


def _worse(value, of_real, direction):
    if direction == AS_REAL:
        return abs(value - of_real)
    return value if direction == LOW else -value
