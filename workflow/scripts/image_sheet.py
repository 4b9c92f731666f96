"""A sheet of real or created images in labelled groups: Figures 2, 3 and 4 of Han et al. 2018, the four sheets of MIRU 2017.

Inputs: an archive of images (.npz) for each group.
Output: the sheet (.png).
"""

from neuroturing.reader_study.image_sheet import draw_groups, pick_images
from neuroturing.reader_study.sheet import save_figure
from neuroturing.runlog import log_to


def main(archives, figure, groups, layout, seed):
    """Draw the images of each group at random and the sheet.

    Parameters
    ----------
    archives : list of path
        In the order of `groups`.
    figure : path
    groups : list of dict
        label ("T1"), kind ("Real", "WGAN"), real (whether its archive is one of real images), sequence (which alone is shown, or
        None).
    layout : dict
        across (groups side by side), columns and rows (of a group's images).
    seed : int
    """
    drawn = []
    for archive, group in zip(archives, groups, strict=True):
        images = pick_images(archive, group["real"], group["sequence"], layout["columns"] * layout["rows"], seed)
        drawn.append((group["label"], f"{group['kind']}, {images.shape[1]} × {images.shape[2]}", images))
    save_figure(figure, draw_groups(drawn, layout["across"], layout["columns"]))


if "snakemake" in globals():
    with log_to(snakemake.log[0]):  # noqa: F821
        main(
            snakemake.input.archives,  # noqa: F821
            snakemake.output.figure,  # noqa: F821
            snakemake.params.groups,  # noqa: F821
            snakemake.params.layout,  # noqa: F821
            snakemake.params.seed,  # noqa: F821
        )
