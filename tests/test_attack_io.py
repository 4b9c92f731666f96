"""Volumes, counts and tables under attack: damaged, lying about their size, or made to unpack without end."""

import bz2
import gzip
import zlib

import nibabel
import numpy as np
import pytest
from attack import attacked, bounded, damaged, names
from hypothesis import strategies as st

from neuroturing.errors import InputError
from neuroturing.io.counts import read_scan
from neuroturing.io.files import read_table, write_json, write_text
from neuroturing.io.volumes import read_volume

DATA = np.random.default_rng(0).integers(1, 1000, (6, 7, 8)).astype(np.int16)
AFFINE = np.array([[-2, 0, 0.2, 5], [0, 1.5, 0, -7], [0.1, 0, 3, 2], [0, 0, 0, 1.0]])


def nifti(data=DATA, kind=nibabel.Nifti1Image):
    """Bytes of a NIfTI file."""
    image = kind(data, AFFINE)
    image.set_sform(AFFINE, 1)
    return image.to_bytes()


def meta(data=DATA, compressed=False, **fields):
    """Bytes of a MetaImage file."""
    content = data.T.tobytes()
    content = zlib.compress(content) if compressed else content
    header = {
        **{"ObjectType": "Image", "NDims": "3", "BinaryData": "True", "BinaryDataByteOrderMSB": "False"},
        **{"CompressedData": str(compressed), **({"CompressedDataSize": str(len(content))} if compressed else {})},
        **{"TransformMatrix": "1 0 0 0 1 0 0 0 1", "Offset": "0 0 0", "ElementSpacing": "1 1 1"},
        **{"DimSize": "6 7 8", "ElementType": "MET_SHORT"},
        **fields,
        "ElementDataFile": "LOCAL",
    }
    return "".join(f"{key} = {value}\n" for key, value in header.items()).encode("utf-8", "surrogateescape") + content


PLAIN = nifti()
KINDS = {".nii": [PLAIN, nifti(kind=nibabel.Nifti2Image), nifti(DATA / 7), nifti(DATA[:, :, 2:3])], ".mha": [meta(), meta(compressed=True)]}
KINDS |= {".nii.gz": [gzip.compress(content, mtime=0) for content in KINDS[".nii"]], ".nii.bz2": [bz2.compress(PLAIN)]}
files = st.sampled_from(sorted(KINDS)).flatmap(lambda end: st.tuples(st.just(end), damaged(KINDS[end])))
NUMBERS = [0, -1, 1, 2, 3, 7, 2**15 - 1, -(2**15), 2**31 - 1, 2**62, np.nan, np.inf, -np.inf, 1e-45, 1e38, 352, 351.5]


@st.composite
def lying_headers(draw):
    """NIfTI bytes with some header fields written over, as far as their types allow."""
    content = bytearray(draw(st.sampled_from(KINDS[".nii"])))
    header = (nibabel.Nifti2Header if content[:2] == b"\x1c\x02" else nibabel.Nifti1Header).template_dtype
    fields = np.frombuffer(content, header, 1)
    for name in draw(st.lists(st.sampled_from(header.names), min_size=1, max_size=4)):
        field = fields[name].reshape(-1)
        if field.dtype.kind in "iuf":
            with np.errstate(all="ignore"):
                value = np.nan_to_num(float(draw(st.sampled_from(NUMBERS)))) if field.dtype.kind != "f" else draw(st.sampled_from(NUMBERS))
                field[draw(st.integers(0, field.size - 1))] = np.float64(value).astype(field.dtype)
        else:
            field[0] = draw(st.binary(max_size=8))
    return bytes(content)


def read(path):
    """Read by everything that reads scans; what comes out is an image."""
    for reader in (read_volume, read_scan):
        with bounded():
            found = reader(path)
            volume = found[0] if isinstance(found, tuple) else found
            assert volume.data.ndim == 3 and np.isfinite(volume.data).all() and np.isfinite(volume.affine).all()


@attacked(60, file=files)
def test_damaged_scans(folder, file):
    end, content = file
    (folder / f"scan{end}").write_bytes(content)
    read(folder / f"scan{end}")


@attacked(60, content=lying_headers(), packed=st.booleans())
def test_lying_headers(folder, content, packed):
    path = folder / f"scan.nii{'.gz' * packed}"
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    read(path)


FIELDS = {
    "DimSize": ["6 7 8", "6 7", "6 7 8 9", "0 0 0", "-1 7 8", "99999 99999 99999", "6 7 x", "1" * 400, "6 7 16"],
    "NDims": ["3", "2", "4", "0", "-1", "99999999", "x"],
    "ElementType": ["MET_SHORT", "MET_DOUBLE", "MET_UCHAR", "MET_STRING", "MET_NONE", "x"],
    "ElementNumberOfChannels": ["1", "3", "0", "-1", "999999999"],
    "ElementSpacing": ["1 1 1", "0 1 1", "nan 1 1", "inf 1 1", "1", "x"],
    "TransformMatrix": ["1 0 0 0 1 0 0 0 1", "0 0 0 0 0 0 0 0 0", "nan 0 0 0 1 0 0 0 1", "1"],
    "CompressedDataSize": ["0", "-1", "99999999999", "x"],
    "CompressedData": ["True", "False", "x"],
    "HeaderSize": ["0", "-1", "99999999999"],
    "Offset": ["0 0 0", "nan 0 0", "1e300 0 0"],
    "ElementDataFile": ["LOCAL", "LIST", "LIST 2", "scan.mha", "../scan.raw", "/dev/zero", "/dev/null", "x%d.raw 1 3 1", ".", "none.raw"],
}  # fmt: skip


field = st.sampled_from(sorted(FIELDS)).flatmap(lambda key: st.tuples(st.just(key), st.sampled_from(FIELDS[key]) | names))


@attacked(40, fields=st.lists(field, max_size=3))
def test_lying_meta_images(folder, fields):
    content = meta(compressed=any(key.startswith("Compressed") for key, _ in fields))
    for key, value in fields:
        lines = content.split(b"\n")
        line = f"{key} = {value}".encode("utf-8", "surrogatepass").replace(b"\n", b" ")
        at = [number for number, text in enumerate(lines[:14]) if text.startswith(key.encode() + b" ")]
        lines[slice(at[0], at[0] + 1) if at else slice(0, 0)] = [line]
        content = b"\n".join(lines)
    (folder / "scan.mha").write_bytes(content)
    read(folder / "scan.mha")


@pytest.mark.parametrize("end", ["gz", "bz2"])
def test_a_small_file_that_unpacks_a_thousandfold_takes_no_memory(tmp_path, end):
    """What a file of zeros would unpack to is known from its header and its length; zeros themselves would take long to pack here."""
    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.uint8)
    header.set_data_shape((800, 800, 800))
    header.set_sform(np.eye(4), 1)
    header["magic"], header["vox_offset"] = b"n+1", 352
    content = header.binaryblock + np.random.default_rng(0).bytes(600_000)
    path = tmp_path / f"scan.nii.{end}"
    path.write_bytes(gzip.compress(content) if end == "gz" else bz2.compress(content))
    with bounded(memory=100 << 20):
        read_volume(path)
    with pytest.raises(InputError, match="unpack to 2,048,000,000"):
        read_volume(path)


rows = st.lists(st.lists(names, max_size=4), max_size=4)
texts = st.text(max_size=60) | rows.map(lambda rows: "\n".join(map("\t".join, rows)))
CODINGS = ["utf-8", "latin-1", "utf-16", "utf-32"]


@attacked(20, text=texts, coding=st.sampled_from(CODINGS))
def test_tables(folder, text, coding):
    (folder / "table.tsv").write_bytes(text.encode(coding, "replace"))
    with bounded():
        read_table(folder / "table.tsv", numbers=("a",))


@pytest.mark.parametrize("kind", ["folder", "loop", "nowhere"])
def test_what_is_no_file_is_no_table(tmp_path, kind):
    path = tmp_path / "table.tsv"
    path.mkdir() if kind == "folder" else path.symlink_to("table.tsv" if kind == "loop" else "none.tsv")
    with pytest.raises(InputError, match="table.tsv"):
        read_table(path)


@pytest.mark.parametrize("write", [lambda path: write_text(path, "new"), lambda path: write_json(path, {})])
def test_a_link_in_the_results_is_replaced_and_its_target_stays(tmp_path, write):
    """A file of the user's that a link among the outputs leads to."""
    own, link = tmp_path / "own.txt", tmp_path / "results" / "out.txt"
    own.write_text("mine")
    link.parent.mkdir()
    link.symlink_to(own)
    write(link)
    assert own.read_text() == "mine"
    assert not link.is_symlink() and link.read_text() != "mine"
