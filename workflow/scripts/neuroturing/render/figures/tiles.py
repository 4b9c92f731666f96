"""Pages that show images pixel by pixel: white sheets measured in pixels, images enlarged by whole numbers, and text."""

import numpy as np

DPI = 300
POINT = DPI / 72


class Sheet:
    """A white page; places are in pixels from its upper left corner.

    Parameters
    ----------
    width, height : int
        Pixels. One pixel of the sheet is one pixel of the file when `figure` is saved at its own dpi.
    """

    def __init__(self, width, height):
        from matplotlib.figure import Figure

        self.width, self.height = width, height
        # The hundredth keeps a product like 55 / 300 * 300 from being cut down to 54 pixels.
        self.figure = Figure(figsize=((width + 0.01) / DPI, (height + 0.01) / DPI), dpi=DPI, facecolor="white")

    def image(self, pixels, left, top, width, height):
        """Place grey pixels, shape (height, width), on one grey scale, 0 black to 255 white, in the middle of a place."""
        x, y = left + (width - pixels.shape[1]) // 2, self.height - top - (height + pixels.shape[0]) // 2
        self.figure.figimage(np.stack([pixels] * 3, axis=-1), xo=x, yo=y)

    def text(self, words, left, baseline, size, **style):
        """Write words, `size` points large, from a place on."""
        place = left / self.width, 1 - baseline / self.height
        self.figure.text(*place, words, fontsize=size, **{"va": "baseline", "color": "black"} | style)


def enlarge(pixels, factor):
    """Pixels enlarged by a whole factor (Lanczos), uint8, shape (height, width)."""
    from PIL import Image

    size = factor * pixels.shape[1], factor * pixels.shape[0]
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def text_width(words, size, weight="normal"):
    """Width of words in pixels."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), words or " ", size=size * POINT, prop=FontProperties(weight=weight)).get_extents().width
