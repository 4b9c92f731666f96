"""Save a training so that it can be killed at any moment, and go on as if it had not been."""

import json
import logging
import os
import zipfile
from pathlib import Path

import numpy as np


def save(path, variables, record):
    """Write variables and a record of plain values under a name, complete or not at all.

    Parameters
    ----------
    path : path
    variables : list of variables
        Anything with `numpy()`, in a fixed order.
    record : dict
        What JSON can hold, and numpy arrays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {key: value for key, value in record.items() if isinstance(value, np.ndarray)}
    plain = {key: value for key, value in record.items() if key not in arrays}
    partial = path.with_name(f".partial-{path.name}")
    with open(partial, "wb") as stream:
        content = {f"variable_{k}": variable.numpy() for k, variable in enumerate(variables)}
        np.savez(stream, plain=json.dumps(plain), **content, **{f"array_{key}": value for key, value in arrays.items()})
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, path)


def load(path, variables):
    """Put back what `save` wrote, and return the record; None where there is nothing to go on from."""
    if not Path(path).exists():
        return None
    try:
        content = np.load(path)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        logging.warning("%s cannot be read (%s): the training starts anew.", path, error)
        return None
    with content:
        for k, variable in enumerate(variables):
            variable.assign(content[f"variable_{k}"])
        arrays = {key.removeprefix("array_"): content[key] for key in content.files if key.startswith("array_")}
        return json.loads(str(content["plain"])) | arrays
