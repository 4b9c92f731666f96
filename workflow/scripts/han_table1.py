"""Table 1 of Han et al. 2018: the published rows beside this run's.

Inputs: the key of each reader's test (.tsv, named after the reader) and the folder of their answers (`{reader}.csv` where present).
Outputs: the table (.tsv) and the same as a page (.html), with the comparison of DCGAN and WGAN.
"""

import logging

from neuroturing.reader_study.quiz_files import write_table
from neuroturing.reader_study.turing_page import write_han_page
from neuroturing.reader_study.turing_table import HAN_COLUMNS, as_text, han_table, read_counts
from neuroturing.runlog import log_to


def main(keys, responses, table_path, page_path, datasets, recipes):
    """Score every reader who has answered; `datasets` and `recipes` are what the table calls each (dict of name to label)."""
    counts, waiting = read_counts(keys, responses, datasets, recipes)
    table = han_table(counts)
    write_table(table_path, as_text(table, HAN_COLUMNS), "\t")
    write_han_page(page_path, table, waiting)
    logging.info("%d published rows, %d of this run's readers.", (table["kind"] == "published").sum(), (table["kind"] == "human").sum())


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.quiz_keys,  # noqa: F821
            snakemake.params.responses,  # noqa: F821
            snakemake.output.table,  # noqa: F821
            snakemake.output.page,  # noqa: F821
            snakemake.params.datasets,  # noqa: F821
            snakemake.params.recipes,  # noqa: F821
        )
