"""What every model promises, and how images are made with a trained one."""

import numpy as np

from ..imageset import to_uint8
from .noise import draw_noise

BATCH = 64
SAMPLE_DRAW = 2_000_003


class GAN:
    """A model in training.

    A subclass builds its networks in `__init__` and has `generator` (the Keras model that images are made with), `build_generator`,
    `variables` and `train_step`; where its generator makes no image in one pass, it overrides `make`.

    Parameters
    ----------
    recipe : dict
        The keys of the `Options` beside the subclass, and size, height and width of an image in pixels.
    dtype : str
        Keras dtype policy of the computation: float32 or mixed_bfloat16.
    seed : int
        Random numbers follow from it and the update alone, so that an interrupted training goes on as if it had not been.

    Attributes
    ----------
    AVERAGES : bool
        Whether the algorithm averages its generator by itself where the recipe asks for it; `average.averaged` does it otherwise.
    passes : int
        Passes of a network in which `generator` makes an image: where they are many, a training looks at its images less often.
    """

    AVERAGES = False
    passes = 1

    def __init__(self, recipe, dtype, seed):
        self.recipe, self.dtype, self.seed = recipe, dtype, seed

    @staticmethod
    def build_generator(recipe, dtype, portable=False):
        """Build the generator; `portable` of Keras' own layers alone (or registered ones), to be saved.

        Returns
        -------
        keras.Model
            Latent numbers (n, latent) to images (n, size, size, 1), float32, black is -1 and white 1.
        """
        raise NotImplementedError

    def variables(self):
        """Everything that a resumed training needs, a list of variables in a fixed order."""
        raise NotImplementedError

    def train_step(self, next_batch, step):
        """One update.

        Parameters
        ----------
        next_batch : callable
            Gives the next batch of real images, float32 (batch, size, size, 1); called as often as the update needs.
        step : int
            Updates before this one.

        Returns
        -------
        dict of numbers
            For the history; names that end in `_loss` are shown together.
        """
        raise NotImplementedError

    @classmethod
    def total_steps(cls, recipe, count):
        """Updates of a whole training on `count` images; an epoch leaves out what does not fill a batch at its end."""
        return recipe.get("steps") or max(1, round(recipe["epochs"] * (count // recipe["batch"])))

    def finished(self, weights=None):
        """The generator to be saved: float32 however it was trained.

        Parameters
        ----------
        weights : list of numpy.ndarray, optional
            Of `generator` at an earlier update; those that it has now otherwise.
        """
        model = self.build_generator(self.recipe, "float32", portable=True)
        model.set_weights(self.generator.get_weights() if weights is None else weights)
        return model

    def preview(self, latent):
        """Images of latent numbers as the generator would make them if it were saved now; part of a graph, as `make`."""
        return self.make(self.generator, latent)

    @classmethod
    def make(cls, generator, latent):
        """Images of latent numbers (n, latent): float32 (n, size, size, 1), black is -1 and white 1; by default one pass.

        Of TensorFlow's operations alone, as it is also part of the graph that shows how a training goes.
        """
        return generator(latent, training=False)

    @classmethod
    def create(cls, generator, recipe, count, seed):
        """Create images from fresh noise, by the 8-bit path that real images take.

        Parameters
        ----------
        generator : keras.Model
        recipe : dict
            latent, latent_distribution.
        count : int
        seed : int

        Returns
        -------
        numpy.ndarray, uint8, shape (count, size, size)
        """
        batches = range(-(-count // BATCH))
        made = [to_uint8(cls.make(generator, draw_noise(recipe, BATCH, seed, k, SAMPLE_DRAW))) for k in batches]
        return np.concatenate(made)[:count]

    @staticmethod
    def _apply(optimiser, tape, loss, model):
        """One update of a model's trained variables by the gradient of a loss."""
        optimiser.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True))
