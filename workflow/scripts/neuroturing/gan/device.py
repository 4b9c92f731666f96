"""What TensorFlow computes on, and how."""

import contextlib

import tensorflow as tf


def take_memory_as_needed():
    """Let TensorFlow take a GPU's memory as it needs it, so that others beside it can run; without effect once it has started."""
    for device in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError, ValueError):
            tf.config.experimental.set_memory_growth(device, True)


def prepare_training(seed, threads):
    """Make TensorFlow give the same numbers each time, on so many threads of the processor."""
    import keras

    take_memory_as_needed()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def compute_capability():
    """Compute capability of the first GPU as (major, minor), (0, 0) where it is not known, None where there is no GPU."""
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return None
    return tuple(tf.config.experimental.get_device_details(devices[0]).get("compute_capability", (0, 0)))
