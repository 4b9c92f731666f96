"""Critic near its optimum, generator following it: RMSprop, the Wasserstein estimate, clipped weights (Arjovsky 2017, arXiv 1701.07875)."""

import keras
import tensorflow as tf

from ...config.types import Field, Filters4x4Options, RecipeOptions
from ..base import GAN
from ..losses import critic_loss, score_loss
from ..networks import dcgan4x4
from ..noise import draw_noise
from ..schedules import critic_updates


class Options(Filters4x4Options, RecipeOptions):
    """WGAN with clipped weights, its networks of 4 x 4 filters."""

    learning_rate: float = Field(gt=0, le=1, description="RMSprop's step size")
    rho: float = Field(ge=0, lt=1, description="RMSprop's memory of the squared gradient")
    epsilon: float = Field(gt=0, le=0.1, description="what RMSprop adds to its denominator beside the root")
    clip: float = Field(gt=0, le=10, description="largest absolute value of the critic's weights")
    critic_updates: int = Field(ge=1, le=1000, description="updates of the critic per update of the generator")
    long_critic_updates: int = Field(ge=1, le=1000, description="the same while the critic is given time")
    long_before: int = Field(ge=0, description="the critic is given time before each of this many first updates of the generator")
    long_every: int = Field(ge=1, description="and before each so-many-th update after")


class WGAN(GAN):
    """A WGAN in training. An update is one of the generator."""

    build_generator = staticmethod(dcgan4x4.generator)
    build_critic = staticmethod(dcgan4x4.discriminator)

    def __init__(self, recipe, dtype, seed):
        super().__init__(recipe, dtype, seed)
        self.generator = self.build_generator(recipe, dtype)
        self.critic = self.build_critic(recipe, dtype)
        # Keras adds epsilon under the root of RMSprop's denominator, the authors' PyTorch beside it. The clipped critic's gradients are
        # so small that it matters; epsilon squared under the root is epsilon where the gradient is 0, and as nothing elsewhere.
        options = {"learning_rate": recipe["learning_rate"], "rho": recipe["rho"], "epsilon": recipe["epsilon"] ** 2}
        self.generator_optimiser, self.critic_optimiser = keras.optimizers.RMSprop(**options), keras.optimizers.RMSprop(**options)
        self.generator_optimiser.build(self.generator.trainable_variables)
        self.critic_optimiser.build(self.critic.trainable_variables)

    @classmethod
    def total_steps(cls, recipe, count):
        """Updates of the generator; an epoch is a pass of the critic, which takes a batch for each of its own updates.

        The 61,600 images of Han 2018 in batches of 64 make 96,200 batches in 100 epochs, which is 18,081 updates of the generator.
        """
        if recipe.get("steps"):
            return recipe["steps"]
        batches, steps, used = super().total_steps(recipe, count), 0, 0
        while used < batches:
            used += critic_updates(recipe, steps)
            steps += 1
        return steps

    def variables(self):
        """Weights, moving statistics and optimiser slots, in a fixed order."""
        parts = (self.generator, self.critic, self.generator_optimiser, self.critic_optimiser)
        return [variable for part in parts for variable in part.variables]

    def train_step(self, next_batch, step):
        """The critic's updates that are due, each on a real batch of its own, then one update of the generator.

        Returns
        -------
        dict
            wasserstein_estimate (mean f(x) - mean f(G(z)) before the last of the critic's updates), generator_loss, and weights_at_clip
            (share of the critic's weights that lay at or beyond the bounds then).
        """
        update = tf.constant(step, tf.int32)
        for k in range(critic_updates(self.recipe, step)):
            told = self._update_critic(next_batch(), update, tf.constant(k + 1, tf.int32))
        return told | {"generator_loss": self._update_generator(update)}

    def clip_weights(self):
        """Clip every trained weight of the critic, those of batch normalisation too, to [-clip, clip]; give the share that lay there."""
        bound, outside, count = self.recipe["clip"], 0.0, 0
        for variable in self.critic.trainable_variables:
            weights = tf.convert_to_tensor(variable)
            outside += tf.reduce_sum(tf.cast(tf.abs(weights) >= bound, tf.float32))
            count += weights.shape.num_elements()
            variable.assign(tf.clip_by_value(weights, -bound, bound))
        return outside / count

    @tf.function(autograph=False)
    def _update_critic(self, real, step, draw):
        weights_at_clip = self.clip_weights()
        created = self.generator(draw_noise(self.recipe, self.recipe["batch"], self.seed, step, draw), training=True)
        with tf.GradientTape() as tape:
            loss = critic_loss(self.critic(real, training=True), self.critic(created, training=True))
        self._apply(self.critic_optimiser, tape, loss, self.critic)
        return {"wasserstein_estimate": -loss, "weights_at_clip": weights_at_clip}

    @tf.function(autograph=False)
    def _update_generator(self, step):
        noise = draw_noise(self.recipe, self.recipe["batch"], self.seed, step)
        with tf.GradientTape() as tape:
            loss = score_loss(self.critic(self.generator(noise, training=True), training=True))
        self._apply(self.generator_optimiser, tape, loss, self.generator)
        return loss
