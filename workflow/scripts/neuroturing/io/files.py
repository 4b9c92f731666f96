"""Write files whole or not at all, and read tables: text, JSON, tables, figures and pictures, one way for each."""

import contextlib
import csv
import functools
import hashlib
import io
import json
import math
import os
import re
import shutil
import socket
import time
from pathlib import Path

from ..errors import InputError, nearest

STALE_SECONDS = 24 * 3600
ROOMY, EXPANSION = 2**29, 64  # bytes that any file may unpack to; more only where it is no more times as large as the file


def check_expansion(path, needed, held):
    """Raise InputError where a small file would unpack to what fills a machine's memory.

    Parameters
    ----------
    path : path
    needed : int
        Bytes of memory that the content takes.
    held : int
        Bytes of the file.
    """
    if needed > max(ROOMY, EXPANSION * held):
        found = f"{held:,} bytes that unpack to {needed:,}"
        raise InputError(path, found, f"at most {ROOMY:,}, or {EXPANSION} times its size", "is it damaged, or empty, or no image at all?")


@contextlib.contextmanager
def complete(path):
    """Give a file or a folder its name only when it is complete.

    Yields
    ------
    pathlib.Path
        Where to write instead; the same ending, in the same folder. Removed where the block fails, and by whoever writes there next
        where the process was killed.

    Raises
    ------
    OSError
        As raised by the block; it names the file, which a full disk does not.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(path.parent, os.getpid())
    partial = path.with_name(f".partial-{_host()}-{os.getpid()}-{path.name}")
    try:
        yield partial
        if partial.is_dir():
            path.unlink() if path.is_symlink() else shutil.rmtree(path, ignore_errors=True)
        os.replace(partial, path)
    except OSError as error:
        if error.filename in (None, str(partial), partial):
            error.filename = str(path)
        raise
    finally:
        _remove(partial)


def _remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        # Nothing may hide why the block failed.
        with contextlib.suppress(OSError):
            path.unlink()


@functools.cache
def _host():
    """A short name for this machine: its own may be long, and a file's name has an end."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


@functools.cache
def _remove_stale(folder, pid):
    """Remove what killed processes left half written in a folder; once in each process, as a folder may hold thousands of files.

    Whether a process of another host lives cannot be seen: what it left is removed when nobody has written to it for a day.
    """
    for path in folder.glob(".partial-*"):
        known = re.match(r"\.partial-([0-9a-f]{8})-(\d+)-", path.name)
        with contextlib.suppress(OSError):
            if known and known[1] == _host():
                stale = int(known[2]) != pid and not Path(f"/proc/{known[2]}").exists()
            else:
                stale = time.time() - path.stat().st_mtime > STALE_SECONDS
            if stale:
                _remove(path)


def write_text(path, text):
    """Write UTF-8 text."""
    with complete(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_json(path, record):
    """Write a record of plain values as JSON."""
    write_text(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def write_table(path, rows, columns=None, digits=6, separator="\t"):
    """Write a table: one line of column names, then a line for each row.

    Parameters
    ----------
    path : path
    rows : pandas.DataFrame or list of dict
    columns : sequence of str, optional
        Which, and in which order; those of the data frame or of the first row otherwise.
    digits : int
        Significant digits of a number that is not whole. NaN and None are empty.
    separator : str
    """
    if hasattr(rows, "to_dict"):
        columns, rows = list(rows.columns) if columns is None else columns, rows.to_dict("records")
    columns = list(rows[0]) if columns is None else list(columns)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name), digits) for name in columns] for row in rows)
    write_text(path, text.getvalue())


def _cell(value, digits):
    if value is None or (isinstance(value, float) and math.isnan(value)) or str(value) == "<NA>":
        return ""
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def read_table(path, columns=(), numbers=(), separator="\t"):
    """Read a table that `write_table` wrote; every cell is text but those of `numbers`.

    Parameters
    ----------
    path : path
    columns : sequence of str
        Those that must be there; further ones are kept.
    numbers : sequence of str
        Columns read as float; an empty cell is NaN.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        No such file; not a table; a column that is not there; text in a column of numbers.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "a table", "run the rule that writes it") from error
    except (OSError, ValueError) as error:
        raise InputError(path, f"not readable as a table ({error})", "UTF-8 text with a line of column names", "write it anew") from error
    for name in columns:
        if name not in table.columns:
            raise InputError(path, f"no column '{name}'", f"columns {', '.join(columns)}", nearest(name, table.columns))
    for name in numbers:
        if name in table.columns:
            values = pd.to_numeric(table[name].replace("", None), errors="coerce")
            wrong = table.index[values.isna() & (table[name] != "")]
            if len(wrong):
                place = f"{path}, line {wrong[0] + 2}, column {name}"
                raise InputError(place, table.loc[wrong[0], name], "a number", "use a point, not a comma, for decimals")
            table[name] = values.astype(float)
    return table


def write_figure(path, figure, chart=False):
    """Save a matplotlib figure as PNG at its own dpi and colour, without a note of the software, in as few bytes as it can be shown in.

    Grey pictures are stored as grey; charts, and sheets of grey pictures with coloured words, with a palette of 256 colours, which is not
    seen to be one: a report holds many figures.
    """
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=figure.dpi, facecolor=figure.get_facecolor())
    picture = Image.open(drawn).convert("RGB")
    red, green, blue = picture.split()
    if red.tobytes() == green.tobytes() == blue.tobytes():
        picture = red
    elif chart:
        picture = picture.quantize(256, dither=Image.Dither.NONE)
    with complete(path) as partial:
        picture.save(partial, format="PNG", optimize=True, dpi=(figure.dpi, figure.dpi))


def write_png(path, pixels):
    """Write uint8 pixels, shape (height, width), as an 8-bit grey PNG of header, pixels and end alone.

    Pixels are stored, not compressed: the length of the file then says nothing of what is in the image.
    """
    from PIL import Image

    with complete(path) as partial:
        Image.fromarray(pixels).save(partial, format="PNG", compress_level=0)
