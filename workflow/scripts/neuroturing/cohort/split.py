"""Which subjects are trained on, which are kept to choose a training's moment with, and which no training ever sees. Standard library."""

import random

TRAIN, VALIDATION, HELD_OUT = "train", "validation", "held_out"


def split_subjects(rows, split, seed):
    """Which side each subject of a cohort is on.

    The same share of each group is held out, at least one subject of each that has two or more, and at least one is trained on; a
    subject's place follows from the seed and the names of its group's subjects.

    Parameters
    ----------
    rows : iterable of dict
        subject, group.
    split : "none" or dict
        held_out, validation: shares of subjects.
    seed : int

    Returns
    -------
    dict of str to str
        "train", "validation" or "held_out" by subject.
    """
    sides = {row["subject"]: TRAIN for row in rows}
    if split == "none":
        return sides
    groups = {}
    for row in rows:
        groups.setdefault(row.get("group", ""), set()).add(row["subject"])
    for group, subjects in groups.items():
        order = sorted(subjects)
        random.Random(f"{seed}/{group}/split").shuffle(order)
        count = min(len(order) - 1, max(1, round(split["held_out"] * len(order))))
        sides |= dict.fromkeys(order[:count], HELD_OUT)
        watched = min(len(order) - 1, count + round(split.get("validation", 0) * len(order)))
        sides |= dict.fromkeys(order[count:watched], VALIDATION)
    return sides
