"""Generator and autoencoder held in balance by k (Berthelot 2017, arXiv 1703.10717; details from carpedm20's program, see networks)."""

import tensorflow as tf

from ...config.types import AdamOptions, Field
from ..adam import FusedAdam
from ..base import GAN
from ..losses import began_convergence, began_discriminator_loss, began_next_k, reconstruction_error
from ..networks import began
from ..noise import draw_noise
from ..schedules import halved_learning_rate


class Options(AdamOptions):
    """BEGAN, whose discriminator is an autoencoder."""

    base_filters: int = Field(ge=1, le=1024, description="depth of the generator's maps and of the autoencoder's first")
    embedding: int = Field(ge=1, le=4096, description="how many numbers the autoencoder makes of an image")
    gamma: float = Field(gt=0, le=1, description="reconstruction error of created images over that of real ones that is aimed at")
    lambda_k: float = Field(gt=0, le=1, description="step size of k")
    learning_rate: float = Field(gt=0, le=1, description="Adam's first step size")
    halve_every: int = Field(ge=1, description="updates after which the step size is halved")
    learning_rate_floor: float = Field(gt=0, le=1, description="the step size is not made smaller than this")


class BEGAN(GAN):
    """A BEGAN in training. k starts at 0, as in the paper."""

    build_generator = staticmethod(began.generator)
    build_discriminator = staticmethod(began.autoencoder)

    def __init__(self, recipe, dtype, seed):
        super().__init__(recipe, dtype, seed)
        self.generator = self.build_generator(recipe, dtype)
        self.discriminator = self.build_discriminator(recipe, dtype)
        options = {key: recipe[key] for key in ("learning_rate", "beta_1", "beta_2", "epsilon")}
        self.generator_optimiser = FusedAdam(self.generator.trainable_variables, **options)
        self.discriminator_optimiser = FusedAdam(self.discriminator.trainable_variables, **options)
        self.k = tf.Variable(0.0, trainable=False)

    def variables(self):
        """Weights, optimiser slots and k, in a fixed order."""
        parts = (self.generator, self.discriminator, self.generator_optimiser, self.discriminator_optimiser)
        return [*(variable for part in parts for variable in part.variables), self.k]

    def train_step(self, next_batch, step):
        """One update of both networks from the same noise, then one of k.

        Returns
        -------
        dict of tf.Tensor
            discriminator_loss, generator_loss (reconstruction error of created images), real_error, k (the new one), convergence (M).
        """
        rate = tf.constant(halved_learning_rate(self.recipe, step), tf.float32)
        return self._update(next_batch(), tf.constant(step, tf.int32), rate)

    @tf.function(autograph=False)
    def _update(self, real, step, rate):
        noise = draw_noise(self.recipe, self.recipe["batch"], self.seed, step)
        towards_restored, judging = self.generator.trainable_variables, self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            created = self.generator(noise, training=True)
            on_created = reconstruction_error(created, self.discriminator(created, training=True))
        # One pass back through the discriminator serves both networks, before either changes: its loss has -k times this gradient.
        of_created = tape.gradient(on_created, [*towards_restored, *judging])
        with tf.GradientTape() as tape:
            on_real = reconstruction_error(real, self.discriminator(real, training=True))
        of_real = tape.gradient(on_real, judging)
        of_created, told_apart = of_created[: len(towards_restored)], of_created[len(towards_restored) :]
        told_apart = [one - self.k * other for one, other in zip(of_real, told_apart, strict=True)]
        self.generator_optimiser.apply(of_created, rate)
        self.discriminator_optimiser.apply(told_apart, rate)
        loss = began_discriminator_loss(on_real, on_created, self.k)
        self.k.assign(began_next_k(self.k, on_real, on_created, self.recipe["gamma"], self.recipe["lambda_k"]))
        return {
            "discriminator_loss": loss,
            "generator_loss": on_created,
            "real_error": on_real,
            "k": tf.identity(self.k),
            "convergence": began_convergence(on_real, on_created, self.recipe["gamma"]),
        }
