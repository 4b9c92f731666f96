"""A blinding audit: what a cheat would try on a quiz, who looks at no anatomy.

Each cue is a number that anybody's computer gives of a picture. How well it tells real from created images is the area below its ROC
curve: 0.5 where it does not, and 0 as telling as 1. Cues of the file, and of exact grey levels and the border, no eye could see: they let
the quiz be won without looking, and their cause can and should be taken away. A visible cue is a difference between the images, in
brightness, texture or where heads meet the frame, which a reader may well see; it says what the created images lack.

The quiz is taken as the reader gets it: the picture files, in the order of the key.
"""

import logging
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from ..errors import InputError
from .design import TEST
from .judgements import first_showings
from .pictures import FRAME
from .quiz_files import read_key
from .rating import BOUND, LOGIT, area
from .score import holm

COLUMNS = (
    "reader", "dataset", "recipe", "n_real", "n_created", "cue", "sort", "auc", "low", "high", "p", "p_adjusted", "verdict", "method",
)  # fmt: skip
FILE, GREY, VISIBLE = "file", "exact grey levels", "visible"
LEVEL = 0.05
FOLDS, PERMUTATIONS = 5, 999
# Below so many images of a kind no more than single cues are tried.
FEWEST = 2 * FOLDS
LEAK, CUE, NOTHING = "leak: the quiz can be won by it", "visible: tells them apart", "within chance"
CUES = {
    "file_length": (FILE, "bytes of the picture file"),
    "name": (FILE, "place of its name in the alphabet"),
    "order": (FILE, "place in the quiz"),
    "grey_levels": (GREY, "number of different grey levels"),
    "histogram_gaps": (GREY, "share of the levels from darkest to brightest that no pixel has"),
    "minimum": (GREY, "darkest level"),
    "darkest_above": (GREY, "darkest level above that"),
    "maximum": (GREY, "brightest level"),
    "border": (GREY, "mean grey level of the outermost pixels"),
    "cut_heads": (VISIBLE, "mean grey level of the pixels next to the border, where heads are cut by it"),
    "saturated": (VISIBLE, "share of the pixels that have the brightest level"),
    "mean": (VISIBLE, "mean grey level"),
    "edges": (VISIBLE, "share of the variance above a quarter cycle a pixel"),
    "compressed": (VISIBLE, "bytes of the pixels when compressed"),
}
TOGETHER = {
    "file and grey levels": tuple(name for name, (sort, _) in CUES.items() if sort != VISIBLE),
    "all together": tuple(CUES),
}


def audit(quizzes, datasets, recipes, seed=0):
    """Try every cue on every quiz.

    Parameters
    ----------
    quizzes : dict of str to (path, path)
        Folder of pictures, and key, of each reader.
    datasets, recipes : dict of str to str
        What tables call each.
    seed : int
        Of the permutations.

    Returns
    -------
    list of dict
        `COLUMNS`: a row for each reader, model and cue, and for several cues together. auc is above 0.5 where real images have more of it.
        Single cues: the interval of `rating.area`, P of the Mann-Whitney test, two-sided. Together: a linear (ridge) regression of the
        truth on the cues' ranks, each image valued by one that has not seen it (cross-validation); low and high then are chance's, from
        the same with the truths exchanged at random; P is one-sided, from the mean and spread of these. P is adjusted by Holm over a
        reader's rows. Of an image that comes twice the first showing counts: the second would count the same cues again.

    Raises
    ------
    InputError
        A picture that is missing or none.
    """
    rows = []
    for reader, (folder, key_path) in quizzes.items():
        key = read_key(key_path)
        cues = measure(folder, key)
        mine = []
        for (dataset, recipe), part in first_showings(key[key["block"] == TEST]).groupby(["dataset", "recipe"], sort=False):
            is_real = (part["truth"] == "real").to_numpy()
            named = f"{datasets.get(dataset, dataset)}, {part['size'].iloc[0]}"
            who = {"reader": reader, "dataset": named, "recipe": recipes.get(recipe, recipe)}
            who |= {"n_real": int(is_real.sum()), "n_created": int((~is_real).sum())}
            mine += [who | row for row in tried(cues.loc[part.index], is_real, np.random.default_rng(seed))]
        for row, adjusted in zip(mine, holm([row["p"] for row in mine]), strict=True):
            told = adjusted < LEVEL
            row |= {"p_adjusted": float(adjusted), "verdict": NOTHING if not told else CUE if row["sort"] == VISIBLE else LEAK}
        _warn(reader, [row for row in mine if row["verdict"] == LEAK])
        rows += mine
    return rows


def _warn(reader, leaks):
    if leaks:
        names = ", ".join(dict.fromkeys(row["cue"].replace("_", " ") for row in leaks))
        logging.warning("The quiz of %s can be won without looking at anatomy, by: %s (see blinding.html).", reader, names)


def measure(folder, key):
    """The cues of every picture of a quiz, shape (images, cues), indexed as the key."""
    rows = [_cues(Path(folder) / f"{name}.png") for name in key["image_id"]]
    table = pd.DataFrame(rows, index=key.index)
    table["name"] = key["image_id"].rank()
    table["order"] = key["order"]
    return table[list(CUES)].astype(float)


def _cues(path):
    from PIL import Image

    try:
        with Image.open(path) as picture:
            pixels = np.array(picture)
        length = path.stat().st_size
    except OSError as error:
        raise InputError(path, f"not readable ({error})", "a picture of the quiz", "draw this reader's quiz anew, by draw_quiz") from error
    levels = np.unique(pixels)
    darkest, brightest = int(levels[0]), int(levels[-1])
    power = np.abs(np.fft.fft2(pixels - pixels.mean())) ** 2
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(size) for size in pixels.shape), indexing="ij"))
    return {
        "file_length": length,
        "grey_levels": len(levels),
        "histogram_gaps": 1 - len(levels) / (brightest - darkest + 1),
        "minimum": darkest,
        "darkest_above": int(levels[min(1, len(levels) - 1)]),
        "maximum": brightest,
        "border": _outline(pixels).mean(),
        "cut_heads": _outline(pixels[FRAME:-FRAME, FRAME:-FRAME]).mean(),
        "saturated": (pixels == brightest).mean(),
        "mean": pixels.mean(),
        "edges": power[frequency > 0.25].sum() / max(power.sum(), 1e-9),
        "compressed": len(zlib.compress(pixels.tobytes(), 9)),
    }


def _outline(pixels):
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def tried(cues, is_real, rng):
    """Rows of one block: each cue by itself, then together.

    Parameters
    ----------
    cues : pandas.DataFrame, shape (images, cues)
    is_real : numpy.ndarray of bool, shape (images,)
    rng : numpy.random.Generator

    Yields
    ------
    dict
        cue, sort, auc, low, high, p, method.
    """
    for name, (sort, _) in CUES.items():
        real, created = cues[name][is_real], cues[name][~is_real]
        auc, low, high = area(real, created)
        same = cues[name].nunique() < 2
        p = 1.0 if same else np.nan
        if not same and len(real) and len(created):
            p = float(stats.mannwhitneyu(real, created, method="asymptotic").pvalue)
        if same:
            auc = low = high = 0.5
        method = "the same of all" if same else BOUND if auc in (0, 1) else LOGIT
        yield {"cue": name, "sort": sort, "auc": auc, "low": low, "high": high, "p": p, "method": method}
    for name, names in TOGETHER.items():
        sort = VISIBLE if set(names) == set(CUES) else GREY
        found = _together(cues[list(names)], is_real, rng) if min(is_real.sum(), (~is_real).sum()) >= FEWEST else (np.nan,) * 4
        yield {"cue": name, "sort": sort, **dict(zip(("auc", "low", "high", "p"), found, strict=True)), "method": "low to high: by chance"}


def _together(cues, is_real, rng):
    """The area of a cross-validated regression, what chance gives (2.5 and 97.5 %), and P."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold

    ranks = cues.rank().to_numpy()
    ranks = ranks[:, np.ptp(ranks, axis=0) > 0]
    if not ranks.shape[1]:
        return 0.5, 0.5, 0.5, 1.0
    ranks = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    # The truth first, then the truths exchanged: all are regressed at once, on the same folds.
    truths = np.column_stack([is_real, *(rng.permutation(is_real) for _ in range(PERMUTATIONS))]).astype(float)
    values = np.empty_like(truths)
    for seen, unseen in KFold(FOLDS, shuffle=True, random_state=int(rng.integers(2**31))).split(ranks):
        values[unseen] = ranks[unseen] @ Ridge().fit(ranks[seen], truths[seen]).coef_.T
    real = is_real.sum()
    areas = ((stats.rankdata(values, axis=0) * truths).sum(axis=0) - real * (real + 1) / 2) / (real * (~is_real).sum())
    value, chance = areas[0], areas[1:]
    low, high = np.quantile(chance, [0.025, 0.975])
    return float(value), float(low), float(high), float(stats.norm.sf((value - chance.mean()) / max(chance.std(ddof=1), 1e-9)))
