"""An average of a generator's weights over the updates, for any GAN: it takes away what one update puts in and the next takes out again.

Exponential moving average of the weights outside of the training loop (Yazıcı et al., ICLR 2019, arXiv 1806.04498, section 3.2).
"""

import tensorflow as tf

from .base import GAN
from .normalisation import measure_statistics


def averaged(gan):
    """A GAN whose images are of averaged weights where its recipe asks for that, and the GAN as it is otherwise."""
    return Averaged(gan) if gan.recipe.get("average") and not gan.AVERAGES else gan


def follow(average, trained, keep):
    """Bring the average of a network up to date after an update, part of a graph; what is not trained is copied.

    Parameters
    ----------
    average, trained : keras.Model
        Of the same variables.
    keep : float
        Share that the average keeps of itself.
    """
    for slow, fast in zip(average.trainable_variables, trained.trainable_variables, strict=True):
        slow.assign(keep * slow + (1 - keep) * fast)
    for slow, fast in zip(average.non_trainable_variables, trained.non_trainable_variables, strict=True):
        slow.assign(fast)


class OfAverage(GAN):
    """A GAN whose `generator` has averaged weights and batch normalisation.

    While it is only looked at, the statistics of batch normalisation are of the images that are made; it is saved with statistics of its
    own, measured anew.
    """

    def finished(self, weights=None):
        """See `GAN`. With statistics of its own: those of the trained generator do not fit averaged weights."""
        model = super().finished(weights)
        measure_statistics(model, self.recipe, self.seed)
        return model

    def preview(self, latent):
        """See `GAN`. By the statistics of these very images: measuring those that it is saved with takes as long as many updates."""
        return self.generator(latent, training=True)


class Averaged(OfAverage):
    """A GAN in training, and beside it the average of its generator, which learns nothing and is what images are made with.

    Parameters
    ----------
    gan : base.GAN
        Its recipe says `average`, the share that the average keeps of itself at each update.
    """

    def __init__(self, gan):
        super().__init__(gan.recipe, gan.dtype, gan.seed)
        self.gan, self.build_generator, self.make, self.passes = gan, gan.build_generator, gan.make, gan.passes
        self.generator = gan.build_generator(gan.recipe, "float32", portable=True)
        self.generator.set_weights(gan.generator.get_weights())

    def variables(self):
        """What the training needs, and the average."""
        return [*self.gan.variables(), *self.generator.variables]

    def train_step(self, next_batch, step):
        """One update, after which the average follows."""
        told = self.gan.train_step(next_batch, step)
        self._follow()
        return told

    @tf.function(autograph=False)
    def _follow(self):
        follow(self.generator, self.gan.generator, self.recipe["average"])
