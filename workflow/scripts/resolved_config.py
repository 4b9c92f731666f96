"""Write the settings of a run as they were after every merge: defaults, studies, size, the user's files, overrides.

Input: none. Output: results/config.yaml.
"""

import yaml

from neuroturing.io.files import write_text
from neuroturing.runlog import run


def main(config, settings):
    """Write the settings; a study's recipes stand under `trained`, each with every number."""
    write_text(config, yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=140))


if "snakemake" in globals():
    run(main, snakemake)
