"""Several sessions of each reader: images that come in one of them are kept out of the next, and each is read by itself."""

from .design import digest, draw_quiz, quiz_pixels


def shown_before(earlier, pools, seed, design):
    """What a reader has seen in the sessions before one: these are drawn again, so that no quiz waits for another.

    Parameters
    ----------
    earlier : list of dict
        In order: name of the quiz, phase, blocks, practice, and apart, whether it shows none of those before it.
    pools : list of (ImageSet, ImageSet)
        Of all of their blocks, in order, see `quiz_files.read_pools`.
    seed : int
    design : dict
        same_set and repeats, as in `design.draw_quiz`.

    Returns
    -------
    set of bytes
        `design.digest` of each image, practice cases too.
    """
    seen = set()
    for quiz in earlier:
        own, pools = pools[: len(quiz["blocks"])], pools[len(quiz["blocks"]) :]
        barred = seen if quiz["apart"] else ()
        drawn = draw_quiz(quiz["name"], own, quiz["blocks"], quiz["practice"], seed, **design, phase=quiz["phase"], seen=barred)
        seen = seen | {digest(image) for image in quiz_pixels(drawn, quiz["blocks"], own)}
    return seen


def by_phase(judgements):
    """Judgements of each phase by its name, those of model observers, who have none, under ""; all under "" without phases."""
    if "phase" not in judgements:
        return {"": judgements}
    return dict(tuple(judgements.groupby("phase", sort=False)))
