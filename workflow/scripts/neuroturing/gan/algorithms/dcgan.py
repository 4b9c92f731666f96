"""Alternating updates of discriminator and generator with Adam and cross-entropy (Goodfellow 2014, Radford 2015)."""

from typing import Literal

import tensorflow as tf

from ...config.types import AdamOptions, Field
from ..adam import FusedAdam
from ..base import GAN
from ..losses import discriminator_loss, generator_loss
from ..networks import dcgan
from ..noise import draw_noise, draw_normal

JUDGE_DRAW = 1000


class Options(AdamOptions):
    """DCGAN with fractionally strided convolutions."""

    reading: Literal["R1", "R2"] = Field(description="what the depths are of: R1 the maps that enter each layer, R2 those that leave it")
    base_filters: int = Field(ge=1, le=1024, description="depth of the widest maps; the others double it")
    kernel: int = Field(ge=2, le=11, description="height and width of the convolutions in pixels")
    leak: float = Field(ge=0, le=1, description="slope of the leaky rectified linear unit below 0")
    weight_stddev: float = Field(gt=0, le=1, description="standard deviation of the first weights")
    norm_momentum: float = Field(ge=0, lt=1, description="share of the old statistics that batch normalisation keeps")
    norm_epsilon: float = Field(gt=0, le=0.1, description="what batch normalisation adds to the variance")
    input_noise: float = Field(
        0, ge=0, le=2, description="standard deviation of the noise through which the discriminator sees every image"
    )
    generator_updates: int = Field(ge=1, le=10, description="updates of the generator per update of the discriminator")

    @classmethod
    def check_size(cls, size, recipe):
        """Raise ValueError unless the networks of a recipe can be built for images of `size` x `size` pixels."""
        super().check_size(size, recipe)
        if recipe["reading"] == "R2" and size < 32:
            raise ValueError("reading R2 makes squares of 32 pixels times a power of two")


class DCGAN(GAN):
    """A DCGAN in training."""

    build_generator = staticmethod(dcgan.generator)
    build_discriminator = staticmethod(dcgan.discriminator)

    def __init__(self, recipe, dtype, seed):
        super().__init__(recipe, dtype, seed)
        self.generator = self.build_generator(recipe, dtype)
        self.discriminator = self.build_discriminator(recipe, dtype)
        options = {key: recipe[key] for key in ("learning_rate", "beta_1", "beta_2", "epsilon")}
        self.generator_optimiser = FusedAdam(self.generator.trainable_variables, **options)
        self.discriminator_optimiser = FusedAdam(self.discriminator.trainable_variables, **options)

    def variables(self):
        """Weights, moving statistics and optimiser slots, in a fixed order."""
        parts = (self.generator, self.discriminator, self.generator_optimiser, self.discriminator_optimiser)
        return [variable for part in parts for variable in part.variables]

    def train_step(self, next_batch, step):
        """One update of the discriminator, then `generator_updates` of the generator.

        Returns
        -------
        dict of tf.Tensor
            discriminator_loss, generator_loss, real_as_real and created_as_created (shares told right).
        """
        return self._update(next_batch(), tf.constant(step, tf.int32))

    @tf.function(autograph=False)
    def _update(self, real, step):
        noise = [draw_noise(self.recipe, self.recipe["batch"], self.seed, step, k) for k in range(self.recipe["generator_updates"])]
        with tf.GradientTape() as generator_tape:
            created = self.generator(noise[0], training=True)
            # Real and created batches go through apart: batch normalisation would otherwise give the answer away.
            with tf.GradientTape() as tape:
                on_real = self._judge(real, step, 0)
                on_created = self._judge(tf.stop_gradient(created), step, 1)
                loss = discriminator_loss(on_real, on_created)
            self.discriminator_optimiser.minimise(loss, tape)
            generator_value = generator_loss(self._judge(created, step, 2))
        self.generator_optimiser.minimise(generator_value, generator_tape)
        for k, again in enumerate(noise[1:], 3):
            with tf.GradientTape() as generator_tape:
                generator_value = generator_loss(self._judge(self.generator(again, training=True), step, k))
            self.generator_optimiser.minimise(generator_value, generator_tape)
        return {
            "discriminator_loss": loss,
            "generator_loss": generator_value,
            "real_as_real": tf.reduce_mean(tf.cast(on_real > 0, tf.float32)),
            "created_as_created": tf.reduce_mean(tf.cast(on_created <= 0, tf.float32)),
        }

    def _judge(self, images, step, draw):
        """Discriminator's view of images, through noise where the recipe asks for it (Sønderby 2017, section 3.2)."""
        deviation = self.recipe.get("input_noise", 0)
        if deviation:
            images += deviation * draw_normal(images.shape, self.seed, step, JUDGE_DRAW + draw)
        return self.discriminator(images, training=True)
