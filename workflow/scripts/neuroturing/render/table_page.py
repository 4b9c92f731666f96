"""The table of readers as a page: what a paper prints beside this run's readers, how to read it, and what the study says of it."""

from .columns import COLUMNS, ENDS, OPTIONAL, cell, shown_columns
from .page import render_notes, write_html

MODELS = "This run: model observers"


def write_page(path, spec, groups, contrasts, facts, notes, waiting, remarks):
    """Write a table of readers and its notes as one HTML file that needs nothing else.

    Parameters
    ----------
    path : path
    spec : dict
        The table's block of the study: title, columns, unit, contrast (between, first, second).
    groups : list of (str, list of dict)
        Title and records, see `read.score.score`. Records of kind `model` are shown in groups of their own.
    contrasts : list of (str, list of dict)
        Title and lines, see `read.contrasts.contrast`.
    facts : dict
        What was worked out of the printed numbers, for the notes, see `read.audit.facts`.
    notes : path or None
        The study's fragment; it may name facts, and page, which is "readers" here.
    waiting : list of str
        Readers who have not answered.
    remarks : list of str
        What must be known of the rows, above the table.
    """
    groups = _apart(groups)
    records = [record for _, rows in groups for record in rows]
    there = [name for name in COLUMNS if name not in OPTIONAL or any(name in record for record in records)]
    names = list(spec.get("columns") or ()) or [name + end for name in there for end in ("", *ENDS)]
    shown = shown_columns(names, groups)
    write_html(
        path,
        "table_page.html.j2",
        title=spec.get("title") or "Readers",
        columns=[COLUMNS[name] for name in shown],
        shown=shown,
        groups=[(title, [_row(record, shown, names, rows) for record in rows], _shared_note(rows)) for title, rows in groups],
        intervals=[name for name in shown if f"{name}_low" in names],
        readers=len({record["reader"] for record in records if record["kind"] == "human"}),
        published=sum(record["kind"] == "published" for record in records),
        observers=list(dict.fromkeys(record["reader"] for record in records if record["kind"] == "model")),
        contrast=spec.get("contrast"),
        contrasts=[(title, rows) for title, rows in contrasts if rows],
        waiting=waiting,
        remarks=remarks,
        notes=render_notes(notes, page="readers", facts=facts),
    )


def _apart(groups):
    """The groups with the model observers in groups of their own, at the end."""
    people = [(title, [record for record in rows if record["kind"] != "model"]) for title, rows in groups]
    models = [
        (title if all(record["kind"] == "model" for record in rows) else MODELS, [record for record in rows if record["kind"] == "model"])
        for title, rows in groups
    ]
    return [(title, rows) for title, rows in [*people, *models] if rows]


def _shared_note(rows):
    """The note that all of several rows have, or empty text."""
    notes = {row.get("note") or "" for row in rows}
    return notes.pop() if len(notes) == 1 and len(rows) > 1 else ""


def _row(record, shown, names, rows):
    """Cells of a record, and its note where it is its own."""
    note = "" if _shared_note(rows) else record.get("note") or ""
    return {"cells": [(COLUMNS[name], *cell(record, name, names)) for name in shown], "note": note}
