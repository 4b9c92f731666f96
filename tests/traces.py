"""Look for text in files, whatever holds it: archives, compressed streams, pages with files in them, arrays of text."""

import base64
import gzip
import io
import re
import struct
import zipfile
import zlib

ENCODINGS = ("utf-8", "utf-16-le", "utf-32-le")  # numpy holds text in the last


def contents(data):
    """Bytes, and what lies in them: members of an archive, what is compressed, what a page embeds, chunks of a PNG."""
    yield data
    if data[:2] == b"\x1f\x8b":
        yield from contents(gzip.decompress(data))
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield "\n".join(archive.namelist()).encode()
            for name in archive.namelist():
                yield from contents(archive.read(name))
    elif data[:4] == b"\x89PNG":
        for kind, chunk in chunks(data):
            if kind in (b"zTXt", b"iTXt"):
                yield from (zlib.decompress(chunk[k:]) for k in range(len(chunk)) if chunk[k : k + 1] == b"\x78")
    for match in re.finditer(rb"data:[^\"']{0,80};base64,([A-Za-z0-9+/=]+)", data):
        yield from contents(base64.b64decode(match[1]))


def chunks(data):
    """Kind and content of each chunk of a PNG."""
    place, found = 8, []
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        found.append((kind, data[place + 8 : place + 8 + length]))
        place += length + 12
    return found


def traces(folder, words):
    """Files below a folder that hold, or whose path holds, one of some words: [(path, word)]."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        parts = [name.encode(), *(contents(path.read_bytes()) if path.is_file() else ())]
        for word in words:
            if any(word.encode(encoding).lower() in part.lower() for part in parts for encoding in ENCODINGS):
                found.append((name, word))
    return found
