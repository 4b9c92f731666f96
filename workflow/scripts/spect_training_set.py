"""Select one training set, a pattern at some levels, from the stack of real slices.

Input: the stack (.npz of spect_dataset). Output: a stack of the selected slices (.npz), with the same arrays.
"""

from neuroturing.runlog import log_to
from neuroturing.spect.stack import select, write_slices


def main(stack_path, dataset_path, pattern, levels):
    """Data set A of Werner 2022 has all three levels, B has COR alone (abstract); a model learns one pattern."""
    write_slices(dataset_path, *select(stack_path, pattern, levels))


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(snakemake.input.stack, snakemake.output.dataset, snakemake.params.pattern, snakemake.params.levels)  # noqa: F821
