"""The same as `dcgan`, with networks of 4 x 4 filters and no dense layer (Han 2018)."""

from ...config.types import AdamOptions, Field, Filters4x4Options
from ..networks import dcgan4x4
from .dcgan import DCGAN


class Options(Filters4x4Options, AdamOptions):
    """DCGAN whose filters are all 4 x 4."""

    input_noise: float = Field(
        0, ge=0, le=2, description="standard deviation of the noise through which the discriminator sees every image"
    )
    generator_updates: int = Field(ge=1, le=10, description="updates of the generator per update of the discriminator")


class DCGAN4x4(DCGAN):
    """A DCGAN of 4 x 4 filters in training."""

    build_generator = staticmethod(dcgan4x4.generator)
    build_discriminator = staticmethod(dcgan4x4.discriminator)
