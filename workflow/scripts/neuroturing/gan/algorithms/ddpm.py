"""Denoising diffusion (Ho, Jain, Abbeel, NeurIPS 2020): a network learns how much of a noisy image is noise; images are made of noise by
DDIM (Song, Meng, Ermon, ICLR 2021). No GAN, but the same examination: a baseline."""

from typing import Literal

import tensorflow as tf

from ...config.types import AdamOptions, Annotated, Field, model_validator
from ..adam import FusedAdam
from ..average import follow
from ..base import GAN
from ..diffusion import levels, wanted
from ..networks import ddpm

KEY_DRAW = 7_000_003
PREVIEW_PASSES = 10


class Options(AdamOptions):
    """A denoising diffusion model, sampled by DDIM."""

    latent: int | None = Field(
        None, ge=1, le=512 * 512, description="how many random numbers an image is made of: one for each of its pixels"
    )
    latent_distribution: Literal["normal"] = Field(description="normal")
    times: int = Field(ge=2, le=10_000, description="in how many steps an image becomes noise")
    beta_first: float = Field(gt=0, lt=1, description="variance of the noise that the first step adds")
    beta_last: float = Field(gt=0, lt=1, description="variance of the noise that the last step adds; linear between")
    prediction: Literal["epsilon", "velocity"] = Field(
        description="what the network says of a noisy image: epsilon, the noise; velocity, noise and image in shares that change with time"
    )
    sampling_steps: int = Field(ge=1, le=1000, description="passes of the network in which noise becomes an image")
    base_filters: int = Field(ge=2, le=1024, description="depth that the widths are multiples of")
    widths: list[Annotated[int, Field(ge=1, le=64)]] = Field(
        min_length=1,
        max_length=7,
        description="depth of the maps at each size, in multiples of base_filters; sizes halve",
    )
    blocks: int = Field(ge=1, le=8, description="residual blocks at each size on the way down, and one more on the way up")
    patch: int = Field(ge=1, le=8, description="height and width in pixels of what one pixel of the widest maps is made of")
    attention: int = Field(ge=0, le=64, description="height of the maps that have self-attention; 0 for none")
    groups: int = Field(ge=1, le=64, description="groups of group normalisation, or as many as divide the depth")
    norm_epsilon: float = Field(gt=0, le=0.1, description="what group normalisation adds to the variance")

    @model_validator(mode="after")
    def _no_more_steps_than_times(self):
        if self.sampling_steps > self.times:
            raise ValueError(f"sampling_steps {self.sampling_steps}: at most times, {self.times}")
        return self

    @classmethod
    def check_size(cls, size, recipe):
        """Raise ValueError unless the network of a recipe can be built for images of `size` x `size` pixels."""
        super().check_size(size, recipe)
        if recipe["latent"] != size * size:
            raise ValueError(f"it makes each pixel of a random number: latent: {size * size} for {size} x {size} pixels")
        halvings = recipe["patch"] * 2 ** (len(recipe["widths"]) - 1)
        if size % halvings:
            raise ValueError(f"patch {recipe['patch']} and {len(recipe['widths'])} widths make squares of multiples of {halvings} pixels")

    @classmethod
    def for_size(cls, recipe, size):
        """See `RecipeOptions`. `latent` is the number of pixels where the recipe leaves it open."""
        if recipe["latent"] is None:
            if size is None:
                raise ValueError("latent: the pixels of an image, since images made elsewhere may be of any size")
            recipe = recipe | {"latent": size * size}
        return super().for_size(recipe, size)


class DDPM(GAN):
    """A diffusion model in training.

    `generator` makes images by the averaged network, in ten passes: while it is only looked at, more would take longer than the training.
    It has the weights of the one that is saved, which makes them in `sampling_steps`.
    """

    AVERAGES = True
    passes = PREVIEW_PASSES

    @staticmethod
    def build_generator(recipe, dtype, portable=False):
        """See `GAN`."""
        return ddpm.generator(ddpm.network(recipe, dtype, portable), recipe, recipe["sampling_steps"])

    def __init__(self, recipe, dtype, seed):
        super().__init__(recipe, dtype, seed)
        self.trained, self.average = ddpm.network(recipe, dtype), ddpm.network(recipe, dtype)
        self.average.set_weights(self.trained.get_weights())
        self.generator = ddpm.generator(self.average, recipe, min(self.passes, recipe["sampling_steps"]))
        self.levels = tf.constant(levels(recipe), tf.float32)
        options = {key: recipe[key] for key in ("learning_rate", "beta_1", "beta_2", "epsilon")}
        self.optimiser = FusedAdam(self.trained.trainable_variables, **options)

    def variables(self):
        """Weights, their average and optimiser slots, in a fixed order."""
        return [variable for part in (self.trained, self.average, self.optimiser) for variable in part.variables]

    def train_step(self, next_batch, step):
        """One update.

        Returns
        -------
        dict of tf.Tensor
            denoising_loss: mean square of what the network was wrong by.
        """
        return {"denoising_loss": self._update(next_batch(), tf.constant(step, tf.int32))}

    @tf.function(autograph=False)
    def _update(self, real, step):
        mixed, time, target = self.mixture(real, step)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self.trained([mixed, time], training=True) - target) ** 2)
        self.optimiser.apply(tape.gradient(loss, self.trained.trainable_variables))
        follow(self.average, self.trained, self.recipe["average"])
        return loss

    def mixture(self, real, step):
        """Images with noise of some time in them, that time, and what the network should say.

        Times of a batch are evenly spaced from a random one on: each is as likely as any other, and losses of small batches differ less.

        Returns
        -------
        mixed, target : tf.Tensor, float32, shape (batch, size, size, 1)
        time : tf.Tensor, float32, shape (batch, 1)
        """
        start, noise = self._keys(step)
        count, times = self.recipe["batch"], self.recipe["times"]
        real = tf.ensure_shape(real, (count, self.recipe["size"], self.recipe["size"], 1))
        place = (tf.random.stateless_uniform((), start) + tf.range(count, dtype=tf.float32) / count) % 1
        time = tf.minimum(tf.cast(place * times, tf.int32), times - 1)
        level = tf.gather(self.levels, time, axis=1)[:, :, None, None, None]
        noise = tf.random.stateless_normal(real.shape, noise)
        mixed = level[0] * real + level[1] * noise
        return mixed, tf.cast(time, tf.float32)[:, None], wanted(self.recipe["prediction"], real, noise, level)

    def _keys(self, step):
        key = tf.stack([tf.constant(self.seed + KEY_DRAW, tf.int64), tf.cast(step, tf.int64)])
        return tf.unstack(tf.random.experimental.stateless_split(key, 2))
