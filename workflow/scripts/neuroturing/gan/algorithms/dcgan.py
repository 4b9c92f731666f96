"""Alternating updates of discriminator and generator with Adam and cross-entropy (Goodfellow 2014, Radford 2015)."""

import keras
import tensorflow as tf

from ..losses import discriminator_loss, generator_loss
from ..networks import dcgan, dcgan4x4
from ..noise import draw_noise, draw_normal

JUDGE_DRAW = 1000


class DCGAN:
    """A DCGAN in training.

    Parameters
    ----------
    recipe : dict
        See `recipes.py`.
    dtype : str
        Keras dtype policy of the computation.
    seed : int
    """

    build_generator = staticmethod(dcgan.generator)
    build_discriminator = staticmethod(dcgan.discriminator)

    def __init__(self, recipe, dtype, seed):
        self.recipe, self.seed = recipe, seed
        self.generator = self.build_generator(recipe, dtype)
        self.discriminator = self.build_discriminator(recipe, dtype)
        options = {key: recipe[key] for key in ("learning_rate", "beta_1", "beta_2", "epsilon")}
        self.generator_optimiser, self.discriminator_optimiser = keras.optimizers.Adam(**options), keras.optimizers.Adam(**options)
        self.generator_optimiser.build(self.generator.trainable_variables)
        self.discriminator_optimiser.build(self.discriminator.trainable_variables)

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
            self._apply(self.discriminator_optimiser, tape, loss, self.discriminator)
            generator_value = generator_loss(self._judge(created, step, 2))
        self._apply(self.generator_optimiser, generator_tape, generator_value, self.generator)
        for k, again in enumerate(noise[1:], 3):
            with tf.GradientTape() as generator_tape:
                generator_value = generator_loss(self._judge(self.generator(again, training=True), step, k))
            self._apply(self.generator_optimiser, generator_tape, generator_value, self.generator)
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

    @staticmethod
    def _apply(optimiser, tape, loss, model):
        optimiser.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True))


class DCGAN4x4(DCGAN):
    """The same with the networks of Han 2018."""

    build_generator = staticmethod(dcgan4x4.generator)
    build_discriminator = staticmethod(dcgan4x4.discriminator)
