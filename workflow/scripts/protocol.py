"""Write down what a reader study is decided by, before anyone answers: its hash goes into each quiz and its answers.

Output: the protocol (.json): endpoint, design, analysis, margin, whether all readers see one set, how many images
come twice, blocks, practice cases, and what the page shows and asks.
"""

import logging

from neuroturing.io.files import write_json
from neuroturing.runlog import run


def main(protocol, study, decided, blocks, practice, page, shown, sessions=None):
    """Write the protocol of `study`; `decided` as `neuroturing.config.model.Protocol`, `page` as its Page, `shown`: same_set and repeats,
    `sessions`: phases and washout_days where there are any."""
    record = {"study": study, **decided, **shown, "blocks": blocks, "practice": practice, "page": page, **(sessions or {})}
    write_json(protocol, record)
    logging.info("%s: decided by %s.", study, decided["endpoint"])


if "snakemake" in globals():
    run(main, snakemake)
