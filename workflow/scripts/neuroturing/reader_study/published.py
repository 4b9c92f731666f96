"""The printed tables of three papers, and what their numbers allow.

Koshino et al. 2018, Table 1 is in percent; positive means real: TP, FN are real images called real, created; FP, TN are created
ones. Han et al. 2018, Table 1 and Han et al. 2017 (MIRU) are in images.
"""

import math
from dataclasses import dataclass

import numpy as np

PAPER_IMAGES = 50
PAPER_SHARE = (0.4, 0.6)


@dataclass(frozen=True)
class PublishedRow:
    """One printed row: whole percentages, and accuracy in hundredths (55 for 0.55)."""

    reader: str
    tp: int
    fn: int
    fp: int
    tn: int
    accuracy: int


KOSHINO_TABLE1 = (
    PublishedRow("NR1", 56, 44, 45, 55, 55),
    PublishedRow("NR2", 30, 70, 71, 29, 30),
    PublishedRow("NNR1", 90, 10, 24, 76, 83),
    PublishedRow("NNR2", 83, 17, 40, 60, 72),
    PublishedRow("NNR3", 73, 27, 44, 56, 64),
)


def grim(row, images, share=PAPER_SHARE):
    """Whether whole images can give a printed row: the GRIM test (Brown and Heathers 2017) for two rates and their accuracy.

    Parameters
    ----------
    row : PublishedRow
    images : int
        Real and created images that the reader saw in all.
    share : (float, float)
        Least and largest share of created images.

    Returns
    -------
    bool
        True where some number of created images within `share`, some count of real images called real and some count of created
        images called real round to the printed TP, FP and accuracy. Halves may have been rounded either way.
    """
    for created in range(math.ceil(images * share[0] - 1e-9), math.floor(images * share[1] + 1e-9) + 1):
        real = images - created
        if not created or not real:
            continue
        tp = _counts(row.tp, real)[:, None]
        fp = _counts(row.fp, created)[None, :]
        # In halves of a percent, so that nothing is rounded here.
        if np.any(np.abs(200 * (tp + created - fp) - 2 * row.accuracy * images) <= images):
            return True
    return False


def _counts(percent, total):
    """The counts of `total` that round to a percentage, either way at a half."""
    counts = np.arange(total + 1)
    return counts[np.abs(200 * counts - 2 * percent * total) <= total]


def smallest_sample(rows, largest=1000):
    """The smallest number of images a reader with which every row can arise, or None up to `largest`."""
    return next((images for images in range(2, largest + 1) if all(grim(row, images) for row in rows)), None)


@dataclass(frozen=True)
class TuringRow:
    """One printed row of a Visual Turing Test: counts of 50 real and 50 created images, and accuracy in percent."""

    dataset: str
    recipe: str
    real_as_real: int
    real_as_synt: int
    synt_as_real: int
    synt_as_synt: int
    accuracy: int


PHYSICIAN = "physician"
HAN_TABLE1 = (
    TuringRow("T1, 128x128", "DCGAN", 26, 24, 6, 44, 70),
    TuringRow("T1c, 128x128", "DCGAN", 24, 26, 3, 47, 71),
    TuringRow("T2, 128x128", "DCGAN", 22, 28, 8, 42, 64),
    TuringRow("FLAIR, 128x128", "DCGAN", 12, 38, 8, 42, 54),
    TuringRow("Concat, 128x128", "DCGAN", 34, 16, 7, 43, 77),
    TuringRow("Concat, 64x64", "DCGAN", 13, 37, 9, 41, 54),
    TuringRow("T1, 128x128", "WGAN", 20, 30, 6, 44, 64),
    TuringRow("T1c, 128x128", "WGAN", 13, 37, 8, 42, 55),
    TuringRow("T2, 128x128", "WGAN", 19, 31, 11, 39, 58),
    TuringRow("FLAIR, 128x128", "WGAN", 16, 34, 4, 46, 62),
    TuringRow("Concat, 128x128", "WGAN", 31, 19, 15, 35, 66),
    TuringRow("Concat, 64x64", "WGAN", 18, 32, 15, 35, 53),
)
# MIRU 2017 prints no size beside the table; its images are 64x64 of all four sequences.
MIRU_TABLE = (TuringRow("Concat, 64x64", "WGAN", 18, 32, 15, 35, 53),)
# As printed beside MIRU's counts: percent, percent, ratio, ratio, percent.
MIRU_PRINTED = {"sensitivity": 36.00, "specificity": 70.00, "lr_positive": 1.20, "lr_negative": 0.91, "prevalence": 50}
