"""What the file of a generator says of itself, read without TensorFlow, and without making anything that it describes."""

import hashlib
import io
import json
import math
import zipfile
from pathlib import Path

import h5py

from ..errors import InputError
from ..io.files import check_expansion


def checksum(path):
    """SHA-256 of a file, hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe_generator(path):
    """What is known of a saved generator.

    Parameters
    ----------
    path : path
        A `.keras` file.

    Returns
    -------
    dict
        name, bytes, sha256; keras (version that saved it); latent (numbers that an image is made of); parameters (of the networks,
        moving statistics of batch normalisation among them).

    Raises
    ------
    InputError
        No such file; no generator; more inputs than one.
    """
    path = Path(path)
    expected = "a generator saved by train_gan"
    if not path.is_file():
        raise InputError(path, "no such file", expected, "run the rule that trains it")
    try:
        with zipfile.ZipFile(path) as archive:
            check_expansion(path, sum(member.file_size for member in archive.infolist()), path.stat().st_size)
            config, metadata = (json.loads(archive.read(name)) for name in ("config.json", "metadata.json"))
            with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
                parameters = sum(_sizes(weights))
        (entry,) = [layer for layer in config["config"]["layers"] if layer["class_name"] == "InputLayer"]
        (latent,) = entry["config"]["batch_shape"][1:]
        known = {"keras": str(metadata["keras_version"]), "latent": int(latent), "parameters": parameters}
    except InputError:
        raise
    # A damaged archive gives one of many exceptions.
    except Exception as error:
        found = f"not readable as a generator ({type(error).__name__}: {error})"
        raise InputError(path, found, expected, "delete it and train again") from error
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": checksum(path), **known}


def _sizes(group):
    """Numbers in each array of a file of weights; what links lead to is not followed."""
    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.HardLink):
            if isinstance(group[name], h5py.Dataset):
                yield math.prod(group[name].shape)
            else:
                yield from _sizes(group[name])
