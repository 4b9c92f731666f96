"""Grey levels of what is not background: of any organ, and of nothing but the 8-bit picture."""

import logging

import numpy as np
import pandas as pd

from ..config.types import Field, Options

QUANTITIES = {
    "mean_grey": "mean of what is not background, grey levels 0 to 255",
    "sd_grey": "standard deviation of what is not background, grey levels",
    "median_grey": "median of what is not background, grey levels 0 to 255",
    "background_share": "share of the picture that is background, 0 to 1",
}


class Options(Options):
    """How grey levels are measured."""

    background: int = Field(
        0, ge=0, le=254, description="highest grey level that is background; levels too dark to be seen are 0 in every image set"
    )


def measure(real, created, settings, seed=0):
    """Measure real and created images.

    Parameters
    ----------
    real : ImageSet
    created : list of ImageSet
    settings : dict
        Keys of `Options`.
    seed : int
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        A row for each image, real ones first; columns of `QUANTITIES` and `note`. An image of nothing but background has its share alone.
    """
    background = Options(**settings).background
    rows = [_measure_image(image, background) for images in (real, *created) for image in images.images]
    return pd.DataFrame(rows, columns=[*QUANTITIES, "note"])


def check_real(images, settings):
    """Warn of real images that are nothing but background: a stack may begin and end outside the body, so that none is an error."""
    background = Options(**settings).background
    empty = [images["image"][index] for index, image in enumerate(images.images) if image.max() <= background]
    if empty:
        text = "%s: %d of %d real images are nothing but background (at most grey level %d), the first %s"
        logging.warning(text, images.path, len(empty), images.count, background, empty[0])


def _measure_image(image, background):
    inside = image[image > background]
    row = {"background_share": 1 - inside.size / image.size, "note": ""}
    if not inside.size:
        return row | {"note": f"excluded: nothing above grey level {background}"}
    return row | {"mean_grey": float(inside.mean()), "sd_grey": float(inside.std()), "median_grey": float(np.median(inside))}
