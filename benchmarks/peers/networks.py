"""The networks of workflow/scripts/neuroturing/gan/networks in PyTorch: the same layers, widths and initial spreads.

Padding that cannot be the same on both sides lies on the other side than TensorFlow's; the work is the same.
"""

import math

import torch
from torch import nn
from torch.nn import functional


def _normalisation(recipe, channels, spread=False):
    layer = nn.BatchNorm2d(channels, eps=recipe["norm_epsilon"], momentum=1 - recipe["norm_momentum"])
    if spread:
        nn.init.normal_(layer.weight, 1.0, recipe["weight_stddev"])
    return layer


def _drawn(layer, recipe):
    nn.init.normal_(layer.weight, 0.0, recipe["weight_stddev"])
    return layer


def dcgan_generator(recipe):
    """Dense layer, then transposed convolutions of `kernel` pixels."""
    count, kernel = 4 if recipe["reading"] == "R1" else 5, recipe["kernel"]
    widths = [recipe["base_filters"] * 2**level for level in reversed(range(count))]
    start = recipe["size"] // 2**count
    parts = [_drawn(nn.Linear(recipe["latent"], start * start * widths[0]), recipe), nn.Unflatten(1, (widths[0], start, start))]
    for entering, leaving in zip(widths, [*widths[1:], 1], strict=True):
        grown = nn.ConvTranspose2d(entering, leaving, kernel, 2, kernel // 2, kernel % 2)
        parts += [_normalisation(recipe, entering), nn.ReLU(inplace=True), _drawn(grown, recipe)]
    return nn.Sequential(*parts, nn.Tanh())


def dcgan_discriminator(recipe):
    """Convolutions of `kernel` pixels, then a dense layer."""
    count, kernel = 4 if recipe["reading"] == "R1" else 5, recipe["kernel"]
    widths = [1, *(recipe["base_filters"] * 2**level for level in range(count))]
    parts = []
    for entering, leaving in zip(widths, widths[1:], strict=False):
        parts += [_drawn(nn.Conv2d(entering, leaving, kernel, 2, kernel // 2), recipe), _normalisation(recipe, leaving)]
        parts += [nn.LeakyReLU(recipe["leak"], inplace=True)]
    last = (recipe["size"] // 2**count) ** 2 * widths[-1]
    return nn.Sequential(*parts, nn.Flatten(), _drawn(nn.Linear(last, 1), recipe))


def dcgan4x4_generator(recipe):
    """Transposed convolutions of 4 x 4, the first of one pixel."""
    widths = [recipe["base_filters"] * 2**level for level in reversed(range(int(math.log2(recipe["size"])) - 2))]
    parts, entering, options = [nn.Unflatten(1, (recipe["latent"], 1, 1))], recipe["latent"], (4, 1, 0)
    for leaving in widths:
        parts += [_drawn(nn.ConvTranspose2d(entering, leaving, *options, bias=False), recipe), _normalisation(recipe, leaving, True)]
        parts, entering, options = [*parts, nn.ReLU(inplace=True)], leaving, (4, 2, 1)
    parts.append(_drawn(nn.ConvTranspose2d(entering, 1, *options, bias=False), recipe))
    return nn.Sequential(*parts, *([nn.Tanh()] if recipe["output"] == "tanh" else []))


def dcgan4x4_discriminator(recipe):
    """Convolutions of 4 x 4, the last to one number."""
    widths = [1, *(recipe["base_filters"] * 2**level for level in range(int(math.log2(recipe["size"])) - 2))]
    elu, parts = recipe["discriminator_activation"] == "elu", []
    for level, (entering, leaving) in enumerate(zip(widths, widths[1:], strict=False)):
        parts.append(_drawn(nn.Conv2d(entering, leaving, 4, 2, 1, bias=False), recipe))
        parts += [_normalisation(recipe, leaving, True)] if level else []
        parts.append(nn.ELU(recipe["leak"], inplace=True) if elu else nn.LeakyReLU(recipe["leak"], inplace=True))
    return nn.Sequential(*parts, _drawn(nn.Conv2d(widths[-1], 1, 4, bias=False), recipe), nn.Flatten())


def _began_convolution(entering, leaving, stride=1):
    return [nn.Conv2d(entering, leaving, 3, stride, 1), nn.ELU(inplace=True)]


def began_decoder(recipe, latent):
    """A vector to an image; the generator, and the second half of the autoencoder."""
    channels, levels = recipe["base_filters"], int(math.log2(recipe["size"] // 8)) + 1
    parts = [nn.Linear(latent, 64 * channels), nn.Unflatten(1, (channels, 8, 8))]
    for level in range(levels):
        parts += [nn.UpsamplingNearest2d(scale_factor=2)] if level else []
        parts += _began_convolution(channels, channels) + _began_convolution(channels, channels)
    return nn.Sequential(*parts, nn.Conv2d(channels, 1, 3, 1, 1))


def began_generator(recipe):
    """Noise to an image."""
    return began_decoder(recipe, recipe["latent"])


def began_autoencoder(recipe):
    """An image to what is restored of it."""
    base, levels = recipe["base_filters"], int(math.log2(recipe["size"] // 8)) + 1
    parts, entering = _began_convolution(1, base), base
    for level in range(1, levels + 1):
        channels = base * level
        parts += _began_convolution(entering, channels) + _began_convolution(channels, channels)
        parts += _began_convolution(channels, channels, 2) if level < levels else []
        entering = channels
    code = nn.Linear(64 * entering, recipe["embedding"])
    return nn.Sequential(*parts, nn.Flatten(), code, began_decoder(recipe, recipe["embedding"]))


class _Spectral:
    """Builders of layers with spectral normalisation, as FastGAN's program composes them."""

    def __init__(self, recipe):
        self.recipe = recipe

    def convolution(self, entering, leaving, size, stride=1, padding=0):
        return nn.utils.spectral_norm(_drawn(nn.Conv2d(entering, leaving, size, stride, padding, bias=False), self.recipe))

    def normalisation(self, channels):
        return _normalisation(self.recipe, channels, True)

    def leaky(self):
        return nn.LeakyReLU(self.recipe["leak"], inplace=True)

    def up(self, entering, leaving):
        grown = [nn.UpsamplingNearest2d(scale_factor=2), self.convolution(entering, 2 * leaving, 3, 1, 1)]
        return nn.Sequential(*grown, self.normalisation(2 * leaving), nn.GLU(dim=1))

    def up_noisy(self, entering, leaving):
        first = [nn.UpsamplingNearest2d(scale_factor=2), self.convolution(entering, 2 * leaving, 3, 1, 1), Noise()]
        second = [self.convolution(leaving, 2 * leaving, 3, 1, 1), Noise()]
        gates = [[self.normalisation(2 * leaving), nn.GLU(dim=1)] for _ in range(2)]
        return nn.Sequential(*first, *gates[0], *second, *gates[1])

    def excitation(self, by, channels):
        first = [nn.AdaptiveAvgPool2d(4), self.convolution(by, channels, 4), nn.SiLU()]
        return nn.Sequential(*first, self.convolution(channels, channels, 1), nn.Sigmoid())

    def down(self, entering, leaving):
        return nn.Sequential(self.convolution(entering, leaving, 4, 2, 1), self.normalisation(leaving), self.leaky())


class Noise(nn.Module):
    """Normal noise, one number a pixel, times a learned strength."""

    def __init__(self):
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(1))

    def forward(self, values):
        return values + self.strength * torch.randn(len(values), 1, *values.shape[2:], dtype=values.dtype)


class DownTwoWays(nn.Module):
    """Half the size by two paths that are averaged."""

    def __init__(self, parts, entering, leaving):
        super().__init__()
        last = [parts.convolution(leaving, leaving, 3, 1, 1), parts.normalisation(leaving), parts.leaky()]
        self.main = nn.Sequential(parts.down(entering, leaving), *last)
        direct = [nn.AvgPool2d(2), parts.convolution(entering, leaving, 1), parts.normalisation(leaving), parts.leaky()]
        self.direct = nn.Sequential(*direct)

    def forward(self, values):
        return (self.main(values) + self.direct(values)) / 2


class FastGenerator(nn.Module):
    """Noise to an image and one of half its size."""

    WIDTH = {4: 16, 8: 8, 16: 4, 32: 2, 64: 2, 128: 1, 256: 0.5}
    NOISY = (8, 32, 128)
    EXCITED_BY = {64: 4, 128: 8, 256: 16}

    def __init__(self, recipe):
        super().__init__()
        parts, self.size, self.latent = _Spectral(recipe), recipe["size"], recipe["latent"]
        width = {side: int(recipe["generator_filters"] * factor) for side, factor in self.WIDTH.items()}
        first = nn.utils.spectral_norm(_drawn(nn.ConvTranspose2d(self.latent, 2 * width[4], 4, bias=False), recipe))
        self.first = nn.Sequential(first, parts.normalisation(2 * width[4]), nn.GLU(dim=1))
        self.up, self.excited, side = nn.ModuleDict(), nn.ModuleDict(), 4
        while side < self.size:
            side *= 2
            self.up[str(side)] = (parts.up_noisy if side in self.NOISY else parts.up)(width[side // 2], width[side])
            if side in self.EXCITED_BY:
                self.excited[str(side)] = parts.excitation(width[self.EXCITED_BY[side]], width[side])
        self.image, self.small = parts.convolution(width[side], 1, 3, 1, 1), parts.convolution(width[side // 2], 1, 1)
        self.output = torch.tanh if recipe["output"] == "tanh" else nn.Identity()

    def forward(self, noise):
        maps, side = {4: self.first(noise[:, :, None, None])}, 4
        while side < self.size:
            side *= 2
            maps[side] = self.up[str(side)](maps[side // 2])
            if side in self.EXCITED_BY:
                maps[side] = maps[side] * self.excited[str(side)](maps[self.EXCITED_BY[side]])
        return self.output(self.image(maps[side])), self.output(self.small(maps[side // 2]))


class FastDiscriminator(nn.Module):
    """An image in two sizes to logits and the maps that the decoders read."""

    def __init__(self, recipe):
        super().__init__()
        parts, self.size, filters = _Spectral(recipe), recipe["size"], recipe["discriminator_filters"]
        width = {2**level: filters * 64 // 2**level for level in range(3, int(math.log2(self.size)) + 1)}
        self.first = nn.Sequential(parts.convolution(1, width[self.size], 3, 1, 1), parts.leaky())
        self.down, self.excited, side = nn.ModuleDict(), nn.ModuleDict(), self.size
        while side > 8:
            side //= 2
            self.down[str(side)] = DownTwoWays(parts, width[2 * side], width[side])
            if 8 * side <= self.size:
                self.excited[str(side)] = parts.excitation(width[8 * side], width[side])
        small, side = [parts.convolution(1, filters * 128 // self.size, 4, 2, 1), parts.leaky()], self.size // 4
        while side > 8:
            side //= 2
            small.append(parts.down(filters * 16 // side, filters * 32 // side))
        self.small, last = nn.Sequential(*small), filters * 32 // side
        judged = [parts.convolution(width[8], 16 * filters, 1), parts.normalisation(16 * filters), parts.leaky()]
        self.judged = nn.Sequential(*judged, parts.convolution(16 * filters, 1, 4))
        self.judged_small = parts.convolution(last, 1, 4)
        self.channels = width[8], width[16], last

    def forward(self, image, small):
        maps, side = {self.size: self.first(image)}, self.size
        while side > 8:
            side //= 2
            maps[side] = self.down[str(side)](maps[2 * side])
            if 8 * side <= self.size:
                maps[side] = maps[side] * self.excited[str(side)](maps[8 * side])
        seen = self.small(small)
        logits = torch.cat([self.judged(maps[8]).flatten(1), self.judged_small(seen).flatten(1)], 1)
        return logits, maps[8], maps[16], seen


def fast_decoder(recipe, channels):
    """Features of 8 x 8 to an image of half the size."""
    parts, filters, side, made = _Spectral(recipe), recipe["discriminator_filters"], 8, []
    for factor in (2, 1, 1, 0.5):
        if side < recipe["size"] // 2:
            made.append(parts.up(channels, int(factor * filters)))
            side, channels = 2 * side, int(factor * filters)
    return nn.Sequential(*made, parts.convolution(channels, 1, 3, 1, 1), nn.Tanh())


def structural_similarity(one, other):
    """Mean SSIM (Wang 2004) of images in [0, 1] by a Gaussian window of 11 x 11 pixels."""
    place = torch.arange(11) - 5.0
    window = torch.exp(-(place**2) / (2 * 1.5**2))
    window = (window[:, None] * window / window.sum() ** 2)[None, None]
    both = functional.conv2d(torch.cat([one, other, one**2 + other**2, one * other]).float(), window)
    mean_one, mean_other, squares, product = both.chunk(4)
    means, spread = mean_one * mean_other, mean_one**2 + mean_other**2
    return (((2 * means + 1e-4) / (spread + 1e-4)) * ((2 * (product - means) + 9e-4) / (squares - spread + 9e-4))).mean()


def quadrant(values, part):
    """A quarter of square maps: part 0 to 3 is upper left, upper right, lower left, lower right."""
    half = values.shape[-1] // 2
    row, column = part // 2 * half, part % 2 * half
    return values[:, :, row : row + half, column : column + half]
