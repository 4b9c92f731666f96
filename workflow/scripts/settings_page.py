"""Where each setting of a study comes from: stated in the paper, or not stated and why chosen; and its value in this run.

Inputs: study.yaml and the recipes that it trains. Output: a page (.html).
"""

from neuroturing.render.settings_page import write_page
from neuroturing.runlog import run


def main(study, recipes, page, title, resolved, size, override):
    """Write the page; see `neuroturing.render.settings_page.write_page`."""
    write_page(page, title, study, list(recipes), resolved, size, override)


if "snakemake" in globals():
    run(main, snakemake)
