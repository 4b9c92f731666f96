"""The training loop that every GAN shares: seeded, watched, saved as it goes, and the same whether it was interrupted or not."""

import logging
import math
import sys
import time

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from ..slices.sampler import to_uint8
from . import state
from .monitor import Watch, describe_images, mean_row, sheet_steps, similarity, spread
from .noise import draw_noise
from .order import BatchOrder

MAX_ROWS = 200
SHEET_IMAGES = 10
SHEET_DRAW = 1_000_003
CHECKPOINT_SECONDS = 60.0


def log_steps(total):
    """Updates after which a history row is written; training is saved at these alone, so that rows do not depend on interruptions.

    Each row creates images, so that many would cost a short training much of its time.
    """
    every = math.ceil(total / MAX_ROWS)
    return sorted({*range(every, total + 1, every), total})


class Trainer:
    """Train one GAN to its end.

    Parameters
    ----------
    gan : an algorithm (see `algorithms`)
    source : source of images (see `neuroturing.slices`)
    total : int
        Updates.
    seed : int
    checkpoint : path
        State file; training goes on from it where it exists.
    checkpoint_seconds : float
    """

    def __init__(self, gan, source, total, seed, checkpoint, checkpoint_seconds=CHECKPOINT_SECONDS):
        self.gan, self.source, self.total, self.seed = gan, source, total, seed
        self.checkpoint, self.checkpoint_seconds = checkpoint, checkpoint_seconds
        self.step, self.history, self.sheet = 0, [], []
        self.order = BatchOrder(source.count, gan.recipe["batch"], seed)
        self.watch = Watch()
        self._create = tf.function(lambda noise: gan.generator(noise, training=False), autograph=False)
        self._resume()

    def _resume(self):
        record = state.load(self.checkpoint, self.gan.variables())
        if record is None:
            return
        self.step, self.history, self.order.position = record["step"], record["history"], record["position"]
        for name, value in record["watch"].items():
            setattr(self.watch, name, value)
        self.sheet = list(zip(record["sheet_steps"], record["sheet"], strict=True))
        logging.info("Going on after step %d of %d.", self.step, self.total)

    def _save(self):
        record = {
            "step": self.step,
            "history": self.history,
            "position": self.order.position,
            "seed": self.seed,
            "watch": vars(self.watch),
            "sheet_steps": [step for step, _ in self.sheet],
            "sheet": np.array([images for _, images in self.sheet]),
        }
        state.save(self.checkpoint, self.gan.variables(), record)

    def _next_batch(self):
        return self.source.batch(self.order.next())

    def fixed_samples(self):
        """Images of the same noise at any time of the training, (SHEET_IMAGES, size, size, 1)."""
        noise = draw_noise(self.gan.recipe, SHEET_IMAGES, self.seed, 0, SHEET_DRAW)
        return self._create(noise).numpy()

    def run(self):
        """Train to the end.

        Returns
        -------
        history : list of dict
        sheet : list of (int, numpy.ndarray)
            Step, and images of the same noise then, uint8.

        Raises
        ------
        TrainingError
            A loss is NaN or infinite, or the generator makes one image of every noise.
        """
        if self.watch.real_spread is None:
            real = self.source.batch(np.arange(self.order.batch) * (self.source.count // self.order.batch)).numpy()
            self.watch.real_spread, self.watch.real_similarity = spread(real), similarity(real)
        rows, sheets = log_steps(self.total), sheet_steps(self.total)
        if not self.sheet:
            self.sheet.append((0, to_uint8(self.fixed_samples())))
        saved = started = time.monotonic()
        recent, since = [], self.order.position
        with tqdm(total=self.total, initial=self.step, unit="step", disable=not sys.stderr.isatty(), mininterval=1) as bar:
            while self.step < self.total:
                recent.append(self.gan.train_step(self._next_batch, self.step))
                self.step += 1
                bar.update()
                if self.step in sheets:
                    self.sheet.append((self.step, to_uint8(self.fixed_samples())))
                if self.step in rows:
                    now = time.monotonic()
                    self._log_row(recent, (self.order.position - since) * self.order.batch / (now - started), bar)
                    recent, since, started = [], self.order.position, now
                    if now - saved > self.checkpoint_seconds or self.step == self.total:
                        self._save()
                        saved = time.monotonic()
        return self.history, self.sheet

    def _log_row(self, recent, images_per_s, bar):
        row = {"step": self.step, "epoch": round(self.order.epoch, 4), **mean_row(recent), **describe_images(self.fixed_samples())}
        self.watch.check(row)
        self.history.append(row | {"images_per_s": round(images_per_s, 1)})
        text = {key: f"{value:.3f}" for key, value in row.items() if key.endswith("loss")}
        bar.set_postfix(text | {"images/s": f"{images_per_s:.0f}"})
        logging.info(
            "step %d of %d, %s, %.0f images/s",
            self.step,
            self.total,
            ", ".join(f"{key} {value}" for key, value in text.items()),
            images_per_s,
        )


def prepare_tensorflow(seed, threads):
    """Make TensorFlow give the same numbers each time; returns whether there is a GPU."""
    import keras

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    return bool(tf.config.list_physical_devices("GPU"))
