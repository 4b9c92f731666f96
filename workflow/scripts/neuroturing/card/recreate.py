"""Make images with a generator and the card beside it."""

import contextlib
import json
import os
import re
import sys
from pathlib import Path

from ..errors import InputError, nearest
from ..imageset import ImageSet, make_labels
from . import FORMAT, NAME
from .data import DIRECTIONS
from .saved import checksum

EXPECTED = f"{NAME} as the rule card writes it"
HINT = "copy the whole folder of the generator, its card too"
DISTRIBUTIONS = ("uniform", "normal")
LABELS = ("dataset", "source", "group", "contrast")
# Of these, file names are made.
NAMING = ("dataset", "source")
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_~-]*")
LARGEST, MOST_MM = {"latent": 512 * 512, "height": 4096, "width": 4096}, 100


def read_card(generator):
    """The card beside a generator, with what images are made by checked.

    Returns
    -------
    dict
        As `build.build`.

    Raises
    ------
    InputError
        No such file; no card; a card of images that were made elsewhere; values that nothing can be made with.
    """
    path = Path(generator).parent / NAME
    if not path.is_file():
        raise InputError(path, "no such file", f"the card of {Path(generator).name} beside it", HINT)
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(path, f"not readable ({error})", EXPECTED, HINT) from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise InputError(path, "another file, or a card of another version", f"format '{FORMAT}'", HINT)
    if not isinstance(card.get("create"), dict) or not isinstance(card.get("file"), dict) or not isinstance(card.get("data"), dict):
        raise InputError(path, "nothing that images are made with", EXPECTED, "images made elsewhere are in samples/ alone")
    _check(path, card["create"], card["data"])
    return card


def _check(path, create, data):
    """Raise InputError where what images are made with cannot be so."""
    from ..gan.algorithms import ALGORITHMS

    if create.get("algorithm") not in ALGORITHMS:
        found = f"algorithm '{create.get('algorithm')}'"
        raise InputError(path, found, f"one of {', '.join(ALGORITHMS)}", nearest(create.get("algorithm"), ALGORITHMS))
    for name, largest in LARGEST.items():
        if type(create.get(name)) is not int or not 0 < create[name] <= largest:
            raise InputError(path, f"{name} {create.get(name)}", f"a whole number from 1 to {largest}", HINT)
    if create.get("latent_distribution") not in DISTRIBUTIONS:
        raise InputError(path, f"latent_distribution '{create.get('latent_distribution')}'", " or ".join(DISTRIBUTIONS), HINT)
    plane, pixel = data.get("plane"), data.get("pixel_mm")
    if plane not in (None, *DIRECTIONS) or not (pixel is None or (type(pixel) in (int, float) and 0 < pixel <= MOST_MM)):
        found = f"plane {plane}, pixel_mm {pixel}"
        raise InputError(path, found, f"{', '.join(DIRECTIONS)} or null, and up to {MOST_MM} mm or null", HINT)
    labels = create.get("labels")
    if not isinstance(labels, dict) or not all(name in LABELS and isinstance(value, str) for name, value in labels.items()):
        raise InputError(path, f"labels {labels}", f"text for some of {', '.join(LABELS)}", HINT)
    for name in NAMING:
        if name in labels and not SAFE.fullmatch(labels[name]):
            raise InputError(path, f"the {name} '{labels[name]}'", "letters, digits, - and _ alone", HINT)


def recreate(generator, card, count, seed):
    """Images of a generator, those that a run makes from the same seed.

    Parameters
    ----------
    generator : path
    card : dict
        From `read_card`.
    count, seed : int

    Returns
    -------
    ImageSet

    Raises
    ------
    InputError
        A generator that cannot be loaded, or that is not the one on the card.
    """
    with _quiet():
        from ..gan.algorithms import ALGORITHMS
        from ..gan.device import take_memory_as_needed
        from ..gan.saved import load_generator

    take_memory_as_needed()
    create = card["create"]
    # The algorithm first: Keras loads a generator where its own layers are known.
    algorithm = ALGORITHMS[create["algorithm"]]
    model = load_generator(generator)
    _check_fit(generator, model, card)
    images = algorithm.create(model, create, count, seed)
    names = ["_".join([*(create["labels"][name] for name in NAMING if create["labels"].get(name)), f"{k:05d}"]) for k in range(count)]
    return ImageSet(images, make_labels(count, **create["labels"], image=names), {}, seed)


@contextlib.contextmanager
def _quiet():
    """Keep what TensorFlow's C++ side prints while it is imported from the screen: nothing in Python can stop it."""
    sys.stderr.flush()
    screen = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(screen, 2)
        os.close(screen)


def _check_fit(generator, model, card):
    """Raise InputError where a generator is not the one on the card, first by what it takes and gives, then by its bytes."""
    create = card["create"]
    if model.input_shape != (None, create["latent"]):
        found, expected = f"a generator of inputs {model.input_shape}", f"{create['latent']} latent numbers, as its card says"
        raise InputError(generator, found, expected, HINT)
    size = (None, create["height"], create["width"], 1)
    if model.output_shape != size:
        found = "images of {} x {} pixels".format(*model.output_shape[1:3]) if len(model.output_shape) == 4 else f"{model.output_shape}"
        raise InputError(generator, found, f"{create['height']} x {create['width']}, as its card says", HINT)
    if checksum(generator) != card["file"].get("sha256"):
        raise InputError(generator, "other bytes than on its card (SHA-256)", "the file that the card tells of", HINT)
