"""The table of readings, checked and laid out as modality by reader by case."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

COLUMNS = ("reader", "modality", "case", "truth", "rating")
FACTORIAL, IN_READER, IN_MODALITY, IN_BOTH, PARTLY = (
    "factorial",
    "cases nested in reader",
    "cases nested in modality",
    "cases nested in reader and modality",
    "cases partly shared",
)
DESIGNS = (FACTORIAL, IN_READER, IN_MODALITY, IN_BOTH)


@dataclass(frozen=True)
class Ratings:
    """Readings of t modalities by r readers of n cases.

    Attributes
    ----------
    modalities, readers, cases : list of str, length t, r, n
        In the order in which the table names them.
    truth : numpy.ndarray of bool, shape (n,)
    rating : numpy.ndarray of float, shape (t, r, n)
        NaN where a reader did not read the case in this modality.
    """

    modalities: list
    readers: list
    cases: list
    truth: np.ndarray
    rating: np.ndarray

    @property
    def design(self):
        """One of `DESIGNS`, or "cases partly shared"."""
        read = ~np.isnan(self.rating)
        if read.all():
            return FACTORIAL
        in_reader = len(self.readers) > 1 and read.any(0).sum(0).max() == 1
        in_modality = len(self.modalities) > 1 and read.any(1).sum(0).max() == 1
        return {(True, True): IN_BOTH, (True, False): IN_READER, (False, True): IN_MODALITY}.get((in_reader, in_modality), PARTLY)


def arrange(table):
    """Check a table of readings and lay it out.

    Parameters
    ----------
    table : pandas.DataFrame
        With `COLUMNS`; other columns are left alone. Labels are compared as text.

    Returns
    -------
    Ratings

    Raises
    ------
    ValueError
        A column is missing, the table is empty, a truth is neither 0 nor 1 or differs within a case, a rating is no finite number, or a
        case was read twice by the same reader in the same modality.
    """
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise ValueError(f"The table of readings has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}.")
    if table.empty:
        raise ValueError("The table of readings has no rows.")
    for name in COLUMNS:
        if table[name].isna().any():
            raise ValueError(
                f"The column {name} is empty in row {int(table[name].isna().to_numpy().argmax()) + 1}; leave out what was not read."
            )
    place, labels = {}, {}
    for name in ("modality", "reader", "case"):
        place[name], found = pd.factorize(table[name].astype(str))
        labels[name] = list(found)
    truth = _truth(table, place["case"], labels["case"])
    value = pd.to_numeric(table["rating"], errors="coerce").to_numpy(float)
    if not np.isfinite(value).all():
        row = int(np.argmin(np.isfinite(value)))
        raise ValueError(f"The rating in row {row + 1} is {table['rating'].iloc[row]!r}, which is no finite number.")
    rating = np.full([len(labels[name]) for name in ("modality", "reader", "case")], np.nan)
    rating[place["modality"], place["reader"], place["case"]] = value
    if np.count_nonzero(~np.isnan(rating)) < len(table):
        twice = table[table.duplicated(["modality", "reader", "case"], keep=False)].iloc[0]
        raise ValueError(
            f"Reader {twice['reader']} read case {twice['case']} of modality {twice['modality']} more than once; "
            "if these are different cases, give them different labels (labels such as 1.1 and 1.10 must be read as text)."
        )
    return Ratings(labels["modality"], labels["reader"], labels["case"], truth, rating)


def _truth(table, case, labels):
    """Truth of each case; shape (n,), bool."""
    value = pd.to_numeric(table["truth"], errors="coerce").to_numpy(float)
    if not np.isin(value, (0, 1)).all():
        found = table["truth"].iloc[int(np.argmin(np.isin(value, (0, 1))))]
        raise ValueError(f"A truth is {found!r}; it must be 1 (positive) or 0 (negative).")
    truth = np.zeros(len(labels), bool)
    truth[case] = value == 1
    wrong = truth[case] != (value == 1)
    if wrong.any():
        raise ValueError(f"Case {labels[case[int(wrong.argmax())]]} is positive in one row and negative in another.")
    return truth
