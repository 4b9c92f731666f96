"""What the networks minimise, and what balances them. Each function takes raw outputs, or means of them, and gives one number."""

import tensorflow as tf


def _cross_entropy(logits, label):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=logits, labels=tf.fill(tf.shape(logits), label)))


def discriminator_loss(real, created):
    """Cross-entropy of telling real (1) from created (0); Goodfellow et al. 2014, equation 1."""
    return _cross_entropy(real, 1.0) + _cross_entropy(created, 0.0)


def generator_loss(created):
    """Non-saturating loss, -mean log D(G(z)); Goodfellow et al. 2014, section 3."""
    return _cross_entropy(created, 1.0)


def hinge_loss(real, created, key, margin):
    """Hinge loss of the discriminator, with a margin drawn anew for every output (Liu et al. 2021; the range is their code's).

    Parameters
    ----------
    real, created : tf.Tensor, float32, of one shape
    key : tf.Tensor, int, shape (2,)
    margin : (float, float)
        Least and largest margin.
    """
    low, high = margin
    wanted = tf.random.stateless_uniform((2, *real.shape), key, low, high)
    return tf.reduce_mean(tf.nn.relu(wanted[0] - real)) + tf.reduce_mean(tf.nn.relu(wanted[1] + created))


def score_loss(created):
    """What the generator minimises against a hinge loss or a critic, -mean D(G(z))."""
    return -tf.reduce_mean(created)


def reconstruction_loss(target, made, absolute, structural):
    """Weighted mean absolute difference and structural dissimilarity, 1 - SSIM (Wang 2004), of images in [-1, 1].

    In place of FastGAN's perceptual distance, whose network was trained on colour photographs.
    """
    similar = tf.reduce_mean(tf.image.ssim(target / 2 + 0.5, made / 2 + 0.5, max_val=1.0))
    return absolute * tf.reduce_mean(tf.abs(target - made)) + structural * (1 - similar)


def critic_loss(real, created):
    """What WGAN's critic minimises, mean f(G(z)) - mean f(x): the Wasserstein estimate with its sign turned; Arjovsky 2017, algorithm 1."""
    return tf.reduce_mean(created) - tf.reduce_mean(real)


def reconstruction_error(images, restored):
    """L(v) = mean |v - D(v)| of BEGAN's autoencoder; Berthelot 2017, section 3.1 with eta = 1."""
    return tf.reduce_mean(tf.abs(images - restored))


def began_discriminator_loss(real_error, created_error, k):
    """L(x) - k L(G(z)); Berthelot 2017, section 3.3."""
    return real_error - k * created_error


def began_next_k(k, real_error, created_error, gamma, lambda_k):
    """k + lambda_k (gamma L(x) - L(G(z))), kept in [0, 1]; Berthelot 2017, section 3.3."""
    return tf.clip_by_value(k + lambda_k * (gamma * real_error - created_error), 0.0, 1.0)


def began_convergence(real_error, created_error, gamma):
    """M = L(x) + |gamma L(x) - L(G(z))|, which falls as a training goes well; Berthelot 2017, section 3.4."""
    return real_error + tf.abs(gamma * real_error - created_error)
