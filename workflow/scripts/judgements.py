"""Put the answers of every reader of a study, people and model observers, into one long table.

Inputs: the keys of the quizzes (.tsv, each named after its reader); the answers that have come back (`{reader}.csv` in the folder of
responses); the judgements of model observers (.tsv). Output: the judgements (.tsv).
"""

import logging

from neuroturing.io.files import write_table
from neuroturing.read.judgements import gather
from neuroturing.runlog import run


def main(quiz_keys, answers, judgements, study, responses, observed=()):
    """Write the judgements of every reader who has answered, and of every model observer.

    Parameters
    ----------
    quiz_keys, answers : list of path
        `answers` are the files that are there, so that one that comes in or changes is seen; they are found in `responses`.
    judgements : path
    study : str
    responses : path
    observed : list of path
    """
    table = gather(study, quiz_keys, responses, observed)
    write_table(judgements, table, digits=9)
    logging.info("%d judgements of %d readers, from %d files.", len(table), table["reader"].nunique(), len(answers) + len(observed))


if "snakemake" in globals():
    run(main, snakemake)
