"""The columns of a table of readers: what each is called and how its numbers are shown."""

from dataclasses import dataclass

from ..errors import InputError, nearest
from .page import is_missing, number, p_value, size

ENDS = ("_low", "_high")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    name, unit : str
        Two lines of its head.
    digits : int or None
        After the point; None for text.
    scale : float
        The record's number is shown times this.
    form : callable, optional
        How a value is written instead.
    is_hidden : bool
        It has no column of its own: the rows' titles and remarks tell it.
    """

    name: str
    unit: str = ""
    digits: int | None = None
    scale: float = 1
    form: object = None
    is_hidden: bool = False

    @property
    def is_text(self):
        """Whether it holds words."""
        return self.digits is None and self.form is not p_value

    def show(self, value):
        """A value in words."""
        if self.form:
            return self.form(value)
        return str(value) if self.digits is None else number(None if is_missing(value) else self.scale * value, self.digits)


def _or_nothing(value):
    """Printed rows have neither a group nor a phase."""
    return value or ""


COLUMNS = {
    "reader": Column("Reader"),
    "kind": Column("Kind", is_hidden=True),
    "dataset": Column("Images", form=size),
    "recipe": Column("GAN"),
    "n_real": Column("Real", "images", 0),
    "n_created": Column("Created", "images", 0),
    "TP": Column("TP", "%", 0),
    "FN": Column("FN", "%", 0),
    "FP": Column("FP", "%", 0),
    "TN": Column("TN", "%", 0),
    "real_as_real": Column("Real", "as real", 0),
    "real_as_synt": Column("Real", "as synt", 0),
    "synt_as_real": Column("Synt", "as real", 0),
    "synt_as_synt": Column("Synt", "as synt", 0),
    "called_real": Column("Called", "real, %", 0, 100),
    "accuracy": Column("Accuracy", "%", 0, 100),
    "p_value": Column("P", "Fisher", form=p_value),
    "p_adjusted": Column("P", "adjusted", form=p_value),
    "d_prime": Column("d′", "", 2),
    "criterion": Column("c", "", 2),
    "sensitivity": Column("Sensitivity", "%", 0, 100),
    "specificity": Column("Specificity", "%", 0, 100),
    "lr_positive": Column("LR+", "", 2),
    "lr_negative": Column("LR−", "", 2),
    "prevalence": Column("Prevalence", "%", 0, 100),
    "unknown_real": Column("Unknown", "real", 0),
    "unknown_created": Column("Unknown", "created", 0),
    "note": Column("Note", is_hidden=True),
    "reader_group": Column("Readers", form=_or_nothing),
    "phase": Column("Phase", form=_or_nothing),
}
# Those that a table has where its study has groups of readers, or phases.
OPTIONAL = ("reader_group", "phase")


def shown_columns(names, groups):
    """Names of the columns that a page shows.

    Intervals stand below the value they belong to, an adjusted P value right of its own. The reader is left out where rows are told apart
    by data set or recipe and each group, whose title says who read, is of one reader.

    Parameters
    ----------
    names : list of str
        Columns of the table; all where empty.
    groups : list of (str, list of dict)

    Raises
    ------
    InputError
        A column that is not known.
    """
    names = list(names) or [name for name in COLUMNS if name not in OPTIONAL]
    for name in names:
        if name not in COLUMNS and not _is_end(name):
            raise InputError("tables.columns", f"column '{name}'", "a column of a table of readers", nearest(name, COLUMNS))
    shown = [name for name in names if name in COLUMNS and not COLUMNS[name].is_hidden]
    if "p_value" in shown and "p_adjusted" in shown:
        shown.remove("p_adjusted")
        shown.insert(shown.index("p_value") + 1, "p_adjusted")
    one_each = all(len({row["reader"] for row in rows}) == 1 for _, rows in groups)
    if one_each and "reader" in shown and ("dataset" in shown or "recipe" in shown):
        shown.remove("reader")
    return shown


def _is_end(name):
    return any(name.endswith(end) and name.removesuffix(end) in COLUMNS for end in ENDS)


def cell(record, name, names):
    """What one cell shows: its value, and its interval or empty text where the table has none of it."""
    column, ends = COLUMNS[name], [record.get(name + end) for end in ENDS]
    has_interval = f"{name}_low" in names and not any(map(is_missing, ends))
    return column.show(record.get(name)), f"{column.show(ends[0])} to {column.show(ends[1])}" if has_interval else ""
