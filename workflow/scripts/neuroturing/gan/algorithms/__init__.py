"""How generator and discriminator learn from each other, a file for each algorithm.

An algorithm has `generator`, `variables()` (everything that a resumed training needs), and `train_step(next_batch, step)`, which takes as
many real batches as it wants and returns numbers for the history.
"""

from .dcgan import DCGAN

ALGORITHMS = {"dcgan": DCGAN}
