"""Mean counts and left/right ratio of axial perfusion slices, by the same steps for real and created images.

The quantities are those of Werner et al., Sci Rep 2022;12:18787 (MC and LR); how they were measured is not stated in its abstract.
"""

import logging
from typing import Literal

import numpy as np
import pandas as pd

from ..config.types import Field, Options
from ..errors import InputError
from .masks import MAX_TILT_DEG, THRESHOLD, NoSectionError, brain_section

QUANTITIES = {
    "mean_counts": "mean over the brain section, relative: a share of the image's own robust maximum (normalisation: image_maximum), which "
    "says nothing of the absolute level, or of the real images' median one (global)",
    "lr_ratio": "mean of the patient's left half of the brain section over mean of its right half; 1 is symmetric",
    "mean_counts_image_maximum": "mean over the brain section, share of the image's own robust maximum (99th percentile, smoothed)",
    "mean_counts_global": "mean over the brain section in counts, share of the median robust maximum of the real images",
    "tilt_deg": "in-plane tilt of the midline, degrees; positive turns the front of the head to the right side of the picture",
    "shift_pixels": "distance of the midline from the middle of the picture, pixels",
    "mask_pixels": "area of the brain section, pixels",
}
_OF_A_SLICE = ("grey_mean", "grey_maximum", "lr_ratio", "tilt_deg", "shift_pixels", "mask_pixels")
# Not stated: chosen because left/right differences of healthy brains reach about 3 %.
PHYSIOLOGICAL = 0.03


class Options(Options):
    """How perfusion slices are measured."""

    normalisation: Literal["image_maximum", "global"] = Field(
        "image_maximum",
        description="what mean counts are a share of: image_maximum, the image's own; global, one number for the study, which needs slices "
        "that were all scaled by the same factor",
    )
    threshold: float = Field(0.46, gt=0, lt=1, description="edge of the brain, share of the robust maximum")
    max_tilt_deg: float = Field(20, ge=0, le=45, description="largest in-plane tilt of the midline that is looked for, degrees")
    unsided_levels: list[str] = Field(
        ["CER"], description="levels that may lose counts on the other side than the defect's (crossed cerebellar diaschisis)"
    )


def measure_slice(image, threshold=THRESHOLD, max_tilt_deg=MAX_TILT_DEG):
    """Measure one slice.

    Parameters
    ----------
    image : array_like, shape (height, width)
        Grey levels or counts, front of the head at the top, the patient's left on the right of the picture.
    threshold, max_tilt_deg : float
        See `masks.brain_section`.

    Returns
    -------
    dict
        grey_mean (mean in the brain section, units of the image), grey_maximum (robust maximum, same units), lr_ratio (mean of the left
        half over mean of the right half of the section; a pixel on its edge or on the midline counts by its share), tilt_deg, shift_pixels,
        mask_pixels.

    Raises
    ------
    NoSectionError
        No brain section, or a half of it without counts.
    """
    image = np.asarray(image, float)
    section = brain_section(image, threshold, max_tilt_deg)
    rows, columns = np.nonzero(section.share)
    counts, share = image[rows, columns], section.share[rows, columns]
    left = np.clip(section.midline.distance(rows, columns) + 0.5, 0, 1)
    halves = [np.average(counts, weights=half) if half.sum() >= 1 else 0.0 for half in (share * left, share * (1 - left))]
    if min(halves) <= 0:
        raise NoSectionError("one half of the brain section has no counts")
    return {
        "grey_mean": float(np.average(counts, weights=share)),
        "grey_maximum": section.maximum,
        "lr_ratio": float(halves[0] / halves[1]),
        "tilt_deg": section.midline.tilt_deg,
        "shift_pixels": section.midline.shift,
        "mask_pixels": int(section.mask.sum()),
    }


def measure(real, created, settings, seed=0):
    """Measure real and created slices, and normalise their counts together.

    Parameters
    ----------
    real : ImageSet
        Label counts_scale, where there is one: counts per grey level.
    created : list of ImageSet
    settings : dict
        Keys of `Options`.
    seed : int
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        A row for each image, real ones first; columns of `QUANTITIES` and `note`. Both normalisations where they can be had;
        `mean_counts_global` is empty for created images unless every real image was scaled by the same factor.

    Raises
    ------
    InputError
        A real image without a brain section; `global` asked for where real images have no counts, or not the same per grey level.
    """
    options = Options(**settings)
    first = _measure_real(real, options)
    others = [pd.DataFrame([_row_or_reason(image, options) for image in images.images]) for images in created]
    table = pd.concat([first, *others], ignore_index=True).reindex(columns=[*_OF_A_SLICE, "note"])
    return _normalised(table, real, options.normalisation)


def check_real(images, settings):
    """See that real slices can be measured, and that a defect lies where the cohort table says; to be asked before training.

    Parameters
    ----------
    images : ImageSet
        Labels scan and level are named in messages; label side (left, right, or empty), where there is one, is held against the ratio.
    settings : dict
        Keys of `Options`.

    Raises
    ------
    InputError
        No brain section in a slice.
    """
    _measure_real(images, Options(**settings))


def _measure_real(images, options):
    """Values of `measure_slice` of each real image; raises InputError where there is no section, warns of a defect on the other side."""
    rows = []
    for index, image in enumerate(images.images):
        label = images.describe(index)
        row = _row_or_reason(image, options)
        if row["note"]:
            where = " ".join(part for part in (label["scan"] or label["image"], label["level"] and f"at {label['level']}") if part)
            hint = "look at it: is the plane inside the head? give another height in the cohort table, or leave the level out"
            raise InputError(
                f"{images.path}, scan {where}", row["note"].removeprefix("excluded: "), "an axial slice of a perfused brain", hint
            )
        ratio = row["lr_ratio"]
        away = {"left": ratio, "right": 1 / ratio}.get(label.get("side"), 0)
        if label["level"] not in options.unsided_levels and away > 1 + PHYSIOLOGICAL:
            text = "%s: side %s in the cohort table, but left/right is %.3f at %s: is the side wrong, or the image flipped?"
            logging.warning(text, label["scan"], label["side"], ratio, label["level"] or label["image"])
        rows.append(row)
    return pd.DataFrame(rows)


def _row_or_reason(image, options):
    try:
        return measure_slice(image, options.threshold, options.max_tilt_deg) | {"note": ""}
    except NoSectionError as error:
        return {"note": f"excluded: {error}"}


def _normalised(table, real, normalisation):
    """Columns of `QUANTITIES` and `note` from the values of all slices, real ones first.

    `image_maximum`: the mean in the section over the image's own robust maximum. It needs no scale, so it is there for every image; it is
    all that a model trained on images scaled one by one can be asked for.

    `global`: the mean in counts over one number for the whole study, the median robust maximum of its real images. It needs counts per
    grey level. Created images have them only where every real image was scaled by the same factor before the model was trained; that
    factor is then theirs.
    """
    scales = np.asarray(real.labels.get("counts_scale", np.full(real.count, np.nan)), float)
    known = bool(len(scales)) and bool(np.all(np.isfinite(scales) & (scales > 0)))
    common = known and bool(np.ptp(scales) <= 1e-6 * scales.max())
    if normalisation == "global" and not common:
        found = "real images whose counts per grey level differ" if known else "real images without counts per grey level"
        hint = "scale the cut globally before training, or choose normalisation: image_maximum"
        raise InputError("measures: normalisation", f"global, but {found}", "one factor for every image", hint)
    counts_scale = np.full(len(table), scales[0] if common else np.nan)
    counts_scale[: real.count] = scales
    reference = float(np.median(table["grey_maximum"][: real.count] * scales)) if known else np.nan
    table["mean_counts_image_maximum"] = table["grey_mean"] / table["grey_maximum"]
    table["mean_counts_global"] = table["grey_mean"] * counts_scale / reference
    table["mean_counts"] = table[f"mean_counts_{normalisation}"]
    return table[[*QUANTITIES, "note"]]
