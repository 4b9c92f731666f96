"""What a classifier may be trained on, and which images each of its updates sees.

Every arm of a repeat has the same drawn subjects, the same real images, the same first weights and the same number of updates; classes are
equally likely in every batch. A ratio is how many created images are seen for each real one, and the most that are drawn for each there is.
"""

from dataclasses import dataclass

import numpy as np

from .tasks import LEAST_SUBJECTS, Images, patterns

REAL, AUGMENTED, CREATED, BOTH, ALONE = "real", "augmented", "created", "augmented and created", "created alone"
MOST, FEW = 0.8, 0.25  # shares of the training subjects that a repeat draws
HEADLINE = 1  # the ratio that conclusions are drawn from, fixed beforehand: the best of several would flatter


@dataclass(frozen=True)
class Arm:
    """One way to train.

    Attributes
    ----------
    name : str
    ratio : float
        Created images for each real one; infinite where there are no real ones.
    augmented : bool
    """

    name: str
    ratio: float = 0.0
    augmented: bool = False


def arms(ratios, few=False):
    """The arms: all of them, or, of few subjects, those of the headline's ratio alone.

    Returns
    -------
    list of Arm
        The first is what others are compared with; BOTH is compared with AUGMENTED, so that what is added is created images alone.
    """
    chosen = headline(ratios)
    added = [Arm(CREATED, ratio) for ratio in ([chosen] if few else ratios)]
    alone = [] if few else [Arm(ALONE, np.inf)]
    return [Arm(REAL), Arm(AUGMENTED, augmented=True), *added, Arm(BOTH, chosen, augmented=True), *alone]


def headline(ratios):
    """The ratio that is nearest to HEADLINE."""
    return min(ratios, key=lambda ratio: abs(np.log(ratio / HEADLINE)))


def draw_real(train, share, most, rng):
    """Real images of a share of the training subjects, at most so many of a class.

    Parameters
    ----------
    train : Images
    share : float
        Of the subjects with images of the same classes; two of them at least.
    most : int
    rng : numpy.random.Generator

    Returns
    -------
    Images
    """
    subjects = [rng.permutation(part)[: max(LEAST_SUBJECTS, round(share * len(part)))] for part in patterns(train)]
    drawn = np.flatnonzero(np.isin(train.subject, np.concatenate(subjects)))
    kept = [rng.permutation(drawn[train.truth[drawn] == number])[:most] for number in np.unique(train.truth)]
    return train.take(np.concatenate(kept))


def mixture(arm, real, created, rng):
    """The images of an arm, real ones first, and the weight of each in a batch.

    Parameters
    ----------
    arm : Arm
    real, created : Images
        Of the created images of each class the first are taken, so that a larger ratio adds to a smaller one: shuffle them.
    rng : numpy.random.Generator
        Shuffles.

    Returns
    -------
    images : Images
    weight : numpy.ndarray, shape (n,)
        Sums to 1 over the images of all classes, to the same over those of each.
    n_real : int
    """
    shuffled = created.take(rng.permutation(len(created.truth)))
    classes = np.unique(real.truth)
    wanted = 1 if np.isinf(arm.ratio) else arm.ratio
    numbers = [np.flatnonzero(shuffled.truth == k)[: max(1, round(wanted * np.sum(real.truth == k)))] for k in classes]
    added = shuffled.take(np.concatenate(numbers))
    part = 1 if np.isinf(arm.ratio) else arm.ratio / (1 + arm.ratio)
    kinds = [(real, 1 - part), (added, part)]
    weights = [share * _even(images.truth, len(classes)) for images, share in kinds]
    kept = [(images, weight) for (images, share), weight in zip(kinds, weights, strict=True) if share > 0]
    joined = Images(*(np.concatenate([getattr(images, name) for images, _ in kept]) for name in ("pixels", "truth", "subject")))
    return joined, np.concatenate([weight for _, weight in kept]), len(real.truth) if part < 1 else 0


def _even(truth, classes):
    """Weights of images by which every class is as likely as any other."""
    return 1 / (classes * np.bincount(truth, minlength=classes)[truth])


def batches(weight, steps, batch, rng):
    """Numbers of the images of each update, drawn by their weights: shape (steps, batch)."""
    return rng.choice(len(weight), (steps, batch), p=weight / weight.sum())
