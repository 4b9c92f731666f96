"""The blinding audit as a page: what a cheat would try, and whether the quizzes can be won by it."""

from .page import is_missing, number, size, write_html


def write_page(path, rows, cues, together):
    """Write the audit as one HTML file that needs nothing else.

    Parameters
    ----------
    path : path
    rows : list of dict
        See `read.blinding.audit`.
    cues : dict of str to (str, str)
        Sort and meaning of each cue by its name.
    together : list of str
        Cues tried together.
    """
    quizzes = {}
    for row in rows:
        quizzes.setdefault((row["reader"], row["dataset"], row["recipe"]), {})[row["cue"]] = row
    names = [*cues, *together]
    lines = [
        {"head": [place[0], size(place[1]), place[2]], "cells": [_cell(found[name]) for name in names]} for place, found in quizzes.items()
    ]
    leaks = [row for row in rows if row["verdict"].startswith("leak")]
    texture = [row for row in rows if row["verdict"].startswith("texture")]
    write_html(
        path,
        "blinding_page.html.j2",
        title="Blinding audit: can the quiz be won without looking at anatomy?",
        cues=cues,
        names=[name.replace("_", " ") for name in names],
        lines=lines,
        quizzes=len({row["reader"] for row in rows}),
        leaking=list(dict.fromkeys(row["reader"] for row in leaks)),
        leaks=list(dict.fromkeys(row["cue"].replace("_", " ") for row in leaks)),
        texture=list(dict.fromkeys(row["cue"].replace("_", " ") for row in texture if row["cue"] in cues)),
    )


def _cell(row):
    """The area, its interval, and what to make of it."""
    ends = [row["low"], row["high"]]
    interval = "" if any(map(is_missing, ends)) else f"{number(ends[0], 2)} to {number(ends[1], 2)}"
    return {"value": number(row["auc"], 2), "interval": interval, "mark": row["verdict"].partition(":")[0]}
