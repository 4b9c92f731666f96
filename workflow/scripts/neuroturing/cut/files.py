"""Which files of a folder are images, and what their first bytes say. Read while Snakemake plans: the standard library alone."""

import struct

from ..errors import InputError

ENDINGS = (".png", ".nii", ".nii.gz")
GREY_PNG = "an 8-bit grey PNG"
CONVERT = "convert it, for example with ImageMagick: magick in.png -alpha off -colorspace gray -depth 8 out.png"
AGAIN = "is it complete? copy or convert it anew"
RESIZE = "crop or resize them to one size first"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = {2: "colour", 3: "colour", 4: "an alpha channel", 6: "colour and an alpha channel"}
_DEPTHS = {1: "1 bit a pixel", 16: "16 bits a pixel"}


def image_ending(name):
    """The part of a file's name that says that it is an image, or ''."""
    return next((end for end in sorted(ENDINGS, key=len, reverse=True) if name.lower().endswith(end)), "")


def image_files(folder):
    """Images of a folder in the order of their names: ending by file. Raises InputError where there is none."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    images = {file: image_ending(file.name) for file in files if image_ending(file.name)}
    if not images:
        raise InputError(folder, "a folder without images", f"files that end in {', '.join(ENDINGS)}", "convert them to 8-bit grey PNG")
    return images


def check_folder(folder):
    """Raise InputError for a folder without images, and for the first PNG that is not 8-bit grey or not as large as those before it."""
    first, size = None, None
    for file in [file for file, end in image_files(folder).items() if end == ".png"]:
        with open(file, "rb") as stream:
            head = stream.read(26)
        if len(head) < 26 or not head.startswith(_SIGNATURE):
            raise InputError(file, "not readable as PNG", GREY_PNG, AGAIN)
        width, height, depth, colour = struct.unpack(">IIBB", head[16:])
        kind = _COLOURS.get(colour) or _DEPTHS.get(depth)
        if kind:
            raise InputError(file, kind, GREY_PNG, CONVERT)
        if size and size != (height, width):
            raise InputError(file, f"{height} x {width} pixels", "{} x {}, as {}".format(*size, first.name), RESIZE)
        first, size = first or file, (height, width)
