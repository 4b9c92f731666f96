"""The blinding audit as a page: what a cheat would try, and whether the quizzes can be won by it."""

from .page import is_missing, number, size, write_html

TOGETHER = "together"


def write_page(path, rows, cues, together, leak, visible):
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
    leak, visible : str
        Verdicts on a cue that is found.
    """
    quizzes = {}
    for row in rows:
        quizzes.setdefault((row["reader"], row["dataset"], row["recipe"]), {})[row["cue"]] = row
    groups = {}
    for name, (sort, meaning) in (cues | {name: (TOGETHER, name) for name in together}).items():
        groups.setdefault(sort, []).append((meaning, [_cell(found[name], leak, visible) for found in quizzes.values()]))
    found = {verdict: [row for row in rows if row["verdict"] == verdict] for verdict in (leak, visible)}
    write_html(
        path,
        "blinding_page.html.j2",
        title="Blinding audit: can the quiz be won without looking at anatomy?",
        heads=[[size(word) for word in words] for words in zip(*quizzes, strict=True)],
        columns=len(quizzes),
        groups=[(title.capitalize(), lines) for title, lines in groups.items()],
        quizzes=len({row["reader"] for row in rows}),
        leaking=list(dict.fromkeys(row["reader"] for row in found[leak])),
        leaks=_named(found[leak], cues),
        # All together hold what leaks too: where something does, they say nothing of what can be seen.
        visible=_named([row for row in found[visible] if row["cue"] in cues or not found[leak]], cues),
    )


def _named(rows, cues):
    """What the cues of some rows mean; those together only where there is no single one."""
    single = [cues[row["cue"]][1] for row in rows if row["cue"] in cues]
    return list(dict.fromkeys(single or [row["cue"] for row in rows]))


def _cell(row, leak, visible):
    """The area, its interval, and whether it is beyond chance."""
    ends = [row["low"], row["high"]]
    if row["p"] == 1 and ends[0] == ends[1]:
        return {"value": "same", "interval": "", "is_found": False}
    interval = "" if any(map(is_missing, ends)) else f"{number(ends[0], 2)} to {number(ends[1], 2)}"
    return {"value": number(row["auc"], 2), "interval": interval, "is_found": row["verdict"] in (leak, visible)}
