"""The front page of a study: whether anybody could tell, in five answers, and its figures under the paper's names."""

import base64
from pathlib import Path

from PIL import Image

from .answers import interval
from .page import number, write_html
from .report_pictures import FORM, as_webp

WIDTH = 900  # pixels of a figure on the page; the file itself has them all


def write_page(path, title, citation, remarks, answers, models, figures):
    """Write a study's front page as one HTML file that needs nothing else.

    Parameters
    ----------
    path : path
    title, citation : str
    remarks : list of str
        What must be known of the cohort.
    answers : list of dict
        From `answers.all_answers`.
    models : list of dict
        From `model_rows`.
    figures : list of dict
        title, caption, and file: a PNG.
    """
    shown = [figure | _picture(figure["file"]) | {"name": Path(figure["file"]).stem} for figure in figures]
    write_html(path, "summary_page.html.j2", title=title, citation=citation, remarks=remarks, answers=answers, models=models, figures=shown)


def model_rows(realism, copying, labels):
    """What the page's table says of each model: label, cells, copying.

    Parameters
    ----------
    realism, copying : pandas.DataFrame or None
    labels : dict
        By "dataset/recipe".
    """
    rows = []
    for pair, label in labels.items() if realism is not None else ():
        dataset, recipe = pair.split("/")
        mine = realism[(realism["dataset"] == dataset) & (realism["recipe"] == recipe) & (realism["feature_space"] == "pixels")]
        found = {row["measure"]: row for row in mine.to_dict("records")}
        cells = [*_cells(found.get("kernel_distance"), 3), *_cells(found.get("coverage"), 2), *_cells(found.get("c2st_neighbours"), 2)[:1]]
        verdict = copying[(copying["dataset"] == dataset) & (copying["recipe"] == recipe)]["verdict"] if copying is not None else []
        rows.append({"label": label, "cells": cells, "copying": next(iter(verdict), "")})
    return rows


def _cells(row, digits):
    if row is None:
        return ["–", "–"]
    return [f"{number(row['value'], digits)}{interval(row['low'], row['high'], digits)}", number(row["real_vs_real"], digits)]


def _picture(path):
    """A figure as data, no wider than the page, and the width that it is shown at."""
    with Image.open(path) as figure:
        small = figure.convert("RGB")
    if small.width > WIDTH:
        small = small.resize((WIDTH, round(small.height * WIDTH / small.width)), Image.Resampling.LANCZOS)
    return {"picture": f"data:image/{FORM};base64,{base64.b64encode(as_webp(small)).decode()}", "width": small.width}
