"""Several sessions of each reader: images that come in one of them are kept out of the next, and each is read by itself."""

from .design import TRAINING, digest, draw_quiz, quiz_pixels


def shown_before(earlier, pools, seed, design):
    """What a reader has seen in the sessions before one: these are drawn again, so that no quiz waits for another.

    Parameters
    ----------
    earlier : list of dict
        In order: name of the quiz, phase, blocks, practice, and apart, whether it shows none of those before it; practice cases of those
        before it show in none.
    pools : list of (ImageSet, ImageSet)
        Of all of their blocks, in order, see `quiz_files.read_pools`.
    seed : int
    design : dict
        same_set and repeats, as in `design.draw_quiz`.

    Returns
    -------
    seen, told : set of bytes
        `design.digest` of each image; of the practice cases alone, whose truth the reader knows.
    """
    seen, told = set(), set()
    for quiz in earlier:
        own, pools = pools[: len(quiz["blocks"])], pools[len(quiz["blocks"]) :]
        barred = seen if quiz["apart"] else told
        drawn = draw_quiz(quiz["name"], own, quiz["blocks"], quiz["practice"], seed, **design, phase=quiz["phase"], seen=barred)
        digests = [digest(image) for image in quiz_pixels(drawn, quiz["blocks"], own)]
        seen = seen | set(digests)
        told = told | {known for known, block in zip(digests, drawn["block"], strict=True) if block == TRAINING}
    return seen, told


def by_phase(judgements):
    """Judgements of each phase by its name, those of model observers, who have none, under ""; all under "" without phases."""
    if "phase" not in judgements:
        return {"": judgements}
    return dict(tuple(judgements.groupby("phase", sort=False)))
