"""Mean counts and left/right ratio of SPECT slices, by the same steps for real and created images.

Quantities are named in the abstract of Werner et al. 2022 (MC and LR); how they were measured is not stated there.
"""

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from .masks import MAX_TILT_DEG, THRESHOLD, NoSectionError, brain_section

SOURCES = ("real", "A", "B")
PATTERNS = ("normal", "unilateral", "bilateral")
LEVELS = ("CER", "BG", "COR")
NORMALISATIONS = ("image_maximum", "global")
COLUMNS = (
    "image", "source", "pattern", "level", "mean_counts", "lr_ratio", "subject",
    "mean_counts_image_maximum", "mean_counts_global", "tilt_deg", "shift_pixels", "mask_pixels", "note",
)  # fmt: skip


def quantify_image(image, threshold=THRESHOLD, max_tilt_deg=MAX_TILT_DEG):
    """Measure one slice.

    Parameters
    ----------
    image : array_like, shape (height, width)
        Grey levels or counts, front of the head at the top, the patient's left on the right, as `levels.cut_level` lays every slice.
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


def quantify(images, names, source, pattern, level=None, subject=None, counts_scale=None, **settings):
    """Measure a stack of slices.

    Parameters
    ----------
    images : numpy.ndarray, shape (n, height, width)
    names : sequence of str, length n
    source : str
        `real`, `A` or `B`.
    pattern : str or sequence of str, length n
    level, subject : sequence of str, length n, optional
        Empty where unknown.
    counts_scale : float or array_like, shape (n,), optional
        Counts per grey level; NaN or absent where grey levels are relative.
    **settings
        Of `quantify_image`.

    Returns
    -------
    pandas.DataFrame
        A row for each image: image, source, pattern, level, subject, the values of `quantify_image`, counts_scale, and note. A created
        image without a brain section keeps its row, its values empty and its note beginning with "excluded".

    Raises
    ------
    InputError
        A real image without a brain section; shapes, sources, patterns, levels or settings that are not known.
    """
    images = np.asarray(images)
    _check(images, names, source)
    rows = []
    for image, name in zip(images, names, strict=True):
        try:
            rows.append({"image": name, **quantify_image(image, **settings), "note": ""})
        except NoSectionError as error:
            if source == "real":
                hint = "look at it: is the level inside the head? take it out of the cohort table, or mend it"
                raise InputError(f"image {name}", error, "an axial slice of a perfused brain", hint) from error
            rows.append({"image": name, "note": f"excluded: {error}"})
    empty = [""] * len(rows)
    table = pd.DataFrame(rows, columns=["image", *_MEASURES, "note"])
    scale = np.nan if counts_scale is None else np.asarray(counts_scale, float)
    table = table.assign(source=source, pattern=pattern, counts_scale=scale)
    table = table.assign(level=empty if level is None else level, subject=empty if subject is None else subject)
    for column, known, optional in (("pattern", PATTERNS, False), ("level", LEVELS, True)):
        for name, value in zip(table["image"], table[column], strict=True):
            if value not in known and not (optional and value == ""):
                raise InputError(f"image {name}", f"{column} '{value}'", f"one of {', '.join(known)}", nearest(value, known))
    return table


_MEASURES = ("grey_mean", "grey_maximum", "lr_ratio", "tilt_deg", "shift_pixels", "mask_pixels")


def _check(images, names, source):
    if images.ndim != 3 or len(images) != len(names):
        found = f"images of shape {images.shape} for {len(names)} names"
        raise InputError(f"images of source {source}", found, "shape (n, height, width) and n names", "write the archive anew")
    if source not in SOURCES:
        raise InputError("source", f"'{source}'", f"one of {', '.join(SOURCES)}", nearest(source, SOURCES))


def normalise(real, created, normalisation="image_maximum"):
    """Turn grey means into mean counts and lay out the table.

    `image_maximum`: the mean in the section over the image's own robust maximum (99th percentile of the smoothed section). It needs no
    scale, so it is there for every image; it is all that a model trained on images scaled one by one can be asked for.

    `global`: the mean in counts over one number for the whole study, the median robust maximum of its real images. It needs counts per
    grey level. Created images have them only where every real image was scaled by the same factor before the model was trained, which is
    what a data set normalised globally means; that factor is then theirs.

    Parameters
    ----------
    real, created : pandas.DataFrame
        From `quantify`. The scale of created images is not read.
    normalisation : str
        Which of the two becomes `mean_counts`. Not stated in the abstract: the default was chosen because it needs no calibration.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; both normalisations where they can be had, `mean_counts_global` empty for created images otherwise.

    Raises
    ------
    InputError
        `global` asked for where real images have no counts, or not the same counts per grey level.
    """
    if normalisation not in NORMALISATIONS:
        hint = nearest(normalisation, NORMALISATIONS)
        raise InputError("config: normalisation", f"'{normalisation}'", f"one of {', '.join(NORMALISATIONS)}", hint)
    scales = real["counts_scale"].to_numpy(float)
    known = bool(len(scales)) and bool(np.all(np.isfinite(scales) & (scales > 0)))
    common = known and bool(np.ptp(scales) <= 1e-6 * scales.max())
    if normalisation == "global" and not common:
        found = "real images whose counts per grey level differ" if known else "real images without counts per grey level"
        hint = "scale the data set globally before training, or choose normalisation: image_maximum"
        raise InputError("config: normalisation", f"global, but {found}", "one factor for every image", hint)
    created = created.assign(counts_scale=float(scales[0]) if common else np.nan)
    table = pd.concat([frame for frame in (real, created) if len(frame)], ignore_index=True)
    reference = float(np.median(real["grey_maximum"] * scales)) if known else np.nan
    table["mean_counts_image_maximum"] = table["grey_mean"] / table["grey_maximum"]
    table["mean_counts_global"] = table["grey_mean"] * table["counts_scale"] / reference
    table["mean_counts"] = table[f"mean_counts_{normalisation}"]
    return table[list(COLUMNS)]
