"""Saved generators and training states under attack: damaged, or holding code, other files, and weights without end."""

import functools
import io
import json
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from attack import attacked, bounded, damaged, twisted
from hypothesis import strategies as st

from neuroturing.errors import InputError


@functools.cache
def members():
    """A small saved generator: bytes by member of the archive. Not before it is asked for: every process of the tests reads this file."""
    import keras

    layers = [keras.layers.Input((4,)), keras.layers.Dense(256), keras.layers.Reshape((16, 16, 1))]
    with tempfile.TemporaryDirectory() as place:
        keras.Sequential(layers).save(Path(place, "a.keras"))
        with zipfile.ZipFile(Path(place, "a.keras")) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def config():
    return json.loads(members()["config.json"])


def packed(**changed):
    """Bytes of the generator with other members; keys have no dots."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members().items():
            archive.writestr(name, changed.get(name.partition(".")[0], content))
    return stream.getvalue()


def with_layer(module, name, options):
    """The generator's configuration with a layer more."""
    layer = {"module": module, "class_name": name, "config": options, "registered_name": None}
    inner = config()["config"]
    return json.dumps(config() | {"config": inner | {"layers": [*inner["layers"], layer]}}).encode()


HOSTILE = {
    "lambda": ("keras.layers", "Lambda", {"function": {"class_name": "__lambda__", "config": {"code": "x"}}}),
    "lambda beside": ("keras.layers", "Dense", {"activation": {"class_name": "__lambda__", "config": {"value": "x"}}}),
    "saved model": ("keras.layers", "TFSMLayer", {"filepath": "elsewhere", "call_endpoint": "serve"}),
    "torch": ("keras.layers", "TorchModuleWrapper", {"module": "gASVHgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU"}),
    "vocabulary": ("keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}),
    "program": ("os", "system", "touch pwned"),
    "function": ("keras.utils", "function", "get_file"),
    "class of another package": ("subprocess", "Popen", {"args": ["touch", "pwned"]}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_generator_that_holds_code_is_not_loaded(tmp_path, monkeypatch, name):
    import keras

    from neuroturing.gan.saved import load_generator

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keras.saving, "load_model", lambda *_, **__: pytest.fail("it reached Keras"))
    (tmp_path / "a.keras").write_bytes(packed(config=with_layer(*HOSTILE[name])))
    with pytest.raises(InputError, match="may run code"):
        load_generator(tmp_path / "a.keras")


def weights(fill):
    """Bytes of a file of weights."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


ELSEWHERE = {
    "external": (lambda file: file.create_dataset("a", (4,), "u1", external=[("/etc/passwd", 0, 4)]), "another file"),
    "link": (lambda file: file.__setitem__("a", h5py.ExternalLink("/etc/passwd", "/")), "another file"),
    "soft link": (lambda file: file.create_group("b").__setitem__("a", h5py.SoftLink("/")), "another file"),
    "without end": (lambda file: file.create_dataset("a", (10**6, 10**6), "f4", chunks=(9, 9)), "unpack to"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_weights_elsewhere_or_without_end_are_refused(tmp_path, name):
    from neuroturing.gan.saved import load_generator

    fill, found = ELSEWHERE[name]
    (tmp_path / "a.keras").write_bytes(packed(model=weights(fill)))
    with pytest.raises(InputError, match=found):
        load_generator(tmp_path / "a.keras")


def generators():
    twisted_ones = twisted([config()]).map(lambda tree: packed(config=json.dumps(tree, default=repr).encode()))
    return damaged([packed()]) | twisted_ones


@attacked(15, content=st.deferred(generators))
def test_damaged_generators(folder, content):
    from neuroturing.gan.saved import load_generator

    (folder / "a.keras").write_bytes(content)
    with bounded():
        load_generator(folder / "a.keras")


class Variable:
    """What a state needs of a variable."""

    def __init__(self, value):
        self.value, self.shape = value, value.shape

    def numpy(self):
        return self.value

    def assign(self, value):
        self.value = value


def state():
    """Bytes of a training state, and of one whose digest fits whatever it holds."""
    from neuroturing.gan.state import save

    with tempfile.TemporaryDirectory() as place:
        save(Path(place, "a.npz"), [Variable(np.arange(6.0))], {"step": 3})
        return Path(place, "a.npz").read_bytes()


@attacked(30, content=damaged([state()]), before=st.booleans())
def test_damaged_states(folder, content, before):
    """A training starts anew, or goes on from the state before, whatever the file holds."""
    from neuroturing.gan.state import load, save

    variable = Variable(np.zeros(6))
    for name in ("a.npz", "a-before.npz"):
        (folder / name).unlink(missing_ok=True)
    if before:
        save(folder / "a.npz", [Variable(np.ones(6))], {"step": 1})
        (folder / "a.npz").rename(folder / "a-before.npz")
    (folder / "a.npz").write_bytes(content)
    with bounded():
        record = load(folder / "a.npz", [variable])
    whole = record is not None and record["step"] == 3
    expected = np.arange(6.0) if whole else np.ones(6) if before else np.zeros(6)
    np.testing.assert_array_equal(variable.value, expected)
