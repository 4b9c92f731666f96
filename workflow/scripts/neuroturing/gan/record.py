"""What came of a training beside the generator: its history and samples, in one file that everything shown of it is made from."""

import json

import numpy as np

from ..errors import InputError
from ..imageset import read_arrays, write_arrays


def write_record(path, history, sheet, title, real, quality):
    """Write what came of a training; the same bytes for the same content.

    Parameters
    ----------
    path : path
    history : list of dict
    sheet : list of (int, numpy.ndarray)
        Step, and images of the same noise then, uint8 (n, height, width).
    title : str
    real : dict
        Numbers of the history, of real images.
    quality : dict
        reference (validation or train: the images that created ones were compared with), reference_images, created_images, keep (the rule
        by which weights were chosen), kept (their update).
    """
    plain = json.dumps({"history": history, "title": title, "real": real, "quality": quality, "steps": [step for step, _ in sheet]})
    write_arrays(path, {"plain": plain, "sheet": np.array([images for _, images in sheet])})


def read_record(path):
    """Read what `write_record` wrote: a dict of history, sheet, title, real and quality; InputError where it is something else."""
    arrays = read_arrays(path)
    try:
        known = json.loads(str(arrays["plain"]))
        sheet = list(zip(known.pop("steps"), arrays["sheet"], strict=True))
        return {name: known[name] for name in ("history", "title", "real", "quality")} | {"sheet": sheet}
    except (KeyError, ValueError) as error:
        raise InputError(
            path, f"no record of a training ({error})", "what train_gan writes", "delete it and run the pipeline again"
        ) from error
