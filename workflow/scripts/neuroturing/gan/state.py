"""Save a training so that it can be killed at any moment, and go on as if it had not been.

A state is one file: the hexadecimal SHA-256 of the rest, a line end, and an `.npz`. The one before is kept beside it, and used where the
newest cannot be.
"""

import contextlib
import fcntl
import hashlib
import io
import json
import logging
import os
import socket
from pathlib import Path

import numpy as np

from ..errors import TrainingError
from ..io.files import complete

DIGEST = 64


def save(path, variables, record):
    """Write variables and a record of plain values under a name, complete or not at all; what bore the name before is kept beside it.

    Parameters
    ----------
    path : path
    variables : list of variables
        Anything with `numpy()`, in a fixed order.
    record : dict
        What JSON can hold, and numpy arrays.

    Raises
    ------
    OSError
        It could not be written; the states that were there are there still.
    """
    path = Path(path)
    arrays = {key: value for key, value in record.items() if isinstance(value, np.ndarray)}
    plain = {key: value for key, value in record.items() if key not in arrays}
    content = io.BytesIO()
    values = {f"variable_{k}": variable.numpy() for k, variable in enumerate(variables)}
    np.savez(content, plain=json.dumps(plain), **values, **{f"array_{key}": value for key, value in arrays.items()})
    with complete(path) as partial:
        with open(partial, "wb") as stream:
            stream.write(hashlib.sha256(content.getbuffer()).hexdigest().encode() + b"\n")
            stream.write(content.getbuffer())
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            os.replace(path, _before(path))


def load(path, variables):
    """Put back what `save` wrote last, or before that where it is damaged; give the record, or None where there is nothing to go on from.

    Nothing is put back before everything has been read.
    """
    for candidate in (Path(path), _before(path)):
        if not candidate.exists():
            continue
        try:
            values, record = _read(candidate, [tuple(variable.shape) for variable in variables])
        # A damaged archive gives one of many exceptions, and none of them may stop a training that can start anew.
        except Exception as error:
            logging.warning("%s cannot be read (%s): the state before it is used, or the training starts anew.", candidate, error)
            continue
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return record
    return None


def _before(path):
    path = Path(path)
    return path.with_name(f"{path.stem}-before{path.suffix}")


def _read(path, shapes):
    """Values of the variables, and the record; ValueError where they are not those that were written."""
    with open(path, "rb") as stream:
        digest, content = stream.read(DIGEST + 1)[:DIGEST], stream.read()
    if hashlib.sha256(content).hexdigest().encode() != digest:
        raise ValueError("it is not what was written")
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    values = [arrays[f"variable_{k}"] for k in range(len(shapes))]
    if [value.shape for value in values] != shapes or f"variable_{len(shapes)}" in arrays:
        raise ValueError("it is of another model")
    record = json.loads(str(arrays["plain"]))
    return values, record | {key.removeprefix("array_"): value for key, value in arrays.items() if key.startswith("array_")}


@contextlib.contextmanager
def held(folder):
    """Keep a folder of states to this process, as long as it lives.

    Raises
    ------
    TrainingError
        Another process holds it: one whose Snakemake was killed goes on training.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            stream.seek(0)
            owner = stream.read().strip() or "unknown"
            text = f"{folder}: process {owner} is training this model already, perhaps from a run that was killed."
            raise TrainingError(f"{text} Hint: let it end, or end it with kill, and run again.") from error
        except OSError:
            logging.info("%s: no locks on this file system.", folder)
        stream.truncate(0)
        stream.write(f"{os.getpid()} on {socket.gethostname()}\n")
        stream.flush()
        yield
