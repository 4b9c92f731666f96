"""NeuroTuring's library: everything that is not Snakemake. Importable and unit-tested on its own."""

from . import runlog

runlog.begin()
