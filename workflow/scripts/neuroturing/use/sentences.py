"""What a comparison of two ways of training says, in words."""

from math import isfinite

from .arms import ALONE, AUGMENTED, CREATED, FEW, REAL
from .tasks import TRAINED_ON

HELPED, HARMED, DID_NOT_HELP = "helped", "harmed", "did not help"
LEVEL = 0.05
PERFECT = 0.995  # what two digits show as 1.00
CHANCE = {"balanced accuracy": lambda classes: 1 / classes, "AUC": lambda classes: 0.5}
UNTRUSTED = "It cannot be trusted: the generator was trained on the subjects that it is tested on."
ARMS = {
    AUGMENTED: "Classic augmentation",
    CREATED: "Adding created images ({ratio:g} for each real one)",
    ALONE: "Created images in the place of real ones",
}


def verdict(row):
    """Whether an arm helped, harmed, or did neither as far as can be seen: by the P value adjusted for the number of arms."""
    if not row["p_adjusted"] < LEVEL:
        return DID_NOT_HELP
    return HELPED if row["difference"] > 0 else HARMED


def about(row, base, classes, fewer):
    """One sentence or two on one arm.

    Parameters
    ----------
    row, base : dict
        Rows of one metric: the arm's, and that of the arm that it is held against.
    classes : int
    fewer : bool
        Whether these classifiers had fewer subjects than the generator.
    """
    if row["arm"] == REAL:
        return ""
    subject = ARMS.get(row["arm"], "Adding created images ({ratio:g} for each real one) to classic augmentation")
    done = "were no better" if row["arm"] == ALONE and verdict(row) == DID_NOT_HELP else verdict(row)
    against = ", classic augmentation in both" if base["arm"] == AUGMENTED else ""
    values = f"{row['metric']} {row['value']:.2f} with, {base['value']:.2f} without{against}"
    parts = [f"{subject.format(ratio=row['ratio'] or 0)} {done}: {values}, {difference(row)}.", *_reservations(row, base, classes)]
    if fewer and row["n_created"] and (row["training_share"] == FEW or verdict(row) == HELPED):
        parts.append("The generator has seen more subjects than this classifier.")
    return " ".join(parts)


def difference(row):
    """The difference with its interval, where it has one."""
    shown = f"difference {row['difference']:+.2f}"
    if isfinite(row["difference_low"]):
        shown += f" [{row['difference_low']:+.2f}, {row['difference_high']:+.2f}]"
    return shown.replace("-0.00", "0.00").replace("+0.00", "0.00")


def _reservations(row, base, classes):
    """What keeps a comparison from being what it seems."""
    parts = []
    if row["side"] == TRAINED_ON:
        parts.append(UNTRUSTED)
    if base["value"] >= PERFECT:
        parts.append("There was nothing to gain.")
    elif isfinite(base["low"]) and base["low"] <= CHANCE[row["metric"]](classes):
        parts.append("Real images alone were not told above chance, so little follows.")
    return parts


def conclusion(row, real):
    """What a recipe's created images are worth, for the row of real images alone: the sentence of the arm fixed beforehand.

    Parameters
    ----------
    row, real : dict
        Rows of one metric: real and created images at the headline's ratio, and real images alone.
    """
    people = f"{real['subjects_train']} training and {real['subjects_test']} test subjects, {real['n_train']} real images"
    return f"{row['sentence']} ({people}.)"
