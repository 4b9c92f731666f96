"""The comparison of Werner et al. 2022: mean counts and left/right ratios of real and created images, cell by cell."""

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from .published import AGAINST, P_VALUES
from .quantify import PATTERNS
from .statistics import cliffs_delta, clusters, delta_interval, equivalence, hodges_lehmann, holm, rank_test

VALUES = {"MC": "mean_counts", "LR": "lr_ratio"}
REFERENCES = {"COR": "COR alone", "all_levels": "all levels"}
COLUMNS = (
    "quantity", "dataset", "pattern", "n_real", "n_created", "median_real", "median_created", "test", "p_value", "p_adjusted",
    "effect_size", "effect_low", "effect_high", "equivalence_p", "published_p",
    "published_against", "reference", "n_subjects", "shift", "margin", "p_unclustered",
    "abs_ln_lr_real", "abs_ln_lr_created", "abs_ln_lr_p", "abs_ln_lr_effect", "verdict", "note",
)  # fmt: skip
LEVEL = 0.05
SIZE_DIFFERS = "the size of the asymmetry differs, whatever its side: see |ln LR| (P below 0.05 after Holm's method over its six cells)"


def comparison(table, b_reference, margins, minimum, resamples, confidence, seed):
    """The twelve cells of the abstract.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns image, source, pattern, level, subject, mean_counts, lr_ratio; NaN in the last two where an image was excluded.
    b_reference : str
        Real images that dataset B is held against: `COR`, the level it was trained on, or `all_levels`. Dataset A: always all levels.
    margins : dict
        Of equivalence: MC and LR, in units of the quantity.
    minimum : int
        Fewest real images, created images, and known subjects for a test.
    resamples : int
    confidence : float
        Of the bootstrap interval.
    seed : int

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, 12 rows. Holm's method takes the 12 P values of the two quantities as one family. What was not tested is NaN or
        empty, and `note` says why.
    """
    if b_reference not in REFERENCES:
        raise InputError("config: b_reference", b_reference, " or ".join(REFERENCES), nearest(b_reference, REFERENCES))
    if sorted(margins) != sorted(VALUES):
        raise InputError("config: margins", ", ".join(map(str, margins)) or "none", "MC and LR", "one for each quantity, in its own unit")
    rows = []
    for quantity, dataset, pattern in P_VALUES:
        reference = "all_levels" if dataset == "A" else b_reference
        real = table[(table["source"] == "real") & (table["pattern"] == pattern)]
        real = real if reference == "all_levels" else real[real["level"] == reference]
        created = table[(table["source"] == dataset) & (table["pattern"] == pattern)]
        # A seed of the cell's own, so that one cell does not depend on what came before it.
        own_seed = [seed, *(sorted(VALUES).index(quantity), "AB".index(dataset), PATTERNS.index(pattern))]
        cell = compare_cell(real, created, quantity, margins[quantity], minimum, resamples, confidence, own_seed)
        row = {"quantity": quantity, "dataset": dataset, "pattern": pattern, "reference": REFERENCES[reference]}
        published = {"published_p": P_VALUES[quantity, dataset, pattern], "published_against": AGAINST}
        rows.append(row | published | cell)
    result = pd.DataFrame(rows, columns=list(COLUMNS))
    result["p_adjusted"] = holm(result["p_value"])
    size_differs = (holm(result["abs_ln_lr_p"]) < LEVEL) & ~(result["p_adjusted"] < LEVEL)
    result.loc[size_differs, "note"] = [f"{note}; {SIZE_DIFFERS}" if note else SIZE_DIFFERS for note in result.loc[size_differs, "note"]]
    result["verdict"] = [_verdict(*pair) for pair in zip(result["p_adjusted"], result["equivalence_p"], strict=True)]
    return result


def b_references(table, **settings):
    """Dataset B against COR alone and against all levels: 2 quantities x 3 patterns x 2 references, in columns `COLUMNS`.

    Adjusted P values are those of the twelve cells had that reference been chosen.
    """
    both = [comparison(table, b_reference=reference, **settings) for reference in REFERENCES]
    both = pd.concat(both).query("dataset == 'B'")
    order = {name: place for place, name in enumerate([*VALUES, *PATTERNS, *REFERENCES.values()])}
    return both.sort_values(["quantity", "pattern", "reference"], key=lambda column: column.map(order), ignore_index=True)


def compare_cell(real, created, quantity, margin, minimum, resamples, confidence, seed):
    """One cell of the comparison, as a dict of the columns that follow from the two sets of rows."""
    column = VALUES[quantity]
    notes = [
        f"{count} of {len(rows)} {kind} images excluded (no brain section)"
        for kind, rows in (("real", real), ("created", created))
        if (count := int(rows[column].isna().sum()))
    ]
    real, created = real.dropna(subset=[column]), created.dropna(subset=[column])
    x, y = real[column].to_numpy(float), created[column].to_numpy(float)
    cluster = clusters(real["subject"])
    known = int((real["subject"] != "").sum())
    subjects = len(np.unique(cluster)) if known else np.nan
    cell = {"n_real": len(x), "n_created": len(y), "n_subjects": subjects, "margin": margin, "test": ""}
    reason = _untestable(x, y, cluster, known, minimum)
    if len(x):
        cell["median_real"] = float(np.median(x))
    if len(y):
        cell["median_created"] = float(np.median(y))
    if reason:
        return cell | {"note": "; ".join([reason, *notes])}
    if 0 < known < len(x):
        notes.append(f"subject unknown for {len(x) - known} real images, each taken as a subject of its own")
    test = rank_test(x, y, cluster)
    low, high = delta_interval(x, y, cluster, seed, resamples, confidence)
    effect = cliffs_delta(x, y)
    if abs(effect) == 1:
        notes.append("no overlap: the interval of the effect has no width")
    cell |= {"test": test.test, "p_value": test.p_value, "p_unclustered": rank_test(x, y).p_value}
    cell |= {"effect_size": effect, "effect_low": low, "effect_high": high}
    cell |= {"shift": hodges_lehmann(x, y), "equivalence_p": equivalence(x, y, margin, cluster), "note": "; ".join(notes)}
    if quantity == "LR":
        x, y = np.abs(np.log(x)), np.abs(np.log(y))
        cell |= {"abs_ln_lr_real": float(np.median(x)), "abs_ln_lr_created": float(np.median(y))}
        cell |= {"abs_ln_lr_p": rank_test(x, y, cluster).p_value, "abs_ln_lr_effect": cliffs_delta(x, y)}
    return cell


def _untestable(x, y, cluster, known, minimum):
    """Why a cell has no test, or an empty string."""
    subjects = len(np.unique(cluster))
    if not len(x) or not len(y):
        return f"no {'real' if not len(x) else 'created'} images: not tested"
    if min(len(x), len(y)) < minimum:
        return f"too few images for a test ({len(x)} real, {len(y)} created; {minimum} needed)"
    if known and subjects < minimum:
        return f"too few subjects for a test ({subjects}; {minimum} needed)"
    if np.ptp(np.concatenate([x, y])) == 0:
        return "all values are equal: not tested"
    return ""


def _verdict(p_adjusted, equivalence_p):
    """What the two tests of a cell say together, in words."""
    if np.isnan(p_adjusted):
        return "not tested"
    differs, equivalent = p_adjusted < LEVEL, equivalence_p < LEVEL
    if differs:
        return "different, within the margin" if equivalent else "different"
    return "equivalent" if equivalent else "undecided"
