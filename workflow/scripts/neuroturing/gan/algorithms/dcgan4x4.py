"""The same as `dcgan`, with networks of 4 x 4 filters and no dense layer (Han 2018)."""

from typing import Literal

from ...config.types import Field, RecipeOptions
from ..networks import dcgan4x4
from .dcgan import DCGAN


class Options(RecipeOptions):
    """DCGAN whose filters are all 4 x 4."""

    base_filters: int = Field(ge=1, le=1024, description="depth of the widest maps; the others double it")
    output: Literal["tanh", "linear"] = Field(
        description="tanh, or linear: then values beyond black and white are clipped where images are saved"
    )
    discriminator_activation: Literal["elu", "leaky_relu"] = Field(description="elu or leaky_relu")
    leak: float = Field(ge=0, le=1, description="slope of the discriminator's activation just below 0")
    weight_stddev: float = Field(gt=0, le=1, description="standard deviation of the first weights, about 0, and gains, about 1")
    norm_momentum: float = Field(ge=0, lt=1, description="share of the old statistics that batch normalisation keeps")
    norm_epsilon: float = Field(gt=0, le=0.1, description="what batch normalisation adds to the variance")
    learning_rate: float = Field(gt=0, le=1, description="Adam's step size")
    beta_1: float = Field(ge=0, lt=1, description="Adam's memory of the gradient")
    beta_2: float = Field(ge=0, lt=1, description="Adam's memory of the squared gradient")
    epsilon: float = Field(gt=0, le=0.1, description="what Adam adds to its denominator")
    input_noise: float = Field(
        0, ge=0, le=2, description="standard deviation of the noise through which the discriminator sees every image"
    )
    generator_updates: int = Field(ge=1, le=10, description="updates of the generator per update of the discriminator")


class DCGAN4x4(DCGAN):
    """A DCGAN of 4 x 4 filters in training."""

    build_generator = staticmethod(dcgan4x4.generator)
    build_discriminator = staticmethod(dcgan4x4.discriminator)
