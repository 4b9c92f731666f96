"""FastGAN (Liu, Zhu, Song, Elgammal, ICLR 2021): hinge loss on two scales, a discriminator that must also reconstruct what is real, and
an average of the generator over time."""

import tensorflow as tf

from ..adam import FusedAdam
from ..augment import augment, flip
from ..losses import hinge_loss, reconstruction_loss, score_loss
from ..networks import fastgan
from ..noise import draw_noise

KEY_DRAW = 3_000_017


class FastGAN:
    """A FastGAN in training.

    `generator` is the one to be used: its trained variables are the exponential moving average over the updates, the moving statistics of
    its batch normalisation are the trained generator's.

    Parameters
    ----------
    recipe : dict
        See `recipes.py`.
    dtype : str
        Keras dtype policy of the computation.
    seed : int
    """

    build_generator = staticmethod(fastgan.generator)

    def __init__(self, recipe, dtype, seed):
        self.recipe, self.seed = recipe, seed
        self.trained = fastgan.generator(recipe, dtype)
        self.average = fastgan.generator(recipe, "float32")
        self.average.set_weights(self.trained.get_weights())
        self._portable = fastgan.generator(recipe, "float32", portable=True)
        self.discriminator = fastgan.discriminator(recipe, dtype)
        widths = {"big": 1, "part": 2, "small": 3}
        self.decoders = [fastgan.decoder(recipe, dtype, self.discriminator.outputs[k].shape[-1], name) for name, k in widths.items()]
        self.judging = [variable for model in (self.discriminator, *self.decoders) for variable in model.trainable_variables]
        options = {key: recipe[key] for key in ("learning_rate", "beta_1", "beta_2", "epsilon")}
        self.generator_optimiser = FusedAdam(self.trained.trainable_variables, **options)
        self.discriminator_optimiser = FusedAdam(self.judging, **options)

    @property
    def generator(self):
        """The averaged generator as it is now, to images (n, size, size, 1) alone; one model, brought up to date at each access."""
        fastgan.fold(self.average, self._portable)
        return self._portable

    def variables(self):
        """Weights, moving statistics, singular vectors, the average and optimiser slots, in a fixed order."""
        parts = (self.trained, self.average, self.discriminator, *self.decoders, self.generator_optimiser, self.discriminator_optimiser)
        return [variable for part in parts for variable in part.variables]

    def train_step(self, next_batch, step):
        """One update of the discriminator and one of the generator, on the same created images.

        Returns
        -------
        dict of tf.Tensor
            discriminator_loss, generator_loss, reconstruction_loss, real_as_real and created_as_created (shares told right).
        """
        return self._update(next_batch(), tf.constant(step, tf.int32))

    @tf.function(autograph=False)
    def _update(self, real, step):
        keys = self._keys(step, 6)
        real = tf.ensure_shape(real, (self.recipe["batch"], self.recipe["size"], self.recipe["size"], 1))
        if self.recipe["flip"]:
            real = flip(real, keys[0])
        change = self.recipe["augment"], self.recipe["augment_fill"]
        real = augment(real, *change, keys[1])
        with tf.GradientTape() as generator_tape:
            created = self.trained(draw_noise(self.recipe, self.recipe["batch"], self.seed, step), training=True)
            created = [augment(images, *change, key) for images, key in zip(created, keys[2:4], strict=True)]
            with tf.GradientTape() as tape:
                # Real and created batches go through apart, as in DCGAN.
                on_real, *features = self.discriminator([real, halved(real)], training=True)
                on_created = self.discriminator([tf.stop_gradient(images) for images in created], training=True)[0]
                rebuilt = self._reconstruction(real, features, keys[4])
                hinge = hinge_loss(on_real, on_created, keys[5], self.recipe["margin"])
                loss = hinge + rebuilt
            self.discriminator_optimiser.apply(tape.gradient(loss, self.judging))
            generator_value = score_loss(self.discriminator(created, training=True)[0])
        self.generator_optimiser.apply(generator_tape.gradient(generator_value, self.trained.trainable_variables))
        self._follow()
        return {
            "discriminator_loss": hinge,
            "generator_loss": generator_value,
            "reconstruction_loss": rebuilt,
            "real_as_real": tf.reduce_mean(tf.cast(on_real > 0, tf.float32)),
            "created_as_created": tf.reduce_mean(tf.cast(on_created <= 0, tf.float32)),
        }

    def _keys(self, step, count):
        key = tf.stack([tf.constant(self.seed + KEY_DRAW, tf.int64), tf.cast(step, tf.int64)])
        return tf.unstack(tf.random.experimental.stateless_split(key, count))

    def _reconstruction(self, real, features, key):
        """Sum over the three decoders: the whole image from the last maps of both paths, and one quarter from the maps before."""
        whole, before, small = features
        part = self.quadrant_number(key)
        inputs = (whole, fastgan.quadrant(before, part), small)
        target = halved(real)
        targets = (target, fastgan.quadrant(real, part), target)
        weights = self.recipe["reconstruction_absolute"], self.recipe["reconstruction_structural"]
        made = [decoder(maps, training=True) for decoder, maps in zip(self.decoders, inputs, strict=True)]
        return tf.add_n([reconstruction_loss(wanted, image, *weights) for wanted, image in zip(targets, made, strict=True)])

    @staticmethod
    def quadrant_number(key):
        """Which quarter is reconstructed, 0 to 3, each as likely: FastGAN's first code never drew the fourth."""
        return tf.random.stateless_uniform((), key, 0, 4, tf.int32)

    def _follow(self):
        """Move the average towards the trained generator; statistics and singular vectors are copied."""
        keep = self.recipe["average"]
        for slow, fast in zip(self.average.trainable_variables, self.trained.trainable_variables, strict=True):
            slow.assign(keep * slow + (1 - keep) * fast)
        for slow, fast in zip(self.average.non_trainable_variables, self.trained.non_trainable_variables, strict=True):
            slow.assign(fast)


def halved(images):
    """Half the height and width, means of 2 x 2 pixels."""
    return tf.nn.avg_pool2d(images, 2, 2, "VALID")
