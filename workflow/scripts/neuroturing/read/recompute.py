"""Printed figures worked out again: what follows from what else is printed, what contradicts it, and what cannot be known.

Nothing here is of one paper. A contradiction says that two printed figures cannot both be right as they stand, not which is wrong or why:
a slip of the pen, another rule of rounding and another number of images look alike from outside.
"""

import ast
import operator
import re
from itertools import product

import numpy as np
from scipy.stats import binomtest, chi2_contingency

from ..errors import InputError
from ..io.files import read_table
from . import score
from .audit import LEVEL, arising, duplicates, smallest_sample
from .printed import MEASURES, NAMES, Printed, counts_of
from .score import PUBLISHED

COLUMNS = ("table", *NAMES, "figure", "printed", "computed", "low", "high", "limits", "verdict", "note")
FOLLOWS, CONTRADICTS, POSSIBLE, IMPOSSIBLE = "follows", "contradicts", "possible", "impossible"
TWICE, WORKED_OUT, OPEN = "printed twice", "worked out here", "open"
INTERVAL, ROUNDING = "95 % interval", "rounding of what is printed"
OF_RATES = ("sensitivity", "specificity", "lr_positive", "lr_negative", "d_prime", "criterion")
LARGEST = 1000
SUMS = ("figure", "printed", "from")
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def check_table(table, rows, spec, elsewhere=None):
    """Every figure of a printed table of readers that can be worked out again.

    Parameters
    ----------
    table : str
        Its name.
    rows : list of dict
        From `printed.read_printed`.
    spec : dict
        The table's: unit; printed (images, created_share of a reader) where the paper states them.
    elsewhere : dict of str to list of dict, optional
        Printed rows of other tables by name, see `audit.duplicates`.

    Returns
    -------
    list of dict
        Each with `COLUMNS`: what is printed as text, what was computed as float or text, its limits and what they are of, the verdict and
        a note. Shares are of 1.
    """
    lines = []
    for row in rows:
        checks = _check_counts(row, spec) if spec["unit"] == "count" else _check_rates(row, spec)
        lines += [{name: row[name] for name in NAMES} | line for line in checks]
    for same in duplicates(rows, elsewhere or {}):
        other = ", ".join(filter(None, (same["table"], same["other_dataset"], same["other_recipe"], same["other_reader"])))
        line = _line("four counts", "", "", TWICE, f"the same four counts as {other}: one experiment, or one of them is copied")
        lines.append({name: same[name] for name in NAMES} | line)
    if spec["unit"] == "percent" and spec.get("printed"):
        lines.append(dict.fromkeys(NAMES, "") | _check_smallest(rows, spec["printed"]))
    return [{"table": table} | line for line in lines]


def _line(figure, printed, computed, verdict, note="", low=None, high=None, limits=""):
    known = low is not None and not np.isnan(low)
    ends = {"low": _plain(low), "high": _plain(high), "limits": limits} if known else {"low": "", "high": "", "limits": ""}
    return {"figure": figure, "printed": printed, "computed": _plain(computed)} | ends | {"verdict": verdict, "note": note}


def _plain(value):
    """A number without the error of its last binary digits, whole ones as int; text as it is."""
    if isinstance(value, str):
        return value
    value = round(float(value), 12) + 0.0
    return int(value) if value.is_integer() and abs(value) >= 2 else value


def _verdict(printed, agrees):
    return WORKED_OUT if printed is None else FOLLOWS if agrees else CONTRADICTS


def _check_counts(row, spec):
    """Lines of a row whose counts are printed: the design's numbers, then each measure with its interval."""
    counts = counts_of(row)
    record, lines = score.score(counts, row["reader"], PUBLISHED), []
    if design := spec.get("printed"):
        low, high = design["created_share"]
        share = counts.created / counts.judged
        fits = counts.judged == design["images"] and low - 1e-9 <= share <= high + 1e-9
        stated = f"{design['images']}, {_share(low, high)} created"
        lines.append(_line("images a reader", stated, f"{counts.judged}, {counts.created} created", FOLLOWS if fits else CONTRADICTS))
    for name in MEASURES:
        printed, value = row.get(name), record[name]
        verdict, note = _verdict(printed, printed is not None and printed.agrees(value)), ""
        if name == "p_value" and printed is not None:
            agree = [test for test, p_value in p_values(counts).items() if printed.agrees(p_value)]
            verdict = FOLLOWS if agree else CONTRADICTS
            note = f"as by {', '.join(agree)}" if agree else f"by none of {', '.join(p_values(counts))}"
        ends = (record[f"{name}_low"], record[f"{name}_high"]) if f"{name}_low" in record else (None, None)
        lines.append(_line(name, "" if printed is None else str(printed), value, verdict, note, *ends, INTERVAL))
    return lines


def p_values(counts):
    """P values that papers print of a 2x2 table of truth by answer, two-sided, by the test's name; only those that are defined."""
    found = {"Fisher's exact test": score.told_apart(counts)}
    found["the binomial test of accuracy against one half"] = float(binomtest(counts.tp + counts.tn, counts.judged).pvalue)
    table = np.array([[counts.tp, counts.fn], [counts.fp, counts.tn]])
    if table.sum(0).all() and table.sum(1).all():
        found["the chi-squared test"] = float(chi2_contingency(table, correction=False).pvalue)
        found["the chi-squared test with Yates' correction"] = float(chi2_contingency(table).pvalue)
    return {name: value for name, value in found.items() if not np.isnan(value)}


def _check_rates(row, spec):
    """Lines of a row of which rates are printed: their sums, the accuracy, whole images, and measures with what rounding leaves open."""
    lines = []
    for one, other in (("TP", "FN"), ("FP", "TN")):
        total = row[one] + row[other]
        rounding = _half(row[one]) + _half(row[other])
        fits = abs(total - 100) <= rounding + 1e-9
        lines.append(_line(f"{one} + {other}", f"{row[one]} + {row[other]}", total, FOLLOWS if fits else CONTRADICTS))
    design = spec.get("printed")
    share = design["created_share"] if design else (0, 1)
    ends = [(1 - part) * rate + part * (1 - alarm) for part in share for rate, alarm in _corners(row)]
    fits = min(ends) - _half(row["accuracy"]) <= row["accuracy"] + 1e-9 and row["accuracy"] <= max(ends) + _half(row["accuracy"]) + 1e-9
    note = f"of TP and TN with {_share(*share)} of the images created, however many there are"
    computed = (row["TP"] + row["TN"]) / 200
    lines.append(_line("accuracy", str(row["accuracy"]), computed, _verdict(0, fits), note, min(ends), max(ends), ROUNDING))
    lines += _whole(row, design) if design else []
    corners = [_measures(*corner) for corner in _corners(row)]
    for name, value in _measures(row["TP"] / 100, row["FP"] / 100).items():
        printed = row.get(name)
        low, high = min(each[name] for each in corners), max(each[name] for each in corners)
        fits = printed is not None and low - _half(printed) <= printed + 1e-9 and printed <= high + _half(printed) + 1e-9
        lines.append(_line(name, "" if printed is None else str(printed), value, _verdict(printed, fits), "", low, high, ROUNDING))
    return lines


def _half(printed):
    """Half a unit of the last printed digit."""
    return 0.5 * 10.0**-printed.places


def _corners(row):
    """The least and largest rates, as shares of 1, that round to the printed ones: [(real called real, created called real)]."""
    sides = [np.clip([row[name] - _half(row[name]), row[name] + _half(row[name])], 0, 100) / 100 for name in ("TP", "FP")]
    return list(product(*sides))


def _measures(hit, alarm):
    """What two rates give without the numbers behind them."""
    d_prime, criterion = score.detection_of_rates(hit, alarm)
    ratios = (hit / alarm if alarm else np.nan, (1 - hit) / (1 - alarm) if alarm < 1 else np.nan)
    return dict(zip(OF_RATES, (float(hit), 1 - float(alarm), *ratios, d_prime, criterion), strict=True))


def _whole(row, design):
    """Whether whole images give a row: as many as stated, twice as many, and the smallest number that does."""
    images, share, lines = design["images"], design["created_share"], []
    for number in (images, 2 * images):
        counts = arising(row, number, share)
        lines.append(_line(f"whole images, {number}", "", _counted(counts), POSSIBLE if counts else IMPOSSIBLE))
    smallest = next((number for number in range(2, LARGEST + 1) if arising(row, number, share)), None)
    text = f"{smallest}: {_counted(arising(row, smallest, share))}" if smallest else f"none up to {LARGEST}"
    return [*lines, _line("whole images, fewest", "", text, WORKED_OUT)]


def _counted(counts):
    if counts is None:
        return "none"
    return f"{counts.tp} of {counts.real} real and {counts.fp} of {counts.created} created called real"


def _check_smallest(rows, design):
    """The smallest number of images a reader with which every row can arise, beside the stated one."""
    smallest = smallest_sample(rows, design["created_share"], LARGEST)
    fits = all(arising(row, design["images"], design["created_share"]) for row in rows)
    note = "the fewest that fit all rows" if smallest else f"no number up to {LARGEST} fits all rows"
    return _line("images a reader", str(design["images"]), smallest or "", FOLLOWS if fits else CONTRADICTS, note)


def _share(low, high):
    return f"{100 * low:g} %" if low == high else f"{100 * low:g} to {100 * high:g} %"


def check_p_values(table, rows):
    """Printed P values of which neither counts nor measurements are printed: what is left of them after a correction.

    Parameters
    ----------
    table : str
        Its name.
    rows : list of dict
        figure (what is tested), dataset, published_p ("P = 0.8", "P < 0.0001", "P ≥ 0.08"; empty where none is printed).

    Returns
    -------
    list of dict
        As `check_table`; low and high are the least and largest P value by Holm's method over all of them, that the printed ones allow.

    Raises
    ------
    InputError
        No P value.
    """
    rows = [row for row in rows if row["published_p"].strip()]
    limits = [_p_limits(table, row["published_p"]) for row in rows]
    adjusted = [score.holm(ends) for ends in zip(*limits, strict=True)] if limits else ()
    lines = []
    for row, low, high in zip(rows, *adjusted, strict=True) if rows else ():
        verdict = "below" if high < LEVEL else "not below" if low >= LEVEL else "may or may not be below"
        note = f"{verdict} {LEVEL} after correction"
        line = _line(row["figure"], row["published_p"], "", OPEN, note, low, high, f"Holm over {len(rows)}")
        lines.append({"table": table, "reader": "", "dataset": row["dataset"], "recipe": ""} | line)
    return lines


def _p_limits(table, text):
    """The least and the largest P value that a printed one allows."""
    match = re.fullmatch(r"(?:[Pp]\s*)?(=|<|≤|<=|>|≥|>=)?\s*(\d*\.?\d+)", text.strip())
    value = float(match[2]) if match else 2
    if value > 1:
        raise InputError(f"{table}: published_p", text, "P = 0.03, P < 0.001, P ≥ 0.08", "one P value in each cell")
    sign, half = match[1] or "=", 0.5 * 10.0 ** -len(match[2].partition(".")[2])
    if sign == "=":
        return max(0.0, value - half), min(1.0, value + half)
    return (0.0, value) if sign in ("<", "≤", "<=") else (value, 1.0)


def check_sums(path):
    """Printed numbers that are sums or products of other printed ones.

    Parameters
    ----------
    path : path
        A table: figure (what the number is), printed, from (the sum, as "21 * 21 * 11"), and a note where one is wanted.

    Returns
    -------
    list of dict
        As `check_table`.

    Raises
    ------
    InputError
        Unreadable; a number that is none; what is no sum of numbers.
    """
    lines = []
    for line, row in enumerate(read_table(path, SUMS).to_dict("records"), start=2):
        place = f"{path}, line {line}"
        try:
            printed = Printed(row["printed"].replace(",", ""))
        except ValueError as error:
            raise InputError(f"{place}, column printed", row["printed"] or "nothing", "a number", "such as 48,510") from error
        value = _sum(f"{place}, column from", row["from"])
        fits = printed.agrees(value)
        ratio = "" if fits or not value else f"printed is {printed / value:.4g} times that"
        note = "; ".join(filter(None, (row["from"], ratio, row.get("note", ""))))
        lines.append({"table": "sums", **dict.fromkeys(NAMES, "")} | _line(row["figure"], row["printed"], value, _verdict(0, fits), note))
    return lines


def _sum(place, text):
    """The value of an expression of numbers, +, -, *, / and brackets; nothing else is evaluated."""

    def value(node):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return node.value
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](value(node.left), value(node.right))
        raise ValueError(ast.unparse(node))

    try:
        return float(value(ast.parse(text.replace(",", "").strip(), mode="eval").body))
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError) as error:
        hint = "the numbers that are printed, with + - * / and brackets"
        raise InputError(place, text or "nothing", "a sum of numbers, such as 30 + 2 * 33", hint) from error
