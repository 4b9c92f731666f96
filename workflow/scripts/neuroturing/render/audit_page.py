"""The audit of a study's printed numbers as a page: what follows, what contradicts, what cannot be known."""

from ..read.recompute import CONTRADICTS, FOLLOWS, IMPOSSIBLE, OPEN, POSSIBLE, ROUNDING, TWICE, WORKED_OUT
from .columns import COLUMNS
from .page import is_missing, number, p_value, size, write_html

MARKS = {FOLLOWS: "✓", CONTRADICTS: "≠", POSSIBLE: "✓", IMPOSSIBLE: "≠", OPEN: "?", TWICE: "=", WORKED_OUT: ""}


def write_page(path, title, parts):
    """Write the audit as one HTML file that needs nothing else.

    Parameters
    ----------
    path : path
    title : str
    parts : list of (str, list of dict)
        A heading and its lines, see `read.recompute.check_table`: tables of readers, then P values, then sums.
    """
    lines = [line for _, part in parts for line in part]
    counts = {verdict: sum(line["verdict"] == verdict for line in lines) for verdict in MARKS}
    write_html(
        path,
        "audit_page.html.j2",
        title=title,
        counts=counts,
        contradictions=[_sentence(heading, line) for heading, part in parts for line in part if line["verdict"] == CONTRADICTS],
        twice=[_sentence(heading, line) for heading, part in parts for line in part if line["verdict"] == TWICE],
        whole=[section for heading, part in parts if (section := _whole(heading, part))],
        parts=[(heading, *_matrix(part)) for heading, part in parts if any(_is_measure(line) for line in part)],
        others=[(heading, *rest) for heading, part in parts if any(rest := _others(part))],
        figures={line["figure"] for line in lines},
        limits={line["limits"] for line in lines if line["limits"]},
    )


def _is_measure(line):
    return line["figure"] in COLUMNS


def _others(part):
    """What no matrix shows, a sum, a P value or a number of the design: lines, and in sentences what follows in row after row."""
    lines = [line for line in part if not (_is_measure(line) or line["verdict"] == TWICE or line["figure"].startswith("whole images"))]
    usual = [line for line in lines if line["verdict"] == FOLLOWS and line["reader"]]
    rows = len({_name(line) for line in part if line["reader"]})
    figures = dict.fromkeys(line["figure"] for line in usual)
    sentences = [f"{name}: ✓ as printed in {sum(line['figure'] == name for line in usual)} of {rows} rows" for name in figures]
    return [_shown(line) for line in lines if line not in usual], sentences


def _name(line):
    """What a line's row is called."""
    return size(", ".join(filter(None, (line["reader"], line["dataset"], line["recipe"]))))


def _value(line, value):
    """A computed or printed value as its column shows it."""
    if is_missing(value):
        return ""
    if isinstance(value, str):
        return value
    if _is_measure(line):
        column = COLUMNS[line["figure"]]
        # Percentages that rounding leaves open differ by less than one.
        return number(column.scale * value, 1) if line["limits"] == ROUNDING and column.scale != 1 else column.show(value)
    return p_value(value) if line["limits"].startswith("Holm") else f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def _printed(line):
    """What is printed, as its column shows it and with all its digits."""
    if line["printed"] and _is_measure(line) and COLUMNS[line["figure"]].scale != 1:
        digits = max(0, len(line["printed"].partition(".")[2]) - 2)
        return number(COLUMNS[line["figure"]].scale * float(line["printed"]), digits)
    return line["printed"].replace("-", "−") if _is_measure(line) else line["printed"]


def _limits(line):
    return "" if is_missing(line["low"]) else f"{_value(line, line['low'])} to {_value(line, line['high'])}"


def _shown(line):
    """A line's cells in words."""
    cells = {"name": _name(line), "printed": _printed(line), "computed": _value(line, line["computed"]), "between": _limits(line)}
    return line | cells | {"mark": MARKS[line["verdict"]]}


def _sentence(heading, line):
    shown = _shown(line)
    figure = f"{COLUMNS[line['figure']].name} {COLUMNS[line['figure']].unit}".strip() if _is_measure(line) else line["figure"]
    return shown | {"heading": heading, "called": figure}


def _matrix(part):
    """Column heads and rows of the measures of a table: a row for each printed one, a cell for each measure."""
    names = list(dict.fromkeys(line["figure"] for line in part if _is_measure(line)))
    rows = {}
    for line in filter(_is_measure, part):
        rows.setdefault(_name(line), {})[line["figure"]] = _shown(line)
    return [COLUMNS[name] for name in names], [(name, [cells.get(figure) for figure in names]) for name, cells in rows.items()]


def _whole(heading, part):
    """Whether whole images give each row, by number of images: heading, numbers, rows, and how many rows each number gives."""
    lines = [line for line in part if line["figure"].startswith("whole images")]
    if not lines:
        return None
    names = list(dict.fromkeys(line["figure"].removeprefix("whole images, ") for line in lines))
    rows = {}
    for line in lines:
        rows.setdefault(_name(line), []).append(_shown(line))
    able = [sum(cells[k]["verdict"] == POSSIBLE for cells in rows.values()) for k in range(len(names) - 1)]
    smallest = next(line["computed"] for line in part if line["figure"] == "images a reader")
    return {"heading": heading, "numbers": names[:-1], "rows": list(rows.items()), "able": able, "smallest": smallest}
