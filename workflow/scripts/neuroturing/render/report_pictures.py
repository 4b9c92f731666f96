"""The pictures of Snakemake's report in fewer bytes: one that is mailed holds hundreds, and each file beside it keeps every bit."""

import base64
import io
import re
from pathlib import Path

from ..io.files import write_text

# What a picture is replaced by: WebP, which browsers have shown since 2020, at a quality at which words and noise look as before.
FORM, QUALITY = "webp", 80
LEAST_BYTES = 30_000
EMBEDDED = re.compile(r"data:image/png;charset=utf8;filename=([^;\"]+);base64,([A-Za-z0-9+/=]+)")


def lighten(path):
    """Store each large PNG picture of a report as WebP of the same size in pixels, where that is shorter.

    Parameters
    ----------
    path : path
        HTML as Snakemake writes it; rewritten. A report without such pictures stays as it is.
    """
    text = Path(path).read_text(encoding="utf-8")
    lighter = EMBEDDED.sub(_smaller, text)
    if lighter != text:
        write_text(path, lighter)


def as_webp(picture):
    """A picture as bytes of WebP."""
    held = io.BytesIO()
    picture.convert("RGB").save(held, format=FORM, quality=QUALITY, method=4)
    return held.getvalue()


def _smaller(found):
    from PIL import Image

    data = base64.b64decode(found[2])
    if len(data) < LEAST_BYTES:
        return found[0]
    with Image.open(io.BytesIO(data)) as picture:
        small = as_webp(picture)
    if len(small) >= len(data):
        return found[0]
    return f"data:image/{FORM};charset=utf8;filename={Path(found[1]).stem}.{FORM};base64,{base64.b64encode(small).decode()}"
