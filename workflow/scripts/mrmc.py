"""Models against chance and against each other, for readers and images beyond those of the study (see neuroturing.read.across).

Input: the judgements (.tsv). Outputs: the results (.tsv), and people's readings as iMRMC reads them (.imrmc).
"""

import logging

from neuroturing.errors import InputError
from neuroturing.io.files import complete, write_table, write_text
from neuroturing.mrmc import write_imrmc
from neuroturing.read.across import COLUMNS, across, people
from neuroturing.read.judgements import read_judgements
from neuroturing.runlog import run

NOBODY = "No person has answered: nothing follows.\n"


def main(judgements, table, readings, study, datasets, recipes, endpoint, margin=None):
    """Analyse and write.

    Parameters
    ----------
    judgements, table, readings : path
        `readings` holds one line that says so where nobody has answered.
    study : str
    datasets, recipes : dict of str to str
        What the table calls each.
    endpoint : str
        "accuracy" or "auc", what the margin belongs to.
    margin : float, optional
        Of equivalence.

    Raises
    ------
    InputError
        The judgements cannot be used, or the readings not be written in iMRMC's format.
    """
    judged = read_judgements(judgements)
    rows = across(judged, datasets, recipes, endpoint, margin)
    write_table(table, rows, COLUMNS)
    human = people(judged)
    if human.empty:
        write_text(readings, NOBODY)
    else:
        try:
            with complete(readings) as partial:
                write_imrmc(human, partial, f"{study}: rating above 0 is real, below 0 created, 0 unknown; truth 1 is real")
        except ValueError as error:
            raise InputError(judgements, str(error), "readings that iMRMC's format can hold", "rename what it names") from error
    logging.info("%d comparisons; %d readings of people.", len(rows), len(human))


if "snakemake" in globals():
    run(main, snakemake)
