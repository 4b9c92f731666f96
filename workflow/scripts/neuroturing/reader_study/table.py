"""Table 1: the published readers beside this run's, as rows."""

import math

import pandas as pd

from . import published, scoring

COLUMNS = (
    "reader", "kind", "n_real", "n_created", "TP", "FN", "FP", "TN",
    "accuracy", "accuracy_low", "accuracy_high", "d_prime", "criterion", "note",
)  # fmt: skip


def published_row(row):
    """A printed row in the columns of the table: rates verbatim, d' and c from them uncorrected, no n and so no interval."""
    d_prime, criterion = scoring.detection(row.tp / 100, row.fp / 100)
    fits = published.grim(row, published.PAPER_IMAGES)
    verdict = "could" if fits else "cannot"
    note = f"as printed; n per reader is not given and cannot be recovered ({published.PAPER_IMAGES} images {verdict} give these numbers)"
    percent, accuracy = (row.tp, row.fn, row.fp, row.tn), (row.accuracy / 100, None, None)
    return _row(row.reader, "published", None, None, percent, accuracy, (d_prime, criterion), note)


def reader_row(reader, kind, counts):
    """A reader of this run (kind: human or model) in the columns of the table."""
    accuracy, shown, notes = scoring.accuracy(counts), counts.n_real + counts.n_created, []
    if counts.unknown:
        which = f"{counts.unknown_real} real, {counts.unknown_created} created"
        worst = (counts.tp + counts.tn) / shown
        notes.append(f"{counts.unknown} of {shown} images unknown ({which}) and left out; counted as wrong, accuracy {worst:.2f}")
    if accuracy[2] < 0.5:
        notes.append("the whole interval is below 0.5: were the labels inverted?")
    percent, detection = scoring.rates(counts).values(), scoring.detection_of_counts(counts)
    return _row(reader, kind, counts.n_real, counts.n_created, percent, accuracy, detection, "; ".join(notes))


def _row(reader, kind, n_real, n_created, rates, accuracy, detection, note):
    return dict(zip(COLUMNS, (reader, kind, n_real, n_created, *rates, *accuracy, *detection, note), strict=True))


def table1(counts):
    """The published rows, then one row for each reader in `counts` (dict of reader to scoring.Counts)."""
    rows = [published_row(row) for row in published.KOSHINO_TABLE1]
    if not counts:
        for row in rows:
            row["note"] += "; no reader of this run has answered"
    rows += [reader_row(reader, "human", each) for reader, each in counts.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def as_text(table):
    """The table for a TSV file: printed numbers as printed, this run's percentages to two digits and the others to four."""

    def cell(row, name):
        value = row[name]
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return ""
        if not isinstance(value, float):
            return str(value)
        if name in ("TP", "FN", "FP", "TN"):
            return f"{value:.2f}"
        return f"{value:.2f}" if row["kind"] == "published" and name == "accuracy" else f"{value:.4f}"

    return pd.DataFrame([{name: cell(row, name) for name in COLUMNS} for _, row in table.iterrows()], columns=list(COLUMNS))
