"""Write a study's front page: whether anybody could tell.

Inputs: judgements and reader tables, realism.tsv, copying.tsv and use.tsv where the study has them; figures (PNG). Output: HTML.
"""

from neuroturing.io.files import read_table
from neuroturing.render.answers import all_answers
from neuroturing.render.summary_page import model_rows, write_page
from neuroturing.runlog import run

NUMBERS = ("value", "low", "high", "real_vs_real", "p_value")


def main(page, title, citation, remarks, labels, captions, judgements=(), tables=(), realism=(), copying=(), use=(), figures=()):
    """Answer the questions, and write the page.

    Parameters
    ----------
    page : path
    title, citation : str
    remarks : list of str
        What must be known of the cohort.
    labels : dict
        What tables call each model, by "dataset/recipe".
    captions : list of dict
        title and caption of each of `figures`.
    judgements, realism, copying, use : list of path
        One file, or none where the study has no such table.
    tables, figures : list of path
    """
    judged, real, copied, used = (read_table(files[0], numbers=NUMBERS) if files else None for files in (judgements, realism, copying, use))
    answers = all_answers(judged, [read_table(path) for path in tables], real, copied, used, labels)
    shown = [caption | {"file": path} for caption, path in zip(captions, figures, strict=True)]
    write_page(page, title, citation, remarks, answers, model_rows(real, copied, labels), shown)


if "snakemake" in globals():
    run(main, snakemake)
