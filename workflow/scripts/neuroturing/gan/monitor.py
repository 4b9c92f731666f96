"""What a training keeps of itself, history and samples over time, and a stop where it has gone wrong."""

import math

import numpy as np

from ..errors import TrainingError

COLLAPSE_SHARE = 0.02
COLLAPSE_ROWS = 10
COLLAPSE_FROM = 2000
HEALTHY_SHARE = 0.1
SHEET_ROWS = 8


class Watch:
    """Stop a training that has diverged or collapsed.

    Collapsed means that in ten history rows on end the generator's images of different noise differ less than 2 % as much as real images
    do (standard deviation over a batch, mean over pixels). A generator that is still warming up is not stopped: the count starts when its
    images have once differed by 10 %, or after 2,000 updates.
    """

    def __init__(self):
        self.low_rows, self.real_spread, self.real_similarity, self.warm = 0, None, None, False

    def check(self, row):
        """Look at a history row; raise TrainingError where it must not go on."""
        for name, value in row.items():
            if not math.isfinite(value):
                raise TrainingError(
                    f"Training stopped at step {row['step']}: {name} is {value}. The last saved state is from before. "
                    "Hint: lower the learning rate in the recipe, or set precision: float32."
                )
        self.warm = self.warm or row["spread"] > HEALTHY_SHARE * self.real_spread or row["step"] > COLLAPSE_FROM
        low = self.warm and row["spread"] < COLLAPSE_SHARE * self.real_spread
        self.low_rows = self.low_rows + 1 if low else 0
        if self.low_rows >= COLLAPSE_ROWS:
            raise TrainingError(
                f"Training stopped at step {row['step']}: the generator makes the same image of every noise (spread {row['spread']:.4f}, "
                f"real images {self.real_spread:.4f}). Hint: another seed, a lower learning rate, or fewer generator updates."
            )


def spread(images):
    """Mean over pixels of the standard deviation between images (n, height, width, 1)."""
    return float(np.std(images, 0).mean())


def similarity(images):
    """Mean correlation of all pairs of images (n, height, width, 1): near 1 where the generator makes one image of every noise."""
    flat = np.asarray(images, np.float64).reshape(len(images), -1)
    flat = flat - flat.mean(1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    return float((flat @ flat.T)[np.triu_indices(len(flat), 1)].mean())


def describe_images(images):
    """What created images say of a training, for the history: how they differ, and how they keep to [-1, 1]."""
    return {
        "spread": spread(images),
        "similarity": similarity(images),
        "pixel_min": float(images.min()),
        "pixel_max": float(images.max()),
        "pixels_outside": float(np.mean(np.abs(images) > 1)),
    }


def mean_row(recent):
    """Mean of each number over the updates since the last row."""
    return {key: float(np.mean([float(values[key]) for values in recent])) for key in recent[0]}


def sheet_steps(total):
    """Updates after which samples are kept: closer together at the start, where most happens."""
    return {max(1, round(total * (k / (SHEET_ROWS - 1)) ** 2)) for k in range(1, SHEET_ROWS)}
