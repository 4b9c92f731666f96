"""Real and created images compared: for each quantity and group, a set of created images against real ones.

A row has a test of difference, the size of the effect, and a test of equivalence with a margin of its own. Holm's method takes the P values
of all rows as one family, those of difference and those of equivalence alike.
"""

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from ..imageset import HELD_OUT, REAL, TRAIN, VALIDATION
from .margins import margin_of
from .statistics import cliffs_delta, clusters, delta_interval, equivalence, hodges_lehmann, holm, implied_delta, rank_test

CONTRACT = (
    "n_real", "n_created", "median_real", "median_created", "test", "p_value", "p_adjusted",
    "effect_size", "effect_low", "effect_high", "equivalence_p", "published_p",
)  # fmt: skip
APPENDED = (
    "equivalence_p_adjusted", "margin", "margin_delta", "reference", "real_side", "n_subjects", "n_trainings", "shift", "p_unclustered",
)  # fmt: skip
LEVEL = 0.05
RATIO = "_ratio"
SIDES = {"held_out": [HELD_OUT], "train": [TRAIN, ""], "all": [HELD_OUT, VALIDATION, TRAIN, ""]}
SIZE_DIFFERS = "the size of the asymmetry differs, whatever its side: see |ln {quantity}| (P below 0.05 after Holm's method over those)"


def resolved(spec, sets, group):
    """A comparison with what the study knows of its sets and groups.

    Parameters
    ----------
    spec : dict
        A comparison of study.yaml (see `config.model.Comparison`).
    sets : list of dict
        Of every set of created images: label (what tables call it) and where (labels of the real images it was trained on).
    group : dict
        name (column of the groups in tables), values (groups in order, or none: those of the real images).

    Returns
    -------
    dict
        spec, and

        group, groups : str, list of str;
        own : list of (label, dict), each set's label and where;
        ratios : list of str, the quantities that are ratios of two sides.
    """
    own = [(entry["label"], {name: _listed(value) for name, value in entry["where"].items()}) for entry in sets]
    ratios = [quantity for quantity, column in spec["quantities"].items() if column.endswith(RATIO)]
    return spec | {"group": group["name"], "groups": list(group["values"]), "own": own, "ratios": ratios}


def compare(table, spec, seed, published=None):
    """Every row of a comparison.

    Parameters
    ----------
    table : pandas.DataFrame
        Of measurements (see `table.tabulate`): image, source, the study's column of groups, level, subject, dataset, recipe, split, and the
        quantities' columns, NaN where an image was excluded.
    spec : dict
        From `resolved`.
    seed : int
    published : pandas.DataFrame, optional
        Columns quantity, dataset, the column of groups, published_p, and others that are kept.

    Returns
    -------
    pandas.DataFrame
        For each quantity, row of the spec and group a row: quantity, dataset, the group, `CONTRACT`, what `published` has, `APPENDED`, for
        ratios abs_ln_{quantity}_real, _created, _p and _effect, verdict, note. What was not tested is NaN or empty, and `note` says why.

    Raises
    ------
    InputError
        A set, a quantity's column or a label that the table does not have; no real image on the wanted side.
    """
    check(table, spec)
    rows = []
    for quantity, column in spec["quantities"].items():
        for row in spec["rows"]:
            for group in groups_of(table, spec, row):
                cell = _compare_row(table, spec, quantity, column, row, group, seed)
                rows.append({"quantity": quantity, "dataset": row["set"], spec["group"]: group, "published_p": ""} | cell)
    keys = ["quantity", "dataset", spec["group"]]
    ratios = [f"abs_ln_{quantity.lower()}_{what}" for quantity in spec["ratios"] for what in ("real", "created", "p", "effect")]
    result = pd.DataFrame(rows).reindex(columns=[*keys, *CONTRACT, *APPENDED, *ratios, "note"])
    beside = []
    if published is not None:
        beside = [name for name in published.columns if name not in (*keys, "published_p")]
        result = result.drop(columns="published_p").merge(published, how="left", on=keys, validate="many_to_one")
        result[["published_p", *beside]] = result[["published_p", *beside]].fillna("")
    result["p_adjusted"] = holm(result["p_value"])
    result["equivalence_p_adjusted"] = holm(result["equivalence_p"])
    for quantity in spec["ratios"]:
        differs = (holm(result[f"abs_ln_{quantity.lower()}_p"]) < LEVEL) & ~(result["p_adjusted"] < LEVEL)
        text = SIZE_DIFFERS.format(quantity=quantity)
        result.loc[differs, "note"] = [f"{note}; {text}" if note else text for note in result.loc[differs, "note"]]
    result["verdict"] = [_verdict(*pair) for pair in zip(result["p_adjusted"], result["equivalence_p_adjusted"], strict=True)]
    return result[[*keys, *CONTRACT, *beside, *APPENDED, *ratios, "verdict", "note"]]


def check(table, spec):
    """Raise InputError where a comparison names what the table of measurements does not have."""
    for quantity, column in spec["quantities"].items():
        if column not in table.columns:
            found = f"no column '{column}' for {quantity}"
            raise InputError("comparisons: quantities", found, "a column of measurements", nearest(column, table.columns))
    sets = _set_names(table, spec)
    for row in spec["rows"]:
        for name in (row["set"], *([] if row["against"] == "own" else [row["against"]])):
            if name not in sets:
                raise InputError("comparisons: rows", f"no set '{name}'", "a set that images were measured of", nearest(name, sets))
    real = table[table["source"] == REAL]
    if len(real) and not real["split"].isin(SIDES[spec["side"]]).any():
        hint = "write split: {held_out: 0.2} in the study, or another side"
        raise InputError("comparisons: side", f"'{spec['side']}', but no real image is on it", "real images to compare with", hint)
    reference = spec["margin"].get("reference")
    if spec["margin"]["of"] == "group_difference" and reference not in _groups(table, spec):
        hint = nearest(reference, _groups(table, spec))
        raise InputError("comparisons: margin: reference", f"'{reference}'", "the group that others differ from", hint)


def groups_of(table, spec, row):
    """Groups that a row of the spec is compared in: those of the study in order, or one without a name where its images are of no one."""
    found = set(table.loc[table["source"] == row["set"], spec["group"]])
    found = found or {"" for label, where in spec["own"] if label == row["set"] and len(where.get("group", [])) != 1}
    return [""] if found == {""} else _groups(table, spec)


def _groups(table, spec):
    return spec["groups"] or list(dict.fromkeys(table.loc[table["source"] == REAL, spec["group"]]))


def real_images(table, spec, row, group):
    """Real images that a row of the spec is held against in one group, of the wanted side and of every side: two data frames."""
    every = _real_of(table, spec, group)
    for label, values in own_labels(spec, _own_of(row), group).items():
        if label not in table.columns:
            raise InputError("data: where", f"no label '{label}'", "a label of the real images", nearest(label, table.columns))
        every = every[every[label].isin(values)]
    return every[every["split"].isin(SIDES[spec["side"]])], every


def created_images(table, spec, row, group):
    """Created images of a row of the spec in one group."""
    return table[(table["source"] == row["set"]) & (table[spec["group"]] == group)]


def own_labels(spec, name, group):
    """Labels of the real images that a set's models of one group learned from: {label: values}; the group itself where it has no name."""
    wheres = [where for label, where in spec["own"] if label == name and (not group or group in where.get("group", [group]))]
    wheres = [{spec["group"] if label == "group" else label: values for label, values in where.items()} for where in wheres]
    names = {label for where in wheres for label in where} - ({spec["group"]} if group else set())
    # Where one of several data sets of a set has no condition, all images are its own.
    return {
        label: sorted({value for where in wheres for value in where[label]}) for label in names if all(label in where for where in wheres)
    }


def reference_words(table, spec, row, group):
    """The real images that a row is held against, in words: "COR alone", "all levels"."""
    real = _real_of(table, spec, group)
    words = []
    for label, values in sorted(own_labels(spec, _own_of(row), group).items()):
        there = set(real[label])
        if len(there) > 1:
            words.append(f"all {label}s" if there <= set(values) else f"{values[0]} alone" if len(values) == 1 else ", ".join(values))
    return "; ".join(words) or "all real images"


def row_seed(table, seed, quantity, spec, row, group):
    """A seed of a row's own, so that it does not depend on what came before it."""
    sets = _set_names(table, spec)
    return [seed, sorted(spec["quantities"]).index(quantity), sets.index(row["set"]), groups_of(table, spec, row).index(group)]


def _set_names(table, spec):
    return sorted((set(table["source"]) | {label for label, _ in spec["own"]}) - {REAL})


def _real_of(table, spec, group):
    """Real images of a group, or all where it has no name."""
    real = table[table["source"] == REAL]
    return real[real[spec["group"]] == group] if group else real


def _own_of(row):
    """The set whose own real images a row of the spec is held against."""
    return row["set"] if row["against"] == "own" else row["against"]


def _listed(value):
    return [value] if isinstance(value, str) else list(value)


def _compare_row(table, spec, quantity, column, row, group, seed):
    """One row: what it is held against, its margin, and the tests."""
    real, created = real_images(table, spec, row, group)[0], created_images(table, spec, row, group)
    by_group = {name: real_images(table, spec, row, name)[1] for name in groups_of(table, spec, row)}
    margin, reason = margin_of(spec, column, by_group, group)
    own_seed = row_seed(table, seed, quantity, spec, row, group)
    cell = compare_samples(real, created, column, margin, spec, own_seed, quantity in spec["ratios"])
    notes = [cell["note"], reason if "p_value" in cell else ""]
    cell |= {
        "reference": reference_words(table, spec, row, group),
        "real_side": spec["side"],
        "note": "; ".join(note for note in notes if note),
    }
    cell["n_trainings"] = len(created[["dataset", "recipe"]].drop_duplicates())
    return {f"abs_ln_{quantity.lower()}_{name[4:]}" if name.startswith("abs_") else name: value for name, value in cell.items()}


def compare_samples(real, created, column, margin, spec, seed, is_ratio=False):
    """One quantity of real and of created images: the columns that follow from the two sets of rows, as a dict.

    Parameters
    ----------
    real, created : pandas.DataFrame
        Rows of the table of measurements.
    column : str
    margin : float
        NaN where there is none: no test of equivalence then.
    spec : dict
        minimum, resamples, confidence.
    seed : int or sequence of int
    is_ratio : bool
        Compare the size of the logarithm as well: abs_real, abs_created, abs_p, abs_effect.
    """
    notes = [
        f"{count} of {len(rows)} {kind} images excluded (not measurable)"
        for kind, rows in (("real", real), ("created", created))
        if (count := int(rows[column].isna().sum()))
    ]
    real, created = real.dropna(subset=[column]), created.dropna(subset=[column])
    x, y = real[column].to_numpy(float), created[column].to_numpy(float)
    cluster = clusters(real["subject"])
    known = int((real["subject"] != "").sum())
    cell = {"n_real": len(x), "n_created": len(y), "test": "", "margin": margin}
    cell["n_subjects"] = len(np.unique(cluster)) if known else np.nan
    if len(x):
        cell |= {"median_real": float(np.median(x)), "margin_delta": implied_delta(x, margin, cluster)}
    if len(y):
        cell["median_created"] = float(np.median(y))
    if reason := untestable(x, y, cluster, known, spec["minimum"]):
        return cell | {"note": "; ".join([reason, *notes])}
    if 0 < known < len(x):
        notes.append(f"subject unknown for {len(x) - known} real images, each taken as a subject of its own")
    test = rank_test(x, y, cluster)
    effect = cliffs_delta(x, y)
    low, high = delta_interval(x, y, cluster, seed, spec["resamples"], spec["confidence"])
    if abs(effect) == 1:
        notes.append("no overlap: the interval of the effect has no width")
    cell |= {"test": test.test, "p_value": test.p_value, "p_unclustered": rank_test(x, y).p_value, "shift": hodges_lehmann(x, y)}
    cell |= {"effect_size": effect, "effect_low": low, "effect_high": high, "note": "; ".join(notes)}
    if np.isfinite(margin):
        cell["equivalence_p"] = equivalence(x, y, margin, cluster)
    if is_ratio:
        x, y = np.abs(np.log(x)), np.abs(np.log(y))
        cell |= {"abs_real": float(np.median(x)), "abs_created": float(np.median(y))}
        cell |= {"abs_p": rank_test(x, y, cluster).p_value, "abs_effect": cliffs_delta(x, y)}
    return cell


def untestable(x, y, cluster, known, minimum):
    """Why a row has no test, or an empty string."""
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


def _verdict(p_adjusted, equivalence_p_adjusted):
    """What the two tests of a row say together, in words."""
    if np.isnan(p_adjusted):
        return "not tested"
    differs, equivalent = p_adjusted < LEVEL, equivalence_p_adjusted < LEVEL
    if differs:
        return "different, within the margin" if equivalent else "different"
    return "equivalent" if equivalent else "undecided"
