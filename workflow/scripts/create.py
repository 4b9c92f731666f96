"""Make images with a generator: python workflow/scripts/create.py generator.keras --count 100 --seed 1 --as png --to folder.

A command, no rule. It needs the generator and the card.json beside it; a file that could run code is refused. The same seed gives the same
images on the same machine, and more of them where more are asked for.
"""

import argparse
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from neuroturing.card.forms import ENDINGS, check_target, write_images
from neuroturing.card.recreate import read_card, recreate
from neuroturing.errors import InputError, refused

MOST = 100_000
LARGEST_SEED = 2**63 - 1


def whole_number(low, high):
    """A reader of whole numbers from `low` to `high` for argparse."""

    def read(text):
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {low} to {high}")
        return value

    return read


def main(arguments=None):
    """Read the command line, make images and write them; the exit status, 1 where an input cannot be used."""
    parser = argparse.ArgumentParser(description="Make images with a generator and the card beside it.")
    parser.add_argument("generator", help="generator.keras, with card.json in the same folder")
    parser.add_argument("--count", type=whole_number(1, MOST), required=True, help=f"how many images, at most {MOST:,}")
    parser.add_argument("--seed", type=whole_number(0, LARGEST_SEED), default=1, help="another seed gives other images (1)")
    parser.add_argument("--as", dest="form", choices=list(ENDINGS), default="png", help="kind of files (png)")
    parser.add_argument("--to", required=True, help="a new or empty folder; a new file for npz")
    chosen = parser.parse_args(arguments)
    try:
        target = check_target(chosen.to, chosen.form)
        card = read_card(chosen.generator)
        images = recreate(chosen.generator, card, chosen.count, chosen.seed)
        write_images(target, images, chosen.form, card["data"])
    except InputError as error:
        print(_sentence(error), file=sys.stderr)
        return 1
    except OSError as error:
        known = refused(error)
        print(_sentence(known) if known else f"{error.filename or chosen.to}: {error.strerror}.", file=sys.stderr)
        return 1
    print("{} images of {} x {} pixels in {}".format(images.count, *images.size, target))
    return 0


def _sentence(error):
    """An InputError in one line."""
    return " ".join(f"{error.where}: {error.found}; expected {error.expected}; {error.hint}.".split())


if __name__ == "__main__":
    sys.exit(main())
