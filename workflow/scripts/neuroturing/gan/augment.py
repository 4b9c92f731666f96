"""Differentiable augmentation of what the discriminator sees (DiffAugment; Zhao et al., NeurIPS 2020, arXiv 2006.10738).

Real and created images are changed alike, so that the discriminator cannot learn a small training set by heart; the generator learns
through the change. Images are in [-1, 1]; what a shift or a hole leaves empty gets one value, 0 (mid grey) in the source.
"""

import tensorflow as tf

SHIFT_SHARE = 0.125
CUT_SHARE = 0.2
BRIGHTNESS = 0.5
CONTRAST = (0.5, 1.5)


def brighten(images, key):
    """Add one number per image, uniform on +-0.5."""
    return images + tf.random.stateless_uniform((images.shape[0], 1, 1, 1), key, -BRIGHTNESS, BRIGHTNESS)


def contrast(images, key):
    """Stretch about the image's mean by one factor per image, uniform on 0.5 to 1.5."""
    mean = tf.reduce_mean(images, (1, 2, 3), keepdims=True)
    return (images - mean) * tf.random.stateless_uniform((images.shape[0], 1, 1, 1), key, *CONTRAST) + mean


def _shift_matrix(side, shift):
    """Matrices (n, side, side) that move columns of numbers down by `shift` (n,) and fill with 0."""
    place = tf.range(side)
    return tf.cast(place[None, :, None] - place[None, None, :] == shift[:, None, None], tf.float32)


def translate(images, key):
    """Shift by whole pixels, each way by up to an eighth of the side; 0 is filled in."""
    side = images.shape[1]
    most = int(side * SHIFT_SHARE + 0.5)
    down, right = tf.unstack(tf.random.stateless_uniform((2, images.shape[0]), key, -most, most + 1, tf.int32))
    # Two products with 0 and 1 are exact, and quicker on a processor than gathering, whose gradient scatters.
    moved = _shift_matrix(side, down) @ images[..., 0] @ _shift_matrix(side, -right)
    return moved[..., None]


def cut(images, key):
    """Set one square to 0, a fifth of the side wide; its centre is anywhere in the image."""
    side = images.shape[1]
    width = int(side * CUT_SHARE + 0.5)
    first = tf.random.stateless_uniform((2, images.shape[0], 1), key, 0, side + 1 - width % 2, tf.int32) - width // 2
    row, column = (tf.cast((tf.range(side) >= start) & (tf.range(side) < start + width), tf.float32) for start in tf.unstack(first))
    return images * (1 - row[:, :, None, None] * column[:, None, :, None])


CHANGES = {"brightness": brighten, "contrast": contrast, "translation": translate, "cutout": cut}


def augment(images, policy, fill, key):
    """Change images at random, each by itself.

    Parameters
    ----------
    images : tf.Tensor, float32, shape (n, side, side, 1)
        n is known.
    policy : list of str
        Which of CHANGES; applied in the order of CHANGES.
    fill : float
        Value where a shift or a hole leaves nothing.
    key : tf.Tensor, int, shape (2,)
        Key of the random numbers: the same key gives the same change.

    Returns
    -------
    tf.Tensor, float32, as `images`
    """
    if not policy:
        return images
    # Every change means the same for images less a constant, so that this alone moves the 0 that is filled in.
    images = images - fill
    for number, (name, change) in enumerate(CHANGES.items()):
        if name in policy:
            images = change(images, tf.random.experimental.stateless_fold_in(key, number))
    return images + fill


def flip(images, key):
    """Mirror left and right, each image with probability one half."""
    return tf.where(tf.random.stateless_uniform((images.shape[0], 1, 1, 1), key) < 0.5, images[:, :, ::-1], images)
