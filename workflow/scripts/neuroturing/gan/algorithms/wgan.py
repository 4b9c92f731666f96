"""Critic near its optimum, generator following it: RMSprop, the Wasserstein estimate, clipped weights (Arjovsky 2017, arXiv 1701.07875)."""

import keras
import tensorflow as tf

from ..losses import critic_loss, score_loss
from ..networks import dcgan4x4
from ..noise import draw_noise
from ..schedules import critic_updates


class WGAN:
    """A WGAN in training.

    Parameters
    ----------
    recipe : dict
        See `recipes.py`.
    dtype : str
        Keras dtype policy of the computation.
    seed : int
    """

    build_generator = staticmethod(dcgan4x4.generator)
    build_critic = staticmethod(dcgan4x4.discriminator)

    def __init__(self, recipe, dtype, seed):
        self.recipe, self.seed = recipe, seed
        self.generator = self.build_generator(recipe, dtype)
        self.critic = self.build_critic(recipe, dtype)
        # Keras adds epsilon under the root of RMSprop's denominator, the authors' PyTorch beside it. The clipped critic's gradients are
        # so small that it matters; epsilon squared under the root is epsilon where the gradient is 0, and as nothing elsewhere.
        options = {"learning_rate": recipe["learning_rate"], "rho": recipe["rho"], "epsilon": recipe["epsilon"] ** 2}
        self.generator_optimiser, self.critic_optimiser = keras.optimizers.RMSprop(**options), keras.optimizers.RMSprop(**options)
        self.generator_optimiser.build(self.generator.trainable_variables)
        self.critic_optimiser.build(self.critic.trainable_variables)

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

    @staticmethod
    def _apply(optimiser, tape, loss, model):
        optimiser.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True))
