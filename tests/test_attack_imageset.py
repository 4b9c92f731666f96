"""Image sets and images made elsewhere under attack: archives damaged, lying, pickled or made to unpack without end."""

import io
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from attack import attacked, bounded, damaged, names
from hypothesis import strategies as st
from image_sets import blocks, image_set, plane_set
from PIL import Image
from test_attack_io import PLAIN, nifti

from neuroturing.cut.files import check_folder
from neuroturing.cut.images import read_images
from neuroturing.errors import InputError
from neuroturing.imageset import LABELS, read_imageset
from neuroturing.io import files


class Pwned:
    """What runs a program where it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch pwned",)


def saved(**arrays):
    """Bytes of an archive, pickled where it must be."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


with tempfile.TemporaryDirectory() as place:
    SET = image_set(Path(place, "images.npz"), blocks(3, 16)).read_bytes()
    PLANES = plane_set(Path(place, "planes.npz")).read_bytes()
ARCHIVES = [SET, PLANES, saved(images=blocks(3, 16), subject=["a", "b", "c"])]
SHAPES = [(), (3,), (-1,), (0,), (3, 16, 16), (10**6,) * 3, (2**31,), (2**62,) * 2, (10**400,), "x", None, (3, 16, 16, 1), (1.5,), [3]]
TYPES = ["|u1", "|O", "<U9", "<U99999999", "<f8", "|V9", "x", [("a", "<f8")], None, "|S0", "<M8[ns]", "<c16", "(9999999,)<f8"]
HEADERS = [b"", b"(" * 4000, b"[" * 9000, b"{'descr':", b"__import__('os').system('touch pwned')", b"9" * 5000, b"{" * 90, b"\xff" * 20]
MEMBERS = ["images", "format", "subject", "spec", "grid", "voxels", "seed", "../../x", "/etc/x"]
ARRAYS = [
    *(blocks(3, 16), blocks(3, 16)[..., None], blocks(1, 8), np.zeros((0, 16, 16), np.uint8), np.ones((3, 16, 16)), np.full(3, "a")),
    *(np.arange(3), np.array(3), np.array("{}"), np.array("[" * 5000), np.array('{"size": "x"}'), np.array([np.nan] * 3), np.array([-1])),
    *(np.array([Pwned()] * 3), np.array([b"\xff"] * 3), np.zeros((1, 3, 4)), np.array([[40, 70, 70]]), np.array([2**62])),
    *(np.array([[-1, 2, 2]]), np.array([None]), np.array("neuroturing image set 1")),
]  # fmt: skip


def written(header, content, version):
    """Bytes of an array file whose header says what it likes."""
    text = header if isinstance(header, bytes) else repr(header).encode()
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2 if version == 1 else 4, "little") + text + content


def archive(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(f"{name}.npy", content)
    return stream.getvalue()


@st.composite
def lying(draw):
    """An archive of arrays whose headers claim any type and shape."""
    members = {}
    for name in draw(st.lists(st.sampled_from(MEMBERS), max_size=3)):
        claim = {"descr": draw(st.sampled_from(TYPES)), "fortran_order": False, "shape": draw(st.sampled_from(SHAPES))}
        header, version = draw(st.sampled_from([claim] * 8 + HEADERS)), draw(st.sampled_from([1, 1, 2, 3, 9]))
        members[name] = written(header, draw(st.sampled_from([b"", bytes(768), bytes(10**6)])), version)
    return archive(members)


@st.composite
def mixed(draw):
    """An image set with arrays of any kind in the place of its own."""
    arrays = dict(np.load(io.BytesIO(draw(st.sampled_from([SET, PLANES])))))
    keys = st.sampled_from([*arrays, *LABELS, "seed", "images", "age"])
    return saved(**(arrays | draw(st.dictionaries(keys, st.sampled_from(ARRAYS), min_size=1, max_size=2))))


def read(path):
    for reader in (read_images, read_imageset):
        with bounded():
            assert reader(path).count > 0


@attacked(40, content=damaged(ARCHIVES) | lying() | mixed())
def test_archives(folder, content):
    (folder / "set.npz").write_bytes(content)
    read(folder / "set.npz")


def test_a_small_archive_that_unpacks_without_end_takes_no_memory(tmp_path, monkeypatch):
    """As an array's header says, or as the list of contents alone says."""
    monkeypatch.setattr(files, "ROOMY", 10**6)
    claim = {"descr": "|u1", "fortran_order": False, "shape": (10**6, 32, 32)}
    zeros = written(claim | {"shape": (3, 16, 16)}, bytes(10**7), 1)
    for content in (archive({"images": written(claim, b"", 1)}), archive({"images": zeros})):
        (tmp_path / "set.npz").write_bytes(content)
        with bounded(memory=100 << 20):
            read_imageset(tmp_path / "set.npz")
        with pytest.raises(InputError, match="unpack to"):
            read_imageset(tmp_path / "set.npz")


def png(mode="L", size=(16, 16), **options):
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, "PNG", **options)
    return stream.getvalue()


PICTURES = [png(), png("RGB"), png("I;16"), png("P"), png("LA"), png("1"), png(size=(4000, 4000)), png("L", transparency=0)]
SLICE = nifti(np.arange(400, dtype=np.int16).reshape(20, 20, 1))
pictures = st.tuples(st.sampled_from([".png", ".PNG", ".nii", ".nii.gz"]), damaged([*PICTURES, *PICTURES[:1] * 6, SLICE, PLAIN]))
TABLES = ["image\tsubject\na\tx\n", "image\timage\n", "subject\na\n", "image\tsource\na\treal\n", "image\na.png\tb\n", "\0", "\n"]
tables = st.none() | st.sampled_from(TABLES) | st.lists(st.lists(names, max_size=3).map("\t".join), max_size=4).map("\n".join)


@attacked(20, files=st.lists(pictures, min_size=1, max_size=3), table=tables)
def test_folders(folder, files, table):
    place = folder / "images"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name, (end, content) in zip("abc", files, strict=False):
        (place / f"{name}{end}").write_bytes(content)
    if table is not None:
        (folder / "labels.tsv").write_text(table, encoding="utf-8", errors="replace")
    with bounded():
        check_folder(place)
    with bounded():
        assert read_images(place, table and folder / "labels.tsv").count > 0
