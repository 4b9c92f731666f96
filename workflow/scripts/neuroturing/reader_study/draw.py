"""Draw a reader's quiz: which images, in which order, under which names.

The design is Koshino et al. 2018, Human Visual Assessment: 50 images a reader, "the number of created images randomly varied from
40% to 60%", ten training cases before. Not stated there, and chosen here: training cases are half real and half created, and no
image is shown twice; real images are spread over the subjects as evenly as they can be, because images of one subject resemble
each other.
"""

import hashlib
import math
import re
from collections import Counter

import numpy as np
import pandas as pd

from ..errors import InputError

KEY_COLUMNS = ("image_id", "truth", "source_index", "block", "order", "scan", "subject")
LETTERS, NAME_LENGTH = "bcdfghjklmnpqrstvwxz", 10


def check_readers(readers):
    """Raise InputError unless there are readers, each named once, with names fit for files."""
    if not readers:
        raise InputError("config: readers", "no reader", "at least one name", "add a name, such as 'reader1', to the study's readers")
    for name in readers:
        if not re.fullmatch(r"\w[\w-]*", str(name)):
            raise InputError("config: readers", f"the name {str(name)!r}", "letters, digits, '-' and '_'", "it becomes a folder's name")
    folded = [str(name).casefold() for name in readers]
    twice = sorted({str(name) for name in readers if folded.count(str(name).casefold()) > 1})
    if twice:
        raise InputError(
            "config: readers", f"the same name twice: {', '.join(twice)}", "different names", "capitals alone do not tell them apart"
        )


def reader_rng(seed, reader, *parts):
    """A generator of this reader's own: it depends on the seed, the name and `parts` (bytes), and on no other reader."""
    text = f"{int(seed)}/{reader}/".encode() + b"/".join(parts)
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text).digest(), "big"))


def draw_created(rng, images, low, high):
    """Number of created images among `images`: every whole number within the two shares (0 to 1) is equally likely."""
    if not 0 <= low <= high <= 1:
        raise InputError("config: created_share", f"{low:g} to {high:g}", "0 <= minimum <= maximum <= 1", "the paper has 0.4 to 0.6")
    least, most = math.ceil(images * low - 1e-9), math.floor(images * high + 1e-9)
    if least > most:
        raise InputError(
            "config: created_share",
            f"no whole number from {low:g} to {high:g} of {images} images",
            "a window that holds one",
            "widen it or take more images",
        )
    return int(rng.integers(least, most + 1))


def draw_spread(rng, subject, count, before=()):
    """Indices of `count` images, no subject twice before every subject with images left has had one more.

    Parameters
    ----------
    rng : numpy.random.Generator
    subject : array_like of str, shape (n,)
    count : int
        At most n.
    before : iterable of str
        Subjects of images drawn earlier, once an image: they count as turns already had.

    Returns
    -------
    numpy.ndarray of int, shape (count,)
        In random order of subjects, round by round.
    """
    subject = np.asarray(subject)
    shuffled = rng.permutation(len(subject))
    had = Counter(before)
    turn = pd.Series(subject[shuffled]).groupby(subject[shuffled]).cumcount() + [had[name] for name in subject[shuffled]]
    # Sorting by turn alone would let subjects keep one order in every round.
    return shuffled[np.lexsort((rng.random(len(subject)), turn))][:count]


def draw_quiz(reader, real, created, seed, images=50, training=10, share=(0.4, 0.6)):
    """One reader's quiz.

    Parameters
    ----------
    reader : str
    real, created : neuroturing.reader_study.pools.Pool
    seed : int
    images, training : int
        Test images, and cases for practice before them.
    share : (float, float)
        Least and largest share of created images in the test.

    Returns
    -------
    pandas.DataFrame
        Columns `KEY_COLUMNS`; rows in order of presentation, training block first; `order` counts from 1 within a block.

    Raises
    ------
    InputError
        Unfit reader name, impossible counts or shares, too few images.
    """
    check_readers([reader])
    if images < 1 or training < 0:
        raise InputError("config: quiz", f"{images} images and {training} training cases", "at least 1 and 0", "the paper has 50 and 10")
    rng = reader_rng(seed, reader)
    test_created = draw_created(rng, images, *share)
    wanted = {"real": (images - test_created, training - training // 2), "created": (test_created, training // 2)}
    blocks = {"training": [], "test": []}
    for truth, pool in (("real", real), ("created", created)):
        test, practice = wanted[truth]
        if len(pool.images) < test + practice:
            raise InputError(
                pool.path,
                f"{len(pool.images)} {truth} images",
                f"at least {test + practice} for reader '{reader}' ({test} for the test, {practice} for training)",
                "sample more images, or ask for a smaller quiz",
            )
        drawn = draw_spread(rng, pool.subject, test + practice)
        blocks["test"] += [(truth, int(index)) for index in drawn[:test]]
        blocks["training"] += [(truth, int(index)) for index in drawn[test:]]
    rows = [
        (truth, index, block, order)
        for block in ("training", "test")
        for order, (truth, index) in enumerate((blocks[block][i] for i in rng.permutation(len(blocks[block]))), start=1)
    ]
    key = pd.DataFrame(rows, columns=["truth", "source_index", "block", "order"])
    pools = {"real": real, "created": created}
    for column in ("scan", "subject"):
        key[column] = [getattr(pools[truth], column)[index] for truth, index in zip(key["truth"], key["source_index"], strict=True)]
    key["image_id"] = draw_names(reader, seed, quiz_pixels(key, real, created))
    return key[list(KEY_COLUMNS)]


def quiz_pixels(key, real, created):
    """The images of a quiz in its order, uint8, shape (n, height, width)."""
    pools = {"real": real.images, "created": created.images}
    return np.stack([pools[truth][index] for truth, index in zip(key["truth"], key["source_index"], strict=True)])


def draw_names(reader, seed, pixels):
    """Ten random letters for each image: they say nothing of truth or order.

    They change when any image of the quiz does, so that answers to an earlier quiz are known as such. Letters alone, because a
    spreadsheet takes digits for a number; consonants alone, so that no name is a word.
    """
    rng = reader_rng(seed, reader, b"".join(image.tobytes() for image in pixels))
    digits = len(LETTERS)
    numbers = rng.choice(digits**NAME_LENGTH, len(pixels), replace=False)
    return ["".join(LETTERS[int(number) // digits**place % digits] for place in range(NAME_LENGTH)) for number in numbers]
