"""Read MetaImage (.mha, .mhd): lines of text, then the voxels of one volume, behind them or in a file beside them.

Not by ITK, whose reader ends the whole process on some damaged headers, takes a missing orientation for an unturned head, and passes over
damaged compressed data.
"""

import math
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError

DATA_FILE = b"ElementDataFile"
HEADER_BYTES, BLOCK = 1 << 16, 1 << 24
TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
AGAIN = "is it complete? copy or convert it anew"


@dataclass
class MetaImage:
    """What a header says.

    Attributes
    ----------
    path : pathlib.Path
        Of the header.
    shape : tuple of int
        With the number of values of a voxel at its end, where there are several.
    dtype : numpy.dtype
    affine : numpy.ndarray, float64, shape (4, 4)
        Voxel index to world LPS mm; the identity where there are not three dimensions.
    data : pathlib.Path
        Where the voxels are.
    start : int
        Of the voxels in that file; negative: they are its end.
    packed : bool
        Compressed by zlib.
    """

    path: Path
    shape: tuple
    dtype: np.dtype
    affine: np.ndarray
    data: Path
    start: int
    packed: bool

    @property
    def needed(self):
        """Bytes that the voxels take, unpacked."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def held(self):
        """Bytes that are there, packed or not."""
        size = os.path.getsize(self.data) if os.path.isfile(self.data) else 0
        return size - max(0, self.start)

    @property
    def place(self):
        """Where the voxels are, for messages."""
        return "after the header" if self.data == self.path else f"in {self.data}"

    def values(self):
        """The voxels, shape as `shape`; ValueError, EOFError, OSError or zlib.error where they cannot be read."""
        with open(self.data, "rb") as stream:
            stream.seek(self.start if self.start >= 0 else self.held - self.needed)
            content = self._unpacked(stream) if self.packed else stream.read(self.needed)
        return np.frombuffer(content, self.dtype, math.prod(self.shape)).reshape(self.shape, order="F")

    def _unpacked(self, stream):
        """What a compressed stream holds, read to its checksum."""
        content, unpack = bytearray(), zlib.decompressobj(zlib.MAX_WBITS | 32)
        while not unpack.eof:
            block = unpack.unconsumed_tail or stream.read(BLOCK)
            if not block:
                raise EOFError("it ends too early")
            content += unpack.decompress(block, BLOCK)
            if len(content) > self.needed + BLOCK:
                raise ValueError(f"it goes on after {self.needed} bytes")
        return content


def open_meta_image(path):
    """Read a header.

    Returns
    -------
    MetaImage

    Raises
    ------
    InputError
        No header, or one without size, voxel size, orientation or type; numbers that are none; data as text or in several files.
    """
    path = Path(path)
    fields, end = _fields(path)
    shape = _numbers(path, fields, ("DimSize",), int)
    if not shape or min(shape) < 0 or fields.get("NDims", "").split() != [str(len(shape))]:
        found = f"not readable as MetaImage (NDims {fields.get('NDims')}, DimSize {fields.get('DimSize')})"
        raise InputError(path, found, "a size for each dimension", AGAIN)
    kind = TYPES.get(fields.get("ElementType", "").upper())
    if kind is None:
        found = f"values of type {fields.get('ElementType', 'unknown')}"
        raise InputError(path, found, f"one of {', '.join(TYPES)}", "convert it, with 3D Slicer")
    (parts,) = _numbers(path, fields, ("ElementNumberOfChannels",), int, 1, "1")
    order = ">" if any(_is_true(fields, f"{name}ByteOrderMSB") for name in ("BinaryData", "Element")) else "<"
    name = fields["ElementDataFile"]
    if name.upper().startswith("LIST") or "%" in name or not _is_true(fields, "BinaryData", "True"):
        raise InputError(path, "voxels as text, or in several files", "one file of binary data", "save it anew as .mha, in 3D Slicer")
    local = name.upper() == "LOCAL"
    (skipped,) = _numbers(path, fields, ("HeaderSize",), int, 1, "0")
    return MetaImage(
        path,
        shape if parts == 1 else (*shape, max(0, parts)),
        np.dtype(order + kind),
        _affine(path, fields) if len(shape) == 3 else np.eye(4),
        path if local else path.parent / name,
        max(-1, skipped) if skipped or not local else end,
        _is_true(fields, "CompressedData"),
    )


def _fields(path):
    """Fields of a header, lines "key = value", the last of which says where the data are; and where it ends."""
    with open(path, "rb") as stream:
        start = stream.read(HEADER_BYTES)
    found = start.find(DATA_FILE)
    if found < 0:
        raise InputError(path, "no ElementDataFile line", "a MetaImage header", AGAIN)
    line = start.find(b"\n", found)
    end = line + 1 if line >= 0 else len(start)
    pairs = [text.split("=", 1) for text in start[:end].decode("utf-8", "surrogateescape").splitlines() if "=" in text]
    fields = {key.strip(): value.strip() for key, value in pairs}
    if "ElementDataFile" not in fields or len(fields) < len(pairs):
        raise InputError(path, "a field twice, or one that is not readable", "a MetaImage header", AGAIN)
    return fields, end


def _is_true(fields, key, default="False"):
    return fields.get(key, default)[:1].upper() in ("T", "1")


def _numbers(path, fields, keys, kind, count=None, default=None):
    """Numbers of the first of some fields that is there."""
    key = next((key for key in keys if key in fields), keys[0])
    text = fields.get(key, default)
    if text is None:
        raise InputError(path, f"no {key}, so not readable as MetaImage", "a complete header", AGAIN)
    try:
        numbers = tuple(kind(part) for part in text.split())
    except ValueError:
        numbers = ()
    if count and len(numbers) != count:
        raise InputError(path, f"{key} {text}", f"{count} numbers" if count > 1 else "a whole number", "the header is damaged")
    return numbers


def _affine(path, fields):
    """Voxel index to world LPS mm."""
    if not {"TransformMatrix", "Orientation", "Rotation"} & set(fields):
        raise InputError(path, "no TransformMatrix", "a header that says where left, front and top are", "set the orientation in 3D Slicer")
    spacing = _numbers(path, fields, ("ElementSpacing", "ElementSize"), float, 3)
    if not all(size > 0 for size in spacing):
        found = f"voxel sizes {fields.get('ElementSpacing', fields.get('ElementSize'))} mm"
        raise InputError(path, found, "positive numbers", "the header is damaged: convert the scan anew")
    affine = np.eye(4)
    # A line of the matrix is the direction of one axis.
    affine[:3, :3] = np.reshape(_numbers(path, fields, ("TransformMatrix", "Orientation", "Rotation"), float, 9), (3, 3)).T * spacing
    affine[:3, 3] = _numbers(path, fields, ("Offset", "Position", "Origin"), float, 3, "0 0 0")
    return affine
