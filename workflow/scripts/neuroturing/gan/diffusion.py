"""Noise that is added to an image step by step, and taken away again: the arithmetic of diffusion, without a network.

At time t = 0, 1, ... an image x_0 is mixed with normal noise e: x_t = signal_t x_0 + noise_t e, where the squares of both add up to 1
(Ho, Jain, Abbeel, NeurIPS 2020, arXiv 2006.11239, equation 4). A network is asked for the noise (epsilon, there), or for the velocity
v = signal_t e - noise_t x_0 (Salimans, Ho, ICLR 2022, arXiv 2202.00512), from which either follows. Functions take numbers or arrays
of any library.
"""

import numpy as np

EPSILON, VELOCITY = "epsilon", "velocity"


def levels(recipe):
    """Amplitudes of image and noise at each time.

    Parameters
    ----------
    recipe : dict
        times, beta_first, beta_last: the variance that each time adds rises linearly from the one to the other.

    Returns
    -------
    signal, noise : numpy.ndarray, float64, shape (times,)
    """
    kept = np.cumprod(1 - np.linspace(recipe["beta_first"], recipe["beta_last"], recipe["times"]))
    return np.sqrt(kept), np.sqrt(1 - kept)


def visited(times, count):
    """The times at which images are made, from the noisiest, times - 1, to 0, evenly spaced: at most `count`, each once."""
    return np.unique(np.linspace(times - 1, 0, count).round().astype(int))[::-1]


def wanted(prediction, images, noise, level):
    """What the network should say of a mixture of images and noise; `level` is (signal, noise) as `levels` has them."""
    return noise if prediction == EPSILON else level[0] * noise - level[1] * images


def cleaned(prediction, mixed, said, level):
    """The image in a mixture, of what the network says of it."""
    if prediction == EPSILON:
        return (mixed - level[1] * said) * (1 / level[0])
    return level[0] * mixed - level[1] * said


def stepped(mixed, clean, level, later):
    """The mixture at a later, less noisy level, of the same image and the same noise: DDIM (Song, Meng, Ermon, ICLR 2021), eta = 0.

    Written without the noise, (mixed - signal clean) / noise, which would be of the size of rounding errors where there is none.
    """
    share = later[1] / level[1]
    return (later[0] - share * level[0]) * clean + share * mixed
