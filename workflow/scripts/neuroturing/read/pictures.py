"""How images become the pictures of a quiz: one window, one set of grey levels and one frame for all, whoever made them.

Generators differ from scans, and from each other, in what no eye sees and any computer counts: the brightest level, how many levels there
are, a faint line along the border. So each picture, real or created, is shown as a viewer shows a scan of no fixed unit: by a window of
its own. That leaves anatomy and texture as they are, and with them whatever tells the kinds apart by looking; the blinding audit names it.
Nothing of this is stated in the papers.

One brightest level for all was the other choice. On the demo's sagittal images it would have cut off 5 to 43 % of the pixels of real
heads, because scans differ more among themselves than from created images.
"""

import numpy as np

from ..imageset import blackened

# The share of pixels that may be whiter than white. At 100 % a single bright pixel would set the window.
WHITE_PERCENTILE = 99.5
# Above black. With 128 or more, how many of them a picture has tells the kinds apart; with 32 it did not in the demo, but steps would show
# in smooth tissue. With 64 it still can in pictures of 64 pixels and fewer, and the audit says so.
LEVELS = 64
# Levels below are black: the BLACK_LEVEL of an image set, brightened by the window, would tell by how much.
DARKEST = 4
# Pixels along each side. Wider frames take away no more: what is left there is heads that the field of view cuts.
FRAME = 1


def as_shown(images):
    """The pictures of a quiz.

    Parameters
    ----------
    images : numpy.ndarray, uint8, shape (n, height, width)

    Returns
    -------
    numpy.ndarray, uint8, shape (n, height, width)
        At most 0.5 % of the pixels are cut off at the brightest level, 255, which every picture has that is not black throughout;
        no level from 1 to 15; the outermost FRAME pixels are 0.
    """
    steps = np.floor(np.arange(LEVELS + 1) * 255 / LEVELS + 0.5).astype(np.uint8)
    steps[:DARKEST] = 0
    shown = np.zeros_like(images)
    inside = (slice(FRAME, -FRAME),) * 2
    for picture, image in zip(shown, blackened(images), strict=True):
        content = image[inside]
        white = np.percentile(content, WHITE_PERCENTILE, method="higher") or content.max()
        picture[inside] = steps[np.minimum(np.floor(content * (LEVELS / max(white, 1)) + 0.5), LEVELS).astype(int)]
    return shown
