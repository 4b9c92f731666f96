"""The comparison of real and created SPECT slices (Werner et al. 2022): twelve cells, and dataset B against either reference.

Input: the table of measurements (.tsv).
Outputs: the twelve cells (.tsv), dataset B against COR and against all levels (.tsv), and both as a page (.html).
"""

import logging

from neuroturing.runlog import log_to
from neuroturing.spect.archives import read_quantification, write_table
from neuroturing.spect.compare import REFERENCES, b_references, comparison
from neuroturing.spect.page import write_page


def main(quantification, twelve_path, references_path, page, b_reference, normalisation, settings, remark):
    """Compare and write.

    Parameters
    ----------
    quantification, twelve_path, references_path, page : path
    b_reference : str
        `COR` or `all_levels`.
    normalisation : str
        Of mean counts, for the page's notes.
    settings : dict
        margins (MC, LR), minimum, resamples, confidence, seed.
    remark : str
        A line on the cohort for the page; may be empty.
    """
    table = read_quantification(quantification)
    twelve = comparison(table, b_reference=b_reference, **settings)
    references = b_references(table, **settings)
    write_table(twelve_path, twelve)
    write_table(references_path, references)
    notes = {name: settings[name] for name in ("minimum", "confidence", "resamples")}
    write_page(page, twelve, references, REFERENCES[b_reference], normalisation, remark=remark, **notes)
    for row in twelve[twelve["p_value"].isna()].itertuples():
        logging.warning("%s, dataset %s, %s: %s.", row.quantity, row.dataset, row.pattern, row.note)


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.quantification,  # noqa: F821
            snakemake.output.table,  # noqa: F821
            snakemake.output.b_reference,  # noqa: F821
            snakemake.output.page,  # noqa: F821
            snakemake.params.b_reference,  # noqa: F821
            snakemake.params.normalisation,  # noqa: F821
            snakemake.params.settings,  # noqa: F821
            snakemake.params.remark,  # noqa: F821
        )
