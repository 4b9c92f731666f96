"""Put the answers of every reader of a study, people and model observers, into one long table.

Inputs: the keys of the quizzes (.tsv, each named after its reader); the answers that have come back (`{reader}.csv` in the folder of
responses); the judgements of model observers (.tsv). Output: the judgements (.tsv).
"""

import logging

from neuroturing.io.files import write_table
from neuroturing.read.judgements import gather, with_groups
from neuroturing.runlog import run


def main(quiz_keys, answers, judgements, study, responses, observed=(), groups=None):
    """Write the judgements of every reader who has answered, and of every model observer.

    Parameters
    ----------
    quiz_keys, answers : list of path
        `answers` are the files that are there, so that one that comes in or changes is seen; they are found in `responses`.
    judgements : path
    study : str
    responses : path
    observed : list of path
    groups : dict of str to str, optional
        What kind of reader each is.
    """
    table = with_groups(gather(study, quiz_keys, responses, observed), groups)
    write_table(judgements, table, digits=9)
    logging.info("%d judgements of %d readers, from %d files.", len(table), table["reader"].nunique(), len(answers) + len(observed))


if "snakemake" in globals():
    run(main, snakemake)
