"""The comparison as a page for a reader who is no statistician."""

import math
from pathlib import Path

from .archives import write_text


def write_page(path, twelve, references, b_reference, normalisation, minimum, confidence, resamples, remark):
    """Write both tables and their notes as one HTML file that needs nothing else.

    Parameters
    ----------
    path : path
    twelve, references : pandas.DataFrame
        From `compare.comparison` and `compare.b_references`.
    b_reference : str
        What dataset B is held against in the twelve cells, in words.
    normalisation : str
        `image_maximum` or `global`.
    minimum : int
    confidence : float
    resamples : int
    remark : str
        A line on the cohort, shown above the tables; may be empty.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=_number, p=_p_value)
    tested = twelve[twelve["p_value"].notna()]
    text = environment.get_template("comparison.html.j2").render(
        groups=_groups(twelve, ["quantity", "dataset"]),
        references=_groups(references, ["quantity"]),
        side=twelve[twelve["quantity"] == "LR"].to_dict("records"),
        verdicts=tested["verdict"].value_counts().to_dict(),
        tested=len(tested),
        clustered=bool(tested["test"].str.contains("clustered").any()),
        margins={quantity: float(rows["margin"].iloc[0]) for quantity, rows in twelve.groupby("quantity")},
        b_reference=b_reference,
        normalisation=normalisation,
        minimum=minimum,
        confidence=round(100 * confidence),
        resamples=resamples,
        remark=remark,
        names={"MC": "Mean counts (MC)", "LR": "Left/right ratio (LR)"},
    )
    write_text(path, text)


def _groups(table, columns):
    """The table's rows as dicts, in groups of equal values of some columns, in order."""
    return [rows.to_dict("records") for _, rows in table.groupby(columns, sort=False)]


def _number(value, digits, sign=False):
    """A number with a true minus sign, a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    # Adding zero takes the sign off a rounded -0.
    value = round(value, digits) + 0.0
    text = f"{value:+.{digits}f}" if sign and value else f"{value:.{digits}f}"
    return text.replace("-", "−")


def _p_value(value):
    """A P value as journals print it."""
    if math.isnan(value):
        return "–"
    if value < 0.0001:
        return "< 0.0001"
    return f"{value:.4f}" if value < 0.001 else f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"
