"""Draw a reader's quiz: which images, in which order, under which names.

A quiz is practice cases, their truth told, and then a test in one block or several, each of one model: real images of its data set and
images that it created, mixed. Koshino et al. 2018, Human Visual Assessment, has one block of 50 images after ten practice cases; 40 to
60 % of the 50 are created, at random. Han et al. 2018, section 3.3, has a block of 50 real and 50 created images for each model, in random
order and without practice; the real ones of a mixture are as many of each of its sequences.

Not stated there, and chosen here: practice cases are half real and half created, and none of them is in the test; the order of the blocks
is drawn for each reader; no image is shown twice in a block, and no real one in two blocks, because one that comes back beside another
model's images must be real. Where a data set is too small for that, real images come back, fewest first, and the log says how many. Real
images are drawn in the proportion of the scans, as a model is trained on them: even numbers by subject would show patients with two scans
less often than the model has seen them, and a lesion would be a sign of a created image.

One set for all readers, so that their agreement can be taken, is drawn once, and shown to each in an order and under names of their own.
Images that come twice, for a reader's agreement with themselves, are drawn from the first third of each block, real or created alike, and
come again in its last third under another name.
"""

import hashlib
import logging
import math

import numpy as np
import pandas as pd

from ..errors import InputError
from .responses import check_readers

TRAINING, TEST = "training", "test"
KEY_COLUMNS = (
    "image_id", "truth", "source_index", "block", "order", "scan", "subject", "dataset", "recipe", "size", "contrast", "part",
)  # fmt: skip
LETTERS, NAME_LENGTH = "bcdfghjklmnpqrstvwxz", 10
WHERE = "config: reader_study"


def reader_rng(seed, reader, *parts):
    """A generator of this reader's own: it depends on the seed, the name and `parts` (bytes), and on no other reader."""
    text = f"{int(seed)}/{reader}/".encode() + b"/".join(parts)
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text).digest(), "big"))


def draw_created(rng, images, low, high):
    """Number of created images among `images`: every whole number within the two shares (0 to 1) is equally likely."""
    if not 0 <= low <= high <= 1:
        raise InputError(f"{WHERE}: created_share", f"{low:g} to {high:g}", "0 <= minimum <= maximum <= 1", "write it as [0.4, 0.6]")
    least, most = math.ceil(images * low - 1e-9), math.floor(images * high + 1e-9)
    if least > most:
        found, hint = f"no whole number from {low:g} to {high:g} of {images} images", "widen it or take more images"
        raise InputError(f"{WHERE}: created_share", found, "a window that holds one", hint)
    return int(rng.integers(least, most + 1))


def allot(rng, weights, count, room, order=None, start=None):
    """Whole numbers in proportion to weights: systematic sampling with a random start (Madow and Madow 1944).

    Parameters
    ----------
    rng : numpy.random.Generator
    weights : array_like of float, shape (n,)
        0 or more.
    count : int
        Wanted sum.
    room : array_like of int, shape (n,)
        The most of each; what is above it goes to the others in their proportion.
    order : array_like of int, shape (n,), optional
        In which the units are passed; random otherwise.
    start : float, optional
        In [0, 1); random otherwise. Any distribution but the uniform one would favour some units.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Each within 1 of its share where there is room; the sum is `count`, or that of `room` where this is less.
    """
    weights, room = np.asarray(weights, float), np.asarray(room, int)
    given = np.zeros(len(room), int)
    while left := min(count, room.sum()) - given.sum():
        share = np.where(given < room, weights, 0)
        share = share if share.any() else (room - given).astype(float)
        order = rng.permutation(len(share)) if order is None else order
        edges = np.append(0, np.cumsum(share[order])) / share.sum() * left
        edges[-1] = left
        given[order] += np.diff(np.floor(edges + (rng.random() if start is None else start)).astype(int))
        given, order, start = np.minimum(given, room), None, None
    return given


def draw_real(rng, scan, stratum, count, shown, barred):
    """Numbers of `count` images: as many of each stratum as can be, and in the proportion of the scans within each.

    Every image has the same chance within its stratum. The strata pass the scans in one order and start at even distances from each
    other, so that the proportion of the scans holds, nearly, over all strata together too: a scan that has an image more in one has none
    more in the next.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws too which strata have one image more, where `count` does not divide evenly.
    scan, stratum : array_like of str, shape (n,)
    count : int
    shown : array_like of bool, shape (n,)
        Images that are drawn only where a stratum has too few others.
    barred : array_like of bool, shape (n,)
        Images that are not drawn; they count in the proportions.

    Returns
    -------
    numpy.ndarray of int
        Shape (count,), stratum by stratum; shorter where a stratum has too few images.
    """
    stratum, shown, barred = (np.asarray(values) for values in (stratum, shown, barred))
    names, place = np.unique(scan, return_inverse=True)
    strata = rng.permutation(np.unique(stratum))
    order, start, drawn = rng.permutation(len(names)), rng.random(), []
    for turn, name in enumerate(strata):
        wanted = count // len(strata) + (turn < count % len(strata))
        of_scan = np.bincount(place[stratum == name], minlength=len(names))
        first = (start + turn / len(strata)) % 1
        for free in ((stratum == name) & ~shown & ~barred, (stratum == name) & shown & ~barred):
            given = allot(rng, of_scan, wanted, np.bincount(place[free], minlength=len(names)), order, first)
            drawn += [rng.choice(np.flatnonzero(free & (place == k)), given[k], replace=False) for k in np.flatnonzero(given)]
            wanted -= given.sum()
    return np.concatenate(drawn) if drawn else np.array([], int)


def draw_quiz(reader, pools, blocks, practice, seed, same_set=False, repeats=0, phase="", seen=()):
    """One reader's quiz.

    Parameters
    ----------
    reader : str
    pools : list of (ImageSet, ImageSet)
        The real and the created images of each block, from `quiz_files.read_pools`.
    blocks : list of dict
        dataset, recipe, and either `images` and `created_share` (least, largest), or `real` and `created` (numbers of images);
        `stratify`, where it is there, a label whose values the real images have in equal numbers.
    practice : int
        Cases before the first block, spread over the blocks' models.
    seed : int
    same_set : bool
        Whether every reader is shown the same images; each in an order of their own.
    repeats : int
        Test images that come twice, spread over the blocks.
    phase : str
        Which session of every reader's it is; each has one set of its own where all readers share it.
    seen : collection of bytes
        Images, real or created, that are not to be drawn: `digest` of their pixels.

    Returns
    -------
    pandas.DataFrame
        Columns `KEY_COLUMNS`; rows in order of presentation, practice first. `block` is "training" for practice and "test"; `order`
        counts from 1 within each of the two; `part` is the number of the test's block, from 1, and 0 for practice; `size` is "128x128"
        for an image of 128 rows and columns; scan, subject and contrast are the images' labels. With repeats also `repeat_of`, the
        image_id of the first showing, empty for every other row.

    Raises
    ------
    InputError
        Unfit reader name; no block, or a model in two; impossible counts or shares; too few images; real images without the label to
        balance.
    """
    check_readers([reader])
    _check_blocks(blocks, practice)
    rng = reader_rng(seed, phase if same_set else reader, b"quiz")
    sources = [_Source(block, *pair, seen) for block, pair in zip(blocks, pools, strict=True)]
    numbers = [_numbers(rng, block) for block in blocks]
    cases = _practice_numbers(rng, len(blocks), practice)
    for source, wanted, before in zip(sources, numbers, cases, strict=True):
        source.check_created(wanted["created"] + before["created"])
    parts, barred, shown = [], set(seen), set()
    for source, each in zip(sources, cases, strict=True):
        if sum(each.values()):
            parts.append(source.draw(rng, **each, shown=shown, barred=barred).assign(block=TRAINING, part=0))
            barred = barred | source.seen | source.made
    for source, wanted in zip(sources, numbers, strict=True):
        source.bar(barred)
        source.check_created(wanted["created"])
    parts = [_mixed(rng, pd.concat(parts))] if parts else []
    for part, k in enumerate(rng.permutation(len(blocks)), start=1):
        drawn = sources[k].draw(rng, **numbers[k], shown=shown, barred=barred, stratify=blocks[k].get("stratify"))
        shown = shown | sources[k].seen
        parts.append(_mixed(rng, drawn).assign(block=TEST, part=part))
    own = reader_rng(seed, reader, b"order")
    parts = _reordered(own, parts) if same_set else parts
    key = pd.concat(_repeated(own, parts, repeats) if repeats else parts, ignore_index=True)
    key["order"] = key.groupby("block").cumcount() + 1
    key["image_id"] = draw_names(reader, seed, quiz_pixels(key, blocks, pools))
    if repeats:
        first = key[key["showing"] == 1].set_index("case")["image_id"]
        key["repeat_of"] = np.where(key["showing"] == 2, key["case"].map(first), "")
    return key[[*KEY_COLUMNS, *(["repeat_of"] if repeats else [])]]


def _reordered(rng, parts):
    """The same cases with the blocks of the test, and the cases within each, in another order."""
    practice = [part for part in parts if part["block"].iloc[0] == TRAINING]
    test = [part for part in parts if part["block"].iloc[0] == TEST]
    order = enumerate(rng.permutation(len(test)), start=1)
    return [_mixed(rng, part) for part in practice] + [_mixed(rng, test[k]).assign(part=number) for number, k in order]


def _repeated(rng, parts, repeats):
    """Parts of which some cases come twice, a third of their block apart at least.

    Columns case and showing are added: a name for each case, and 1 or 2. Raises InputError where blocks are too short for it.
    """
    tests, result = sum(part["block"].iloc[0] == TEST for part in parts), []
    for k, part in enumerate(parts):
        part = part.assign(case=[f"{k}/{case}" for case in range(len(part))], showing=1)
        if part["block"].iloc[0] == TEST:
            count, third = repeats // tests + (part["part"].iloc[0] <= repeats % tests), len(part) // 3
            if count > third:
                found, expected = f"{repeats} repeats, {count} in a block of {len(part)} images", f"at most {third} in it"
                raise InputError(f"{WHERE}: repeats", found, expected, "repeat fewer, or show more images")
            again = part.iloc[rng.choice(third, count, replace=False)].assign(showing=2)
            part = pd.concat([part.iloc[:-third], _mixed(rng, pd.concat([part.iloc[-third:], again]))]) if count else part
        result.append(part)
    return result


def quiz_pixels(key, blocks, pools):
    """The images of a quiz in its order: a list of uint8 arrays, shape (height, width)."""
    images = {
        (block["dataset"], block["recipe"], truth): pool.images
        for block, pair in zip(blocks, pools, strict=True)
        for truth, pool in zip(("real", "created"), pair, strict=True)
    }
    places = key[["dataset", "recipe", "truth", "source_index"]].itertuples(index=False)
    return [images[dataset, recipe, truth][index] for dataset, recipe, truth, index in places]


def draw_names(reader, seed, pixels):
    """Ten random letters for each image: they say nothing of truth or order.

    They change when any image of the quiz does, so that answers to an earlier quiz are known as such. Letters alone, because a
    spreadsheet takes digits for a number; consonants alone, so that no name is a word.
    """
    rng = reader_rng(seed, reader, b"".join(image.tobytes() for image in pixels))
    digits = len(LETTERS)
    numbers = rng.choice(digits**NAME_LENGTH, len(pixels), replace=False)
    return ["".join(LETTERS[int(number) // digits**place % digits] for place in range(NAME_LENGTH)) for number in numbers]


class _Source:
    """The images of one block's model, and which of them are taken.

    Attributes
    ----------
    seen, made : set of bytes
        Real and created images of the latest draw, by `digest` of their pixels: one may be in several data sets, or created twice.
    """

    def __init__(self, block, real, created, barred=()):
        self.block, self.real, self.created = block, real, created
        self.name = f"{block['recipe']} on {block['dataset']}"
        self.seen, self.made = set(), set()
        self.digests = [digest(image) for image in created.images]
        self.free = np.ones(created.count, bool)
        self.bar(barred)
        first = {}
        for index, image in enumerate(real.images):
            first.setdefault(digest(image), index)
        self.pixels, self.distinct = list(first), np.array(list(first.values()), int)

    def bar(self, digests):
        """Take created images out that are pixel for pixel like one of these."""
        self.free &= np.array([known not in digests for known in self.digests], bool)

    def check_created(self, wanted):
        """Raise InputError unless there are as many created images."""
        if (left := self.free.sum()) < wanted:
            seen = f" that no earlier phase or practice case shows, of {self.created.count}" if left < self.created.count else ""
            found, expected = f"{left} created images{seen}", f"at least {wanted} for the test of {self.name} and its practice cases"
            raise InputError(self.created.path, found, expected, "create more images, or ask for a smaller quiz")

    def draw(self, rng, real, created, shown, barred, stratify=None):
        """Rows of the key for `real` and `created` images of this model, in no order."""
        chosen = self._draw_real(rng, real, shown, barred, stratify)
        self.seen = {digest(self.real.images[index]) for index in chosen}
        made = self._draw_created(rng, created)
        self.free[made] = False
        self.made = {self.digests[index] for index in made}
        rows = [(truth, int(index), pool) for truth, pool, taken in self._kinds(chosen, made) for index in taken]
        table = pd.DataFrame([row[:2] for row in rows], columns=["truth", "source_index"])
        for label in ("scan", "subject", "contrast"):
            table[label] = np.array([str(pool[label][index]) for _, index, pool in rows], object)
        size = "x".join(str(pixels) for pixels in self.real.size)
        return table.assign(dataset=self.block["dataset"], recipe=self.block["recipe"], size=size)

    def _draw_created(self, rng, count):
        """Numbers of created images, none pixel for pixel like another while others are left: a generator may make one again."""
        free = np.flatnonzero(self.free)
        first = np.array(list({self.digests[index]: index for index in free[::-1]}.values())[::-1], int)
        if len(first) >= count:
            return rng.choice(first, count, replace=False)
        text = "%s: %d of the %d created images for %s come again pixel for pixel: its generator made only %d that differ"
        logging.warning(text, self.created.path, count - len(first), count, self.name, len(first))
        return rng.permutation([*first, *rng.choice(np.setdiff1d(free, first), count - len(first), replace=False)])

    def _kinds(self, chosen, made):
        return ("real", self.real, chosen), ("created", self.created, made)

    def _draw_real(self, rng, count, shown, barred, stratify):
        """Numbers of real images, none pixel for pixel like another or like one in `barred`, nor in `shown` while others are left."""
        pool = self.real
        stratum = pool[stratify][self.distinct].astype(str) if stratify else np.full(len(self.distinct), "")
        if stratify and not np.all(stratum != ""):
            hint = "take 'stratify' out of the block, or give the images the label"
            raise InputError(pool.path, f"images whose {stratify} is not told", f"a label '{stratify}' of each", hint)
        before, never = (np.array([pixels in known for pixels in self.pixels]) for known in (shown, barred))
        chosen = draw_real(rng, pool["scan"][self.distinct].astype(str), stratum, count, before, never)
        if before[chosen].any():
            text = "%s: %d of the %d real images for %s were shown before, beside another model's: the data set has too few others"
            logging.warning(text, pool.path, before[chosen].sum(), count, self.name)
        if len(chosen) < count:
            names, left = np.unique(stratum[~never], return_counts=True)
            kinds = ", ".join(f"{number} of {name}" if name else f"{number} real images" for name, number in zip(names, left, strict=True))
            found = f"{kinds or 'none'} that differ and are no practice cases, of {pool.count} images"
            expected = f"{count} real images{f' in equal numbers by {stratify}' if stratify else ''} for {self.name}"
            hint = "no image is shown twice beside one model's: sample more real images, or ask for a smaller quiz"
            raise InputError(pool.path, found, expected, hint)
        return self.distinct[chosen]


def digest(image):
    """What tells the pixels of one image from those of others, in few bytes."""
    return hashlib.sha256(image.tobytes()).digest()


def _check_blocks(blocks, practice):
    """Raise InputError unless there are blocks of different models, and practice cases are 0 or more."""
    if practice < 0:
        raise InputError(f"{WHERE}: practice", f"{practice} practice cases", "0 or more", "write 0 for none")
    names = [f"{block['recipe']} on {block['dataset']}" for block in blocks]
    if not names or len(set(names)) < len(names):
        raise InputError(
            f"{WHERE}: blocks", ", ".join(names) or "no block", "one block or more, each of another model", "correct the blocks"
        )


def _numbers(rng, block):
    """Numbers of real and created images of a block. Raises InputError where they are not told, or impossible."""
    if "images" in block:
        created = draw_created(rng, block["images"], *block["created_share"])
        numbers = {"real": block["images"] - created, "created": created}
    else:
        numbers = {"real": block["real"], "created": block["created"]}
    if min(numbers.values()) < 0 or sum(numbers.values()) < 1:
        found = f"{numbers['real']} real and {numbers['created']} created images"
        raise InputError(f"{WHERE}: blocks", found, "1 image or more, of neither kind fewer than 0", "50 and 50 are common")
    return numbers


def _practice_numbers(rng, blocks, practice):
    """Numbers of real and created practice cases of each block's model: half and half in all, one real more of an odd number."""
    turn, numbers = rng.permutation(blocks), [{"real": 0, "created": 0} for _ in range(blocks)]
    for case in range(practice):
        numbers[turn[case // 2 % blocks]][("real", "created")[case % 2]] += 1
    return numbers


def _mixed(rng, rows):
    """Rows in random order."""
    return rows.iloc[rng.permutation(len(rows))]
