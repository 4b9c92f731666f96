"""The reporting checklist as a page."""

from itertools import groupby

from .page import write_html


def write_page(path, title, lines):
    """Write the checklist as one HTML file that needs nothing else.

    Parameters
    ----------
    path : path
    title : str
    lines : list of dict
        From `checklist.answers.fill_in`.
    """
    statuses = [line["status"] for line in lines]
    write_html(
        path,
        "checklist_page.html.j2",
        title=title,
        sections=[(section, list(part)) for section, part in groupby(lines, lambda line: line["section"])],
        counts={status: statuses.count(status) for status in dict.fromkeys(statuses)},
        total=len(lines),
    )
