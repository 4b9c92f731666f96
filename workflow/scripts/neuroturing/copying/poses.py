"""How one image is laid onto another: mirrored, turned, zoomed and shifted.

A place in a picture is a complex number, pixels right of the middle plus i times pixels below it. A similarity takes the place p of the
picture that is looked at to the place a p + b of the training image, so that two of them one after the other are a product and a sum. The
mirror image (left to right) is taken before.
"""

import functools

import numpy as np

ANGLES = np.arange(-10, 10.1, 2.5)  # degrees: the range by which Koshino 2018 turns its planes
ZOOM = 1.05
SHIFT_SHARE = 1 / 24  # of the shorter side: about 3 pixels of 64
# What is searched for beyond the grid; more would no longer be the same picture turned a little.
MOST_DEGREES, MOST_SHIFT_SHARE, MOST_ZOOM = 12.0, 1 / 12, 1.1


def grid(size):
    """Similarities that are tried first, for pictures of a size: (a, b), complex, shape (poses,), the one at rest first.

    Every angle with every shift, and with a zoom but no shift: that much is needed to find the right picture, which is laid exactly later.
    """
    step = SHIFT_SHARE * min(size)
    shifts = step * np.add.outer(1j * np.arange(-1, 2), np.arange(-1, 2)).ravel()
    scales = np.concatenate([np.ones(len(shifts)), [1 / ZOOM, ZOOM]])
    a = np.exp(1j * np.deg2rad(ANGLES))[:, None] * scales
    b = (-a * np.concatenate([shifts, [0, 0]])).ravel()
    a = a.ravel()
    order = np.argsort(np.abs(a - 1) + np.abs(b), kind="stable")
    return a[order], b[order]


def bounded(a, b, size):
    """Similarities brought back to the nearest that is searched for."""
    most = np.deg2rad(MOST_DEGREES)
    a = np.clip(np.abs(a), 1 / MOST_ZOOM, MOST_ZOOM) * np.exp(1j * np.clip(np.angle(a), -most, most))
    furthest = MOST_SHIFT_SHARE * min(size)
    return a, np.clip(b.real, -furthest, furthest) + 1j * np.clip(b.imag, -furthest, furthest)


def described(a, b):
    """What a similarity does to the training image: degrees turned (counter-clockwise), pixels moved right and down, and zoom."""
    moved = -b / a
    return np.rad2deg(np.angle(a)), moved.real, moved.imag, 1 / np.abs(a)


def axes(size):
    """The place of every row and of every column, float32, shapes (height, 1) and (width,)."""
    down, right = (np.arange(length, dtype=np.float32) - np.float32((length - 1) / 2) for length in size)
    return down[:, None], right


def corners(a, b, size):
    """For every pixel of the result the four pixels that it is interpolated from, linearly.

    Parameters
    ----------
    a, b : numpy.ndarray of complex, shape (n,)
    size : (int, int)

    Returns
    -------
    index : numpy.ndarray of int, shape (n, pixels)
        Of the upper left of the four in a picture that has a black frame, one pixel wide; the next is 1 further, those below width + 2.
    right, down : numpy.ndarray of float32, shape (n, pixels)
        Weights of the pixels right and below, 0 to 1.
    """
    height, width = size
    (down, right), (a, b) = axes(size), (part.astype(np.complex64)[:, None, None] for part in (a, b))
    x = (a.real * right + (b.real + (width + 1) / 2)) - a.imag * down
    y = (a.imag * right + (b.imag + (height + 1) / 2)) + a.real * down
    np.clip(x, 0, width + 0.999, out=x)
    np.clip(y, 0, height + 0.999, out=y)
    left, top = x.astype(np.intp), y.astype(np.intp)
    x -= left
    y -= top
    top *= width + 2
    top += left
    return tuple(part.reshape(len(part), -1) for part in (top, x, y))


def warped(images, a, b):
    """Images laid by similarities, one each; black comes in from outside.

    Parameters
    ----------
    images : numpy.ndarray, float32, shape (n, height, width)
    a, b : numpy.ndarray of complex, shape (n,)

    Returns
    -------
    numpy.ndarray, float32, shape (n, height, width)
    """
    size = images.shape[1:]
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    index, right, down = corners(a, b, size)
    index += framed[0].size * np.arange(len(images))[:, None]
    # Every index is inside; to clip is quicker than to look.
    pixels = [framed.ravel()[step:].take(index, mode="clip") for step in (0, 1, size[1] + 2, size[1] + 3)]
    for first, second in ((0, 1), (2, 3)):
        pixels[second] -= pixels[first]
        pixels[second] *= right
        pixels[first] += pixels[second]
    pixels[2] -= pixels[0]
    pixels[2] *= down
    pixels[0] += pixels[2]
    return pixels[0].reshape(images.shape)


def warp_matrix(a, b, size):
    """The same for one similarity as a sparse matrix, shape (pixels, pixels): row vectors of pixels times its transpose."""
    from scipy.sparse import csr_matrix

    height, width = size
    index, right, down = (part[0] for part in corners(np.array([a]), np.array([b]), size))
    rows, columns, weights = [], [], []
    for below in (0, 1):
        for beside in (0, 1):
            top, left = index // (width + 2) + below - 1, index % (width + 2) + beside - 1
            inside = (top >= 0) & (top < height) & (left >= 0) & (left < width)
            rows.append(np.flatnonzero(inside))
            columns.append((top * width + left)[inside])
            weights.append(((right if beside else 1 - right) * (down if below else 1 - down))[inside])
    parts = [np.concatenate(part) for part in (weights, rows, columns)]
    return csr_matrix((parts[0].astype(np.float32), (parts[1], parts[2])), shape=(height * width,) * 2)


@functools.lru_cache(maxsize=4)
def grid_matrices(size):
    """The `warp_matrix` of every similarity of the grid; kept, as it is of every search of a study."""
    return [warp_matrix(*pose, size) for pose in zip(*grid(size), strict=True)]
