"""The rows that a paper prints, from a study's published.tsv.

A row names its reader and, where the paper has several models, its dataset and recipe as the tables call them. Of `unit: percent` it has
TP, FN, FP and TN in percent and the accuracy; of `unit: count` the images real_as_real, real_as_synt, synt_as_real and synt_as_synt, and
the accuracy. n_real and n_created, and whatever else is printed of the measures, may follow. A share is written as it is printed, 0.55, 55%
or 55, with all its digits: they say how far it was rounded. Above 1 it is a percentage.
"""

import re

from ..errors import InputError, nearest
from ..io.files import read_table
from .score import CELLS, DIAGNOSTIC, RATES, Counts

NAMES = ("reader", "dataset", "recipe")
TOTALS = ("n_real", "n_created")
MEASURES = (*DIAGNOSTIC, "d_prime", "criterion", "p_value")
UNITS = {"percent": RATES, "count": tuple(CELLS)}
SHARES = ("accuracy", "sensitivity", "specificity", "prevalence")
# The rates of a row may each be rounded up or down by half a percent.
ROUNDING = 1


class Printed(float):
    """A number as it is printed; a percentage is kept as a share of 1, and its text without the sign.

    Attributes
    ----------
    places : int
        Digits after the point that are known: 2 of 0.30 and of 70%.
    """

    def __new__(cls, text, is_percent=False):
        number = text.removesuffix("%").strip()
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", number):
            raise ValueError(text)
        is_percent = is_percent or text.endswith("%")
        value = super().__new__(cls, float(number) / (100 if is_percent else 1))
        value.places = len(number.partition(".")[2]) + (2 if is_percent else 0)
        return value

    def __str__(self):
        return f"{self:.{self.places}f}"

    def agrees(self, value):
        """Whether numbers round to what is printed, a half either way."""
        return abs(value - self) <= 0.5 * 10.0**-self.places + 1e-9


def read_printed(path, unit):
    """Read and check a study's published.tsv.

    Parameters
    ----------
    path : path
    unit : str
        percent or count.

    Returns
    -------
    list of dict
        Rows in order: reader, dataset and recipe as text, empty where not given; counts and totals as int; rates and measures as
        `Printed`, None where a measure is not printed of a row.

    Raises
    ------
    InputError
        Unreadable; columns that do not fit the unit; no row; one twice; no number, or a count that is not whole; rates that do not add up
        to 100, counts that do not add up to the totals; no image of one kind.
    """
    table = read_table(path)
    cells = _check_columns(path, list(table.columns), unit)
    if not len(table):
        raise InputError(path, "no row", "a row for each printed one", "leave 'published' out of the table where nothing is printed")
    rows = []
    for line, values in enumerate(table.to_dict("records"), start=2):
        row = {name: str(values.get(name, "")).strip() for name in NAMES}
        if not row["reader"]:
            raise InputError(f"{path}, line {line}", "no reader", "what the table calls who judged", "such as 'physician'")
        for name in (name for name in table.columns if name not in NAMES):
            row[name] = _number(f"{path}, line {line}, column {name}", str(values[name]).strip(), name, name in (*cells, "accuracy"))
        _check_sums(f"{path}, line {line}", row, unit)
        same = [number for number, other in enumerate(rows, start=2) if all(other[name] == row[name] for name in NAMES)]
        if same:
            found = f"the same reader, dataset and recipe as line {same[0]}"
            raise InputError(f"{path}, line {line}", found, "a row for each", "name what tells the two apart")
        rows.append(row)
    return rows


def counts_of(row):
    """Counts of a printed row of `unit: count`."""
    return Counts(**{short: row[name] for name, short in CELLS.items()})


def _check_columns(path, columns, unit):
    """The columns of a unit's cells. Raises InputError unless they and the reader are there, and nothing that nobody knows."""
    if unit not in UNITS:
        raise InputError("config: tables: unit", unit, " or ".join(UNITS), nearest(unit, UNITS))
    cells = UNITS[unit]
    known = (*NAMES, *cells, *TOTALS, *MEASURES)
    for name in columns:
        if name not in known or columns.count(name) > 1:
            other = next((key for key, theirs in UNITS.items() if name in theirs and key != unit), None)
            hint = f"'{name}' is of 'unit: {other}'" if other else nearest(name, known)
            raise InputError(path, f"the column '{name}'", f"columns that fit 'unit: {unit}': {', '.join(known)}", hint)
    for name in ("reader", *cells, "accuracy"):
        if name not in columns:
            hint = "a table is separated by tabs" if len(columns) == 1 else nearest(name, columns)
            raise InputError(path, f"no column '{name}'", f"reader, {', '.join(cells)} and accuracy for 'unit: {unit}'", hint)
    return cells


def _number(place, text, name, is_needed):
    """One number: int of a count or a total, `Printed` of a rate or a measure, None where a measure is not printed."""
    if name in CELLS or name in TOTALS:
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise InputError(place, text or "nothing", "a whole number of images", "percentages belong to 'unit: percent'")
        return int(text)
    if not text and not is_needed:
        return None
    try:
        value = Printed(text.removesuffix("%").strip()) if name in RATES else Printed(text)
    except ValueError as error:
        raise InputError(place, text or "nothing", "a number, such as 0.55 or 55%", "a point, not a comma, for decimals") from error
    if name in SHARES and value > 1:
        value = Printed(text, is_percent=True)
    most = 100 if name in RATES else 1 if name in (*SHARES, "p_value") else None
    if most and not 0 <= value <= most:
        raise InputError(place, text, f"0 to {100 if name in (*RATES, *SHARES) else 1}", "no share is below 0 or above 100 %")
    return value


def _check_sums(place, row, unit):
    """Raise InputError unless the real images' numbers add up, and the created ones'."""
    pairs = (("n_real", UNITS[unit][:2]), ("n_created", UNITS[unit][2:]))
    for total, names in pairs:
        one, other = (row[name] for name in names)
        found = f"{names[0]} {one} and {names[1]} {other}"
        if unit == "percent" and abs(one + other - 100) > ROUNDING:
            raise InputError(place, found, "100 % together", "both are shares of the same images")
        if unit == "count" and total in row and one + other != row[total]:
            raise InputError(place, found, f"{row[total]} together, as {total}", "correct one of the three")
        if unit == "count" and one + other == 0:
            raise InputError(place, f"no image in {names[0]} and {names[1]}", "1 or more", "leave the row out")
