"""The training image that each image is most like, mirrored, turned, shifted, zoomed, brightened or darkened as fits best.

The distance is sqrt(2 (1 - r)), r being the correlation of the grey levels of two pictures over all pixels: the Euclidean distance of the
two after each is freed of its mean and scaled to length 1, so that gain and offset do not count (normalised correlation: Lewis 1995, Fast
normalized cross-correlation). 0 is the same picture; unrelated ones have sqrt 2, and so has a picture of one grey level.

First every pair is compared on small pictures, for each pose of a grid by one matrix product. The best few training images of each image
are then laid onto it by Gauss and Newton's method, pose, gain and offset together (Lucas and Kanade 1981; Baker and Matthews, Int J Comput
Vis 2004;56:221, section 3.1.2), on small pictures first, and the best of these at full size.
"""

from dataclasses import dataclass

import numpy as np

from . import poses

SMALL, LARGEST = 32, 128  # pixels of the longer side: of the first comparison, and of the last
KEPT = (5, 2)  # training images that are laid onto an image: on small pictures, at full size
ROUNDS = 3
BATCH = 128
AT_ONCE = 2**16  # pixels that are laid together: what a processor's cache holds
EXCLUDED = -2  # below every correlation


@dataclass(frozen=True)
class Matches:
    """The nearest training image of each of n images.

    Attributes
    ----------
    index : numpy.ndarray of int, shape (n,)
    distance : numpy.ndarray of float, shape (n,)
    flipped : numpy.ndarray of bool, shape (n,)
    a, b : numpy.ndarray of complex, shape (n,)
        Its similarity (see `poses`), in pixels of the images.
    ratio : numpy.ndarray of float, shape (n,)
        The correlation with the nearest image of any other training subject, by that with the nearest; 0 where there is no other.
    """

    index: np.ndarray
    distance: np.ndarray
    flipped: np.ndarray
    a: np.ndarray
    b: np.ndarray
    ratio: np.ndarray

    def take(self, chosen):
        """Those of some of the images."""
        return Matches(*(getattr(self, name)[chosen] for name in ("index", "distance", "flipped", "a", "b", "ratio")))


def nearest(images, training, subject, allowed=None):
    """The nearest training image of each image.

    Parameters
    ----------
    images, training : numpy.ndarray, uint8, shape (n, height, width) and (m, height, width)
    subject : numpy.ndarray of int, shape (m,)
        Of the training images.
    allowed : numpy.ndarray of bool, shape (n, m), optional
        Which training images count for which image, one at least for each; all where absent.

    Returns
    -------
    Matches
        Time grows with n times m for the first comparison, and with n for the rest.
    """
    if not len(images):
        return Matches(np.zeros(0, int), np.zeros(0), np.zeros(0, bool), np.ones(0, complex), np.zeros(0, complex), np.zeros(0))
    small, small_training = shrunk(images, SMALL), shrunk(training, SMALL)
    large, large_training = shrunk(images, LARGEST), shrunk(training, LARGEST)
    score, pose = _compared(small, small_training)
    if allowed is not None:
        score[~allowed] = EXCLUDED
    parts = []
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        pictures = (small[part], large[part]), (small_training, large_training)
        index, flipped, a, b, r = _refined(*pictures, score[part], pose[part])
        # What is left are other people than the nearest.
        score[part][subject[index][:, None] == subject] = EXCLUDED
        there = score[part].max(axis=1) > EXCLUDED
        other = np.where(there, np.maximum(0, _refined(*pictures, score[part], pose[part])[4]), 0)
        distance = np.sqrt(np.maximum(0, 2 * (1 - r)))
        parts.append((index, distance, flipped, a, b * images.shape[2] / large.shape[2], other / np.maximum(r, 1e-3)))
    return Matches(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def _refined(images, training, score, pose):
    """The best training image of each image: index, mirrored, a, b, r, shape (n,); `images` and `training` are small and large ones."""
    found = _laid(images[0], training[0], _best(score, pose, images[0].shape[1:]), KEPT[1])
    scale = images[1].shape[2] / images[0].shape[2]
    return [value[:, 0] for value in _laid(images[1], training[1], (*found[:3], found[3] * scale), 1)]


def shrunk(images, longest):
    """Images as float32, averaged down to at most so many pixels along the longer side."""
    from PIL import Image

    height, width = images.shape[1:]
    scale = longest / max(height, width)
    if scale >= 1:
        return images.astype(np.float32)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    pictures = (Image.fromarray(image.astype(np.float32)) for image in images)
    return np.stack([np.asarray(picture.resize(size, Image.Resampling.BOX)) for picture in pictures])


def unit(flat, axis=1):
    """Pictures, pixels along an axis, without their mean, of length 1; one of a single value becomes 0."""
    centred = flat - flat.mean(axis=axis, keepdims=True)
    length = np.linalg.norm(centred, axis=axis, keepdims=True)
    # Rounding alone leaves a flat picture a thousandth of a grey level or less.
    centred *= np.where(length > 1e-2, 1 / np.maximum(length, 1e-2), 0)
    return centred


def _compared(images, training):
    """Best correlation of every pair over the grid, and its number: 2 * similarity + mirrored. Shapes (n, m)."""
    size, wanted = images.shape[1:], unit(images.reshape(len(images), -1))
    score = np.full((len(images), len(training)), EXCLUDED, np.float32)
    pose = np.zeros(score.shape, np.int16)
    pictures = [np.ascontiguousarray(side.reshape(len(training), -1).T) for side in (training, training[:, :, ::-1])]
    for k, matrix in enumerate(poses.grid_matrices(size)):
        for mirrored in (0, 1):
            found = wanted @ unit(matrix @ pictures[mirrored], axis=0)
            better = found > score
            np.copyto(score, found, where=better)
            np.copyto(pose, np.int16(2 * k + mirrored), where=better)
    return score, pose


def _best(score, pose, size):
    """The few best training images of each image: index, mirrored, a, b, shape (n, few)."""
    few = min(KEPT[0], score.shape[1])
    index = np.argsort(-score, axis=1, kind="stable")[:, :few]
    # One that is not allowed may be among the few: the best takes its place.
    index = np.where(np.take_along_axis(score, index, axis=1) > EXCLUDED, index, index[:, :1])
    pose = np.take_along_axis(pose, index, axis=1)
    a, b = poses.grid(size)
    return index, pose % 2 == 1, a[pose // 2], b[pose // 2]


def _laid(images, training, start, keep):
    """Lay several training images onto each image; the `keep` best of index, mirrored, a, b, r, shape (n, keep), best first."""
    index, mirrored, a, b = start
    count, few = index.shape
    pictures = training[index.ravel()]
    pictures = np.where(mirrored.ravel()[:, None, None], pictures[:, :, ::-1], pictures)
    a, b, r = fitted(np.repeat(images, few, axis=0), pictures, a.ravel(), b.ravel())
    a, b, r = (value.reshape(count, few) for value in (a, b, r))
    order = np.argsort(-r, axis=1, kind="stable")[:, :keep]
    return [np.take_along_axis(value, order, axis=1) for value in (index, mirrored, a, b, r)]


def fitted(wanted, pictures, a, b):
    """Lay each picture onto the wanted one, by Gauss and Newton's method from the similarities given.

    Parameters
    ----------
    wanted, pictures : numpy.ndarray, float32, shape (n, height, width)
    a, b : numpy.ndarray of complex, shape (n,)

    Returns
    -------
    a, b, r
        Similarities and correlations, shape (n,), never worse than at the start.
    """
    few = max(1, AT_ONCE // wanted[0].size)
    parts = [slice(start, start + few) for start in range(0, len(wanted), few)]
    return [np.concatenate(found) for found in zip(*(_fitted(wanted[k], pictures[k], a[k], b[k]) for k in parts), strict=True)]


def _fitted(wanted, pictures, a, b):
    size, count = wanted.shape[1:], len(wanted)
    goal = unit(wanted.reshape(count, -1))
    a, b = poses.bounded(a, b, size)
    laid = poses.warped(pictures, a, b)
    r = np.vecdot(unit(laid.reshape(count, -1)), goal)
    # One that a step makes no better stays as it is, and so would every further step.
    left = np.arange(count)
    for _ in range(ROUNDS):
        next_a, next_b = _step(laid[left], goal[left], a[left], b[left])
        tried = poses.warped(pictures[left], next_a, next_b)
        found = np.vecdot(unit(tried.reshape(len(left), -1)), goal[left])
        better = found > r[left]
        left = left[better]
        a[left], b[left], r[left], laid[left] = next_a[better], next_b[better], found[better], tried[better]
        if not len(left):
            break
    return a, b, np.minimum(r, 1)


def _step(laid, goal, a, b):
    """The similarities that one step of Gauss and Newton leads to from those by which pictures are laid."""
    size, count = laid.shape[1:], len(laid)
    down, right = poses.axes(size)
    slope_y, slope_x = np.gradient(laid, axis=(1, 2))
    columns = np.empty((count, 5, *size), np.float32)
    columns[:, 0], columns[:, 1], columns[:, 2] = laid, slope_x, slope_y
    columns[:, 3] = right * slope_x + down * slope_y
    columns[:, 4] = right * slope_y - down * slope_x
    columns = columns.reshape(count, 5, -1)
    columns -= columns.mean(axis=2, keepdims=True)
    normal = columns @ columns.transpose(0, 2, 1)
    # A flat picture has no slopes: the ridge keeps the equations solvable.
    ridge = 1e-4 * np.einsum("nkk->nk", normal) + 1e-3
    normal[:, range(5), range(5)] += ridge
    step = np.linalg.solve(normal, columns @ goal[:, :, None])[..., 0].astype(float)
    gain = np.where(step[:, 0] > 1e-9, step[:, 0], np.inf)
    x, y, zoom, turn = (step[:, 1:] / gain[:, None]).T
    return poses.bounded(a * (1 + zoom + 1j * turn), b + a * (x + 1j * y), size)


def turned_onto(image, training, flipped, a, b):
    """The training image laid onto an image with the gain and offset that fit best, float32 grey levels, shape (height, width)."""
    training = training[:, ::-1] if flipped else training
    laid = poses.warped(training[None].astype(np.float32), np.array([a]), np.array([b]))[0]
    centred = laid - laid.mean()
    gain = max(0, float(np.sum(centred * image)) / max(float(np.sum(centred**2)), 1e-9))
    return centred * np.float32(gain) + np.float32(np.mean(image, dtype=float))
