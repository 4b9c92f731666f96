"""FastGAN (Liu, Zhu, Song, Elgammal, ICLR 2021): hinge loss on two scales, a discriminator that must also reconstruct what is real, and
an average of the generator over time."""

from typing import Literal

import tensorflow as tf

from ...config.types import AdamOptions, Annotated, ClassVar, Field, field_validator, model_validator
from ..adam import FusedAdam
from ..augment import augment, flip
from ..average import OfAverage, follow
from ..losses import hinge_loss, reconstruction_loss, score_loss
from ..networks import fastgan
from ..noise import draw_noise

KEY_DRAW = 3_000_017


class Options(AdamOptions):
    """FastGAN, for few images."""

    SIZES: ClassVar = (64, 128, 256)

    latent: int = Field(ge=2, le=4096, description="how many random numbers an image is made of")
    generator_filters: int = Field(
        ge=4, le=256, multiple_of=2, description="depth of the generator's maps at 128 pixels; smaller maps are up to 16 times as deep"
    )
    discriminator_filters: int = Field(
        ge=4, le=256, multiple_of=4, description="depth of the discriminator's maps at 64 pixels; it doubles where the size halves"
    )
    output: Literal["linear", "tanh"] = Field(
        description="linear, then values beyond black and white are clipped where images are saved; or tanh"
    )
    leak: float = Field(ge=0, le=1, description="slope of the leaky rectified linear unit below 0")
    weight_stddev: float = Field(gt=0, le=1, description="standard deviation of the first weights, about 0, and gains, about 1")
    norm_momentum: float = Field(ge=0, lt=1, description="share of the old statistics that batch normalisation keeps")
    norm_epsilon: float = Field(gt=0, le=0.1, description="what batch normalisation adds to the variance")
    margin: list[Annotated[float, Field(ge=0, le=10)]] = Field(
        min_length=2, max_length=2, description="least and largest margin of the hinge loss, drawn anew for every output; equal ones fix it"
    )
    reconstruction_absolute: float = Field(
        ge=0, le=1000, description="weight of the mean absolute difference (black is -1 and white 1) in the reconstruction"
    )
    reconstruction_structural: float = Field(ge=0, le=1000, description="weight of 1 - structural similarity in the reconstruction")
    augment: list[Literal["brightness", "contrast", "translation", "cutout"]] = Field(
        description="how the images that the discriminator sees are changed at random; may be empty"
    )
    augment_fill: float = Field(ge=-1, le=1, description="grey where translation and cutout leave nothing: -1 black, 0 mid grey, 1 white")
    flip: bool = Field(description="mirror real images left and right at random")

    @field_validator("augment")
    @classmethod
    def _no_change_twice(cls, value):
        if len(set(value)) < len(value):
            raise ValueError("a change is named twice")
        return value

    @model_validator(mode="after")
    def _least_margin_first(self):
        if self.margin[0] > self.margin[1]:
            raise ValueError(f"the least margin first: {self.margin[::-1]}")
        return self


class FastGAN(OfAverage):
    """A FastGAN in training.

    `generator` is the one to be used: its trained variables are the exponential moving average over the updates.
    """

    AVERAGES = True
    build_generator = staticmethod(fastgan.generator)

    def __init__(self, recipe, dtype, seed):
        super().__init__(recipe, dtype, seed)
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
        follow(self.average, self.trained, self.recipe["average"])
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


def halved(images):
    """Half the height and width, means of 2 x 2 pixels."""
    return tf.nn.avg_pool2d(images, 2, 2, "VALID")
