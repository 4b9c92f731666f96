"""How generator and discriminator learn from each other, a file for each algorithm.

An algorithm has `generator`, `variables()` (everything that a resumed training needs), and `train_step(next_batch, step)`, which takes as
many real batches as it wants and returns numbers for the history.
"""

from .began import BEGAN
from .dcgan import DCGAN, DCGAN4x4
from .fastgan import FastGAN
from .wgan import WGAN

ALGORITHMS = {"dcgan": DCGAN, "dcgan4x4": DCGAN4x4, "wgan": WGAN, "began": BEGAN, "fastgan": FastGAN}
