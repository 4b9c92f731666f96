"""The training loop that every GAN shares: seeded, watched, saved as it goes, and the same whether it was interrupted or not."""

import contextlib
import logging
import math
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from ..imageset import to_uint8
from ..io.files import write_json
from . import state
from .monitor import Watch, describe_images, mean_row, sheet_steps, similarity, spread
from .noise import draw_noise
from .order import BatchOrder

MAX_ROWS = 200
SHEET_IMAGES = 10
SHEET_DRAW = 1_000_003
CHECKPOINT_SECONDS = 60.0
PROGRESS_SECONDS = 1.0


def log_steps(total):
    """Updates after which a history row is written; training is saved at these alone, so that rows do not depend on interruptions.

    Each row creates images, so that many would cost a short training much of its time.
    """
    every = math.ceil(total / MAX_ROWS)
    return sorted({*range(every, total + 1, every), total})


class Progress:
    """How far a training is, in a small file that is written anew every second: name, step, total, images_per_s, seconds_left.

    Parameters
    ----------
    path : path
    name : str
    step, total : int
        Updates done so far, and in all.
    """

    def __init__(self, path, name, step, total):
        self.path, self.name, self.total = Path(path), name, total
        self.first = self.written = None
        self._write(step, None, None)

    def show(self, step, images):
        """Say how far it is after an update: `step` updates and, in this process, `images` images."""
        now = time.monotonic()
        if self.first is None:
            # The first update compiles the graph, and tells nothing of the others.
            self.first, self.written = (now, step, images), now
        elif now - self.written >= PROGRESS_SECONDS:
            self.written = now
            seconds, steps, seen = now - self.first[0], step - self.first[1], images - self.first[2]
            self._write(step, round(seen / seconds, 1), round(seconds * (self.total - step) / steps))

    def _write(self, step, images_per_s, seconds_left):
        record = {"name": self.name, "step": step, "total": self.total, "images_per_s": images_per_s, "seconds_left": seconds_left}
        # A training goes on where it cannot be watched.
        with contextlib.suppress(OSError):
            write_json(self.path, record)


class Trainer:
    """Train one GAN to its end.

    Parameters
    ----------
    gan : base.GAN
    source : source.StackSource or source.PlaneSource
    total : int
        Updates.
    checkpoint : path
        State file; training goes on from it where it exists. `progress.json` is written beside it.
    name : str
        What the progress calls the training.
    checkpoint_seconds : float
    """

    def __init__(self, gan, source, total, checkpoint, name="", checkpoint_seconds=CHECKPOINT_SECONDS):
        self.gan, self.source, self.total, self.seed = gan, source, total, gan.seed
        self.checkpoint, self.checkpoint_seconds = Path(checkpoint), checkpoint_seconds
        self.step, self.history, self.sheet = 0, [], []
        self.order = BatchOrder(source.count, gan.recipe["batch"], gan.seed)
        self.watch = Watch()
        self._create = tf.function(lambda noise: gan.make(gan.generator, noise), autograph=False)
        self._resume()
        self.progress = Progress(self.checkpoint.with_name("progress.json"), name, self.step, total)

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
        return np.asarray(self._create(noise))

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
        rows, sheets = set(log_steps(self.total)), sheet_steps(self.total)
        if not self.sheet:
            self.sheet.append((0, to_uint8(self.fixed_samples())))
        saved = started = time.monotonic()
        recent, since, first = [], self.order.position, self.order.position
        while self.step < self.total:
            recent.append(self.gan.train_step(self._next_batch, self.step))
            self.step += 1
            self.progress.show(self.step, (self.order.position - first) * self.order.batch)
            if self.step in sheets:
                self.sheet.append((self.step, to_uint8(self.fixed_samples())))
            if self.step in rows:
                now = time.monotonic()
                self._log_row(recent, (self.order.position - since) * self.order.batch / (now - started))
                recent, since, started = [], self.order.position, now
                if now - saved > self.checkpoint_seconds or self.step == self.total:
                    self._save()
                    saved = time.monotonic()
        return self.history, self.sheet

    def _log_row(self, recent, images_per_s):
        row = {"step": self.step, "epoch": round(self.order.epoch, 4), **mean_row(recent), **describe_images(self.fixed_samples())}
        self.watch.check(row)
        self.history.append(row | {"images_per_s": round(images_per_s, 1)})
        losses = ", ".join(f"{key} {value:.3f}" for key, value in row.items() if key.endswith("loss"))
        logging.info("step %d of %d, %s, %.0f images/s", self.step, self.total, losses, images_per_s)
