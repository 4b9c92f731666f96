"""Write down what a reader study is decided by, before anyone answers: its hash goes into each quiz and its answers.

Output: the protocol (.json): endpoint, design, analysis, margin, blocks, practice cases, and what the page shows and asks.
"""

import logging

from neuroturing.io.files import write_json
from neuroturing.runlog import run


def main(protocol, study, decided, blocks, practice, page, sessions=None):
    """Write the protocol of `study`; `decided` as `neuroturing.config.model.Protocol`, `page` as its Page, `sessions` phases and
    washout_days where there are any."""
    write_json(protocol, {"study": study, **decided, "blocks": blocks, "practice": practice, "page": page, **(sessions or {})})
    logging.info("%s: decided by %s.", study, decided["endpoint"])


if "snakemake" in globals():
    run(main, snakemake)
