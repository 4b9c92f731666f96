"""Save a generator; load one without running what a file may hold: Keras refuses Lambda layers alone, and others read files too."""

import io
import json
import os
import zipfile

import h5py
import keras

from ..errors import InputError
from ..io.files import check_expansion, complete

EXPECTED = "a generator saved by train_gan"
# Of Keras' own: code of the file itself, programs of other libraries, and files anywhere on the machine.
REFUSED = (
    *("Lambda", "__lambda__", "function", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"),
    *("StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup"),
)
PACKAGES = ("keras", "neuroturing")


def save_generator(path, model):
    """Save a generator, of the same weights in the same bytes: Keras notes the time in several places."""
    with complete(path) as partial:
        model.save(partial)
        with zipfile.ZipFile(partial) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        parts["metadata.json"] = json.dumps(json.loads(parts["metadata.json"]) | {"date_saved": None}).encode()
        with zipfile.ZipFile(partial, "w") as archive:
            for name, content in parts.items():
                archive.writestr(zipfile.ZipInfo(name), content)


def load_generator(path):
    """Load a saved generator.

    Raises
    ------
    InputError
        No such file; damaged; layers that hold code or read other files; weights that lie elsewhere, or take more memory than the file can
        stand for.
    """
    if not os.path.isfile(path):
        raise InputError(path, "no such file", EXPECTED, "run the rule that trains it")
    try:
        _check(path)
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except InputError:
        raise
    # Keras gives a damaged or a refused file one of many exceptions.
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        hint = "delete it and train again; layers that hold code are not run"
        raise InputError(path, f"not readable as a generator ({reason})", EXPECTED, hint) from error


def _check(path):
    """Raise InputError for what must not be loaded."""
    with zipfile.ZipFile(path) as archive:
        check_expansion(path, sum(member.file_size for member in archive.infolist()), os.path.getsize(path))
        for package, name in _classes(json.loads(archive.read("config.json"))):
            if name in REFUSED or package.partition(".")[0] not in PACKAGES:
                found = f"{package}.{name}, which may run code or read other files"
                raise InputError(path, found, "layers that compute", "take generators from people you trust alone, and train it again")
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
            check_expansion(path, sum(_sizes(path, weights)), os.path.getsize(path))


def _classes(config):
    """Package and name of everything that a configuration makes."""
    if isinstance(config, dict) and "class_name" in config:
        yield str(config.get("module") or "keras"), str(config["class_name"])
    for part in config.values() if isinstance(config, dict) else config if isinstance(config, list) else ():
        yield from _classes(part)


def _sizes(path, group):
    """Bytes of every array of a file of weights."""
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink) or getattr(group[name], "external", None):
            raise InputError(path, f"weights '{name}' in another file", EXPECTED, "take generators from people you trust alone")
        if isinstance(group[name], h5py.Dataset):
            yield group[name].nbytes
        else:
            yield from _sizes(path, group[name])
