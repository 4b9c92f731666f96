"""How generators learn, against a discriminator or otherwise, a file for each algorithm.

Each has `Options`, the keys of its recipe (from `RecipeOptions` or `AdamOptions` of `config.types`), and a subclass of `gan.base.GAN`. A
further one is a file here and a name in this line.
"""

from ...registry import Registry

ALGORITHMS = Registry(
    __name__,
    dcgan="dcgan:DCGAN",
    dcgan4x4="dcgan4x4:DCGAN4x4",
    wgan="wgan:WGAN",
    began="began:BEGAN",
    fastgan="fastgan:FastGAN",
    ddpm="ddpm:DDPM",
)
