"""Which images a training sees, in which order: a new shuffle each epoch, known from the seed and the position alone."""

import numpy as np

from ..errors import InputError


class BatchOrder:
    """Hand out batches of image numbers.

    Parameters
    ----------
    count : int
        Images in the training set.
    batch : int
        Images in a batch; what does not fill a batch at the end of an epoch is left out of it.
    seed : int
    position : int
        Batches handed out so far.

    Raises
    ------
    InputError
        The training set does not fill one batch.
    """

    def __init__(self, count, batch, seed, position=0):
        if count < batch:
            raise InputError(
                "training set", f"{count} images", f"at least one batch of {batch}", "lower batch in the recipe, or add scans or rotations"
            )
        self.count, self.batch, self.seed, self.position = count, batch, seed, position
        self._epoch, self._shuffled = None, None

    def next(self):
        """Image numbers of the next batch, int64, shape (batch,)."""
        epoch, place = divmod(self.position, self.count // self.batch)
        if epoch != self._epoch:
            self._epoch, self._shuffled = epoch, np.random.default_rng([self.seed, epoch]).permutation(self.count)
        self.position += 1
        return self._shuffled[place * self.batch : (place + 1) * self.batch]

    @property
    def epoch(self):
        """Passes over the training set so far, as a fraction."""
        return self.position / (self.count // self.batch)
