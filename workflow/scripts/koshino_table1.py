"""Table 1 of Koshino et al. 2018: the published readers beside this run's.

Inputs: the key of each reader's quiz (.tsv, named after the reader) and the folder of their answers (`{reader}.csv` where present).
Outputs: the table (.tsv) and the same as a page (.html).
"""

import logging
from pathlib import Path

from neuroturing.reader_study.answers import find_answers, read_answers
from neuroturing.reader_study.draw import check_readers
from neuroturing.reader_study.page import write_page
from neuroturing.reader_study.quiz_files import read_key, write_table
from neuroturing.reader_study.scoring import count
from neuroturing.reader_study.table import as_text, table1
from neuroturing.runlog import log_to


def main(keys, responses, table_path, page_path):
    """Score every reader who has answered and write the table and its page."""
    keys = {Path(path).stem: path for path in keys}
    check_readers(list(keys))
    answers = find_answers(responses, list(keys))
    counts = {reader: count(read_answers(path, read_key(keys[reader]))) for reader, path in answers.items()}
    waiting = [reader for reader in keys if reader not in counts]
    if waiting:
        logging.info("No answers in %s from %s.", responses, ", ".join(waiting))
    table = table1(counts)
    write_table(table_path, as_text(table), "\t")
    write_page(page_path, table, waiting)
    logging.info("%d published and %d human readers.", (table["kind"] == "published").sum(), len(counts))


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.quiz_keys,  # noqa: F821
            snakemake.params.responses,  # noqa: F821
            snakemake.output.table,  # noqa: F821
            snakemake.output.page,  # noqa: F821
        )
