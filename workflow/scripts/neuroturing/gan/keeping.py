"""Which weights of a generator are saved: a rule that is stated before the training, and sees training or validation images alone."""

import numpy as np

LAST, BEST = "last", "best"
SHARE_BEFORE = 1 / 3


class Keeper:
    """Keep the weights that will be saved.

    `last`, as in the papers: the weights after the last update. `best`: those of the moment at which the kernel distance (see `quality`) is
    least, of the moments after the first third of the training, and the earliest of equal ones; before, images that are still far
    from real ones may be nearer by chance than those of a generator that has since learnt something else. Without validation subjects the
    distance is to images that are trained on, and least where created images are copies of them.

    Parameters
    ----------
    rule : str
        last or best.
    total : int
        Updates of the training.

    Attributes
    ----------
    step : int or None
        Update whose weights are kept.
    distance : float or None
        Kernel distance then.
    weights : list of numpy.ndarray, or None
        None where the rule is `last`: the model itself has them.
    """

    def __init__(self, rule, total):
        self.rule, self.total = rule, total
        self.step = self.distance = self.weights = None

    def look(self, step, distance, generator):
        """Take the weights of a moment where the rule says so; the last ones where no distance can be measured."""
        if self.rule == LAST or (distance is None and self.weights is None):
            self.step, self.distance = step, distance
        elif distance is not None and step > SHARE_BEFORE * self.total and (self.distance is None or distance < self.distance):
            self.step, self.distance, self.weights = step, distance, [np.array(values) for values in generator.get_weights()]

    def record(self):
        """Plain values and arrays of a state that `restore` puts back."""
        arrays = {f"kept_{k}": values for k, values in enumerate(self.weights or [])}
        return {"kept": [self.step, self.distance, len(arrays)], **arrays}

    def restore(self, record):
        """Put back what `record` gave."""
        self.step, self.distance, count = record["kept"]
        self.weights = [record[f"kept_{k}"] for k in range(count)] or None
