"""What printed numbers allow, and what they show: facts that a study's notes say in words.

Nothing here is of one paper: a study's published.tsv and its table's settings are all that is read.
"""

import math

import numpy as np

from . import score
from .contrasts import contrast
from .printed import MEASURES, NAMES, counts_of
from .score import CELLS, PUBLISHED

LEVEL = 0.05


def arising(row, images, share):
    """Whole images that give a printed row of rates: the GRIM test (Brown and Heathers 2017) for two rates and their accuracy.

    Parameters
    ----------
    row : dict
        TP, FP and accuracy as `printed.Printed`.
    images : int
        Real and created images that the reader saw in all.
    share : (float, float)
        Least and largest share of created images.

    Returns
    -------
    score.Counts or None
        Of some number of created images within `share`, as near to half as can be, counts of real and of created images called real that
        round to what is printed; None where there are none. Halves may have been rounded either way.
    """
    numbers = range(math.ceil(images * share[0] - 1e-9), math.floor(images * share[1] + 1e-9) + 1)
    for created in sorted(numbers, key=lambda created: abs(2 * created - images)):
        real = images - created
        if not created or not real:
            continue
        hits, alarms = _counts(row["TP"], real), _counts(row["FP"], created)
        right = hits[:, None] + created - alarms[None, :]
        fits = np.argwhere(row["accuracy"].agrees(right / images))
        if len(fits):
            hit, alarm = int(hits[fits[0, 0]]), int(alarms[fits[0, 1]])
            return score.Counts(hit, real - hit, alarm, created - alarm)
    return None


def grim(row, images, share):
    """Whether whole images can give a printed row of rates, see `arising`."""
    return arising(row, images, share) is not None


def _counts(percent, total):
    """The counts of `total` that round to a printed percentage."""
    counts = np.arange(total + 1)
    return counts[percent.agrees(100 * counts / total)]


def fitting(rows, design, times=1):
    """How many printed rows of rates can arise from `times` the design's images (images, created_share)."""
    return sum(grim(row, times * design["images"], design["created_share"]) for row in rows)


def smallest_sample(rows, share, largest=1000):
    """The smallest number of images a reader with which every printed row of rates can arise, or None up to `largest`."""
    return next((images for images in range(2, largest + 1) if all(grim(row, images, share) for row in rows)), None)


def means(rows):
    """The mean of TP and TN of each printed row, which accuracy is where as many images are created as real, beside the printed accuracy.

    Returns
    -------
    list of (str, float, float)
        Reader, mean and printed accuracy, as shares of 1.
    """
    return [(row["reader"], (row["TP"] + row["TN"]) / 200, row["accuracy"]) for row in rows]


def mismatches(rows):
    """Printed measures that do not follow from the printed counts, at the digits that are printed.

    Returns
    -------
    list of dict
        reader, dataset, recipe, measure, printed, computed.
    """
    found = []
    for row in rows:
        record = score.score(counts_of(row), row["reader"], PUBLISHED)
        for name in MEASURES:
            if row.get(name) is not None and not row[name].agrees(record[name]):
                found.append({key: row[key] for key in NAMES} | {"measure": name, "printed": str(row[name]), "computed": record[name]})
    return found


def duplicates(rows, elsewhere):
    """Rows whose four counts are printed in another table too.

    Parameters
    ----------
    rows : list of dict
    elsewhere : dict of str to list of dict
        Rows of other tables by the table's name.

    Returns
    -------
    list of dict
        reader, dataset and recipe of the row; table, and other_reader, other_dataset and other_recipe of the one there.
    """
    return [
        {name: row[name] for name in NAMES} | {"table": table} | {f"other_{name}": other[name] for name in NAMES}
        for row in rows
        for table, others in elsewhere.items()
        for other in others
        if all(row[name] == other.get(name) for name in CELLS)
    ]


def below_chance(rows, spec):
    """Printed rows whose whole interval of d' is below 0.

    Where rates alone are printed, the interval is that of the design's images, half of them created; none without a design.

    Returns
    -------
    list of dict
        reader, dataset, recipe, accuracy, d_prime, d_prime_low, d_prime_high, images (that the interval is of).
    """
    found = []
    for row in rows:
        if spec["unit"] == "count":
            counts, d_prime = counts_of(row), None
        elif "n_real" in row and "n_created" in row:
            counts, d_prime = _from_rates(row, row["n_real"], row["n_created"])
        elif spec.get("printed"):
            counts, d_prime = _from_rates(row, spec["printed"]["images"] / 2, spec["printed"]["images"] / 2)
        else:
            continue
        value, low, high = score.detection(counts)[0]
        if high < 0:
            limits = {"d_prime": value if d_prime is None else d_prime, "d_prime_low": low, "d_prime_high": high}
            found.append({name: row[name] for name in (*NAMES, "accuracy")} | limits | {"images": round(counts.judged)})
    return found


def _from_rates(row, real, created):
    """Counts, not whole, that printed rates stand for, and d' of the rates."""
    counts = score.Counts(row["TP"] * real / 100, row["FN"] * real / 100, row["FP"] * created / 100, row["TN"] * created / 100)
    return counts, score.detection_of_rates(row["TP"] / 100, row["FP"] / 100)[0]


def facts(rows, spec, elsewhere=None):
    """Everything that notes on printed rows may say, worked out from them.

    Parameters
    ----------
    rows : list of dict
        From `printed.read_printed`.
    spec : dict
        The table's: unit; printed (images, created_share of a reader), contrast (between, first, second) where it has them.
    elsewhere : dict of str to list of dict, optional
        Printed rows of other tables, see `duplicates`.

    Returns
    -------
    dict
        Always: level (of significance), rows (their number), readers (names), below (`below_chance`).
        Where rates are printed: means (`means`), halves_up and halves_down (readers whose printed accuracy is above, below that mean);
        with a design also images, fitting (dict of `images` and twice as many to the number of rows that can arise), smallest
        (`smallest_sample`). Where counts are printed: images (least and most a row), mismatches and recomputed (whether there is none),
        same (`duplicates`), called (least and largest share of images called real), told, told_adjusted (rows with P of truth by answer
        below the level, before and after Holm), both_hold_one (rows of which both likelihood ratios' intervals hold 1); with a contrast
        also contrast: first, second, rows (`contrasts.contrast`), and of accuracy and of deceived each below and survive (names of the
        rows with P below the level, before and after Holm), and not_more (names of the rows where second deceived no more than first).
    """
    known = {
        "level": LEVEL,
        "rows": len(rows),
        "readers": list(dict.fromkeys(row["reader"] for row in rows)),
        "below": below_chance(rows, spec),
    }
    return known | (_count_facts(rows, spec, elsewhere or {}) if spec["unit"] == "count" else _rate_facts(rows, spec))


def _rate_facts(rows, spec):
    pairs = means(rows)
    known = {
        "means": pairs,
        "halves_up": [reader for reader, mean, printed in pairs if mean < printed - 1e-9],
        "halves_down": [reader for reader, mean, printed in pairs if mean > printed + 1e-9],
    }
    if design := spec.get("printed"):
        images = design["images"]
        known |= {"images": images, "fitting": {times * images: fitting(rows, design, times) for times in (1, 2)}}
        known["smallest"] = smallest_sample(rows, design["created_share"])
    return known


def _count_facts(rows, spec, elsewhere):
    records = [score.score(counts_of(row), row["reader"], PUBLISHED, row["dataset"], row["recipe"]) for row in rows]
    score.adjust(records)
    wrong, called, judged = mismatches(rows), [record["called_real"] for record in records], [counts_of(row).judged for row in rows]
    ratios = ("lr_positive", "lr_negative")
    known = {
        "images": (min(judged), max(judged)),
        "mismatches": wrong,
        "recomputed": not wrong,
        "same": duplicates(rows, elsewhere),
        "called": (min(called), max(called)),
        "told": sum(record["p_value"] < LEVEL for record in records),
        "told_adjusted": sum(record["p_adjusted"] < LEVEL for record in records),
        "both_hold_one": sum(all(record[f"{name}_low"] <= 1 <= record[f"{name}_high"] for name in ratios) for record in records),
    }
    if settings := spec.get("contrast"):
        pairs = contrast(records, **settings)
        other = "dataset" if settings["between"] == "recipe" else "recipe"
        known["contrast"] = {"first": settings["first"], "second": settings["second"], "rows": pairs}
        for test in ("accuracy", "deceived"):
            known["contrast"][test] = {
                "below": [row[other] for row in pairs if row[f"p_{test}"] < LEVEL],
                "survive": [row[other] for row in pairs if row[f"p_{test}_adjusted"] < LEVEL],
            }
        known["contrast"]["not_more"] = [row[other] for row in pairs if row["deceived_second"] <= row["deceived_first"]]
    return known
