"""The training loop that every GAN shares: seeded, watched, saved as it goes, and the same whether it was interrupted or not."""

import contextlib
import logging
import math
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from ..errors import TrainingStopped
from ..imageset import to_uint8
from ..io.files import write_json
from . import state
from .ending import Ending
from .monitor import Watch, describe_images, mean_row, sheet_steps, similarity, spread
from .noise import draw_noise
from .order import BatchOrder

MAX_ROWS = 200
SHEET_IMAGES = 10
SHEET_DRAW = 1_000_003
CHECKPOINT_SECONDS = 60.0
PROGRESS_SECONDS = 1.0


def log_steps(total):
    """Updates after which a history row is written: each creates images, so that many would cost a short training much of its time."""
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


class Row:
    """The updates since the last history row, and the time that they took.

    Parameters
    ----------
    position : int
        Batches that had been handed out before them.
    updates : list of dict of numbers
    spent : float
        Seconds in processes that have ended.
    """

    def __init__(self, position, updates=(), spent=0.0):
        self.position, self.updates, self.spent = position, list(updates), spent
        self.began = time.monotonic()

    def add(self, numbers):
        """Take what an update gave."""
        self.updates.append(numbers)

    def seconds(self):
        """Time since the last row, without that in which nothing was trained."""
        return self.spent + time.monotonic() - self.began

    def record(self):
        """Plain values that it can be made of again; the numbers are the same to the bit."""
        self.updates = [{key: float(value) for key, value in numbers.items()} for numbers in self.updates]
        return {"position": self.position, "updates": self.updates, "spent": self.seconds()}


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
        Least time between two states.
    ending : ending.Ending, optional
        Says when a training must end before it is done.
    """

    def __init__(self, gan, source, total, checkpoint, name="", checkpoint_seconds=CHECKPOINT_SECONDS, ending=None):
        self.gan, self.source, self.total, self.seed = gan, source, total, gan.seed
        self.checkpoint, self.checkpoint_seconds, self.ending = Path(checkpoint), checkpoint_seconds, ending or Ending()
        self.step, self.history, self.sheet, self.saved_step = 0, [], [], None
        self.order = BatchOrder(source.count, gan.recipe["batch"], gan.seed)
        self.watch, self.row = Watch(), Row(0)
        self.saved, self.save_seconds = time.monotonic(), 0.0
        self._create = tf.function(lambda noise: gan.make(gan.generator, noise), autograph=False)
        self._resume()
        self.progress = Progress(self.checkpoint.with_name("progress.json"), name, self.step, total)

    def _resume(self):
        record = state.load(self.checkpoint, self.gan.variables())
        if record is None:
            return
        self.step, self.history, self.order.position = record["step"], record["history"], record["position"]
        self.saved_step, self.row = self.step, Row(**record["row"])
        for name, value in record["watch"].items():
            setattr(self.watch, name, value)
        self.sheet = list(zip(record["sheet_steps"], record["sheet"], strict=True))
        logging.info("Going on after step %d of %d.", self.step, self.total)

    def _save(self):
        """Save the state; a disk that is full must not end a training that a little space would let go on."""
        began = time.monotonic()
        record = {
            "step": self.step,
            "history": self.history,
            "position": self.order.position,
            "seed": self.seed,
            "row": self.row.record(),
            "watch": vars(self.watch),
            "sheet_steps": [step for step, _ in self.sheet],
            "sheet": np.array([images for _, images in self.sheet]),
        }
        try:
            state.save(self.checkpoint, self.gan.variables(), record)
            self.saved_step = self.step
        except OSError as error:
            before = "none was saved before" if self.saved_step is None else f"that of update {self.saved_step} is kept"
            text = "%s: the state of update %d could not be saved (%s); %s."
            logging.warning(text, self.checkpoint, self.step, error.strerror or error, before)
        self.saved = time.monotonic()
        self.save_seconds = self.saved - began

    def _stopped(self, reason):
        kept = {None: "no state could be saved", self.step: "the state is kept"}
        kept = kept.get(self.saved_step, f"the state of update {self.saved_step} is kept")
        return TrainingStopped(f"stopped {reason} after update {self.step} of {self.total}; {kept}, run again to go on")

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
        TrainingStopped
            It had to end before it was done.
        """
        if self.watch.real_spread is None:
            real = self.source.batch(np.arange(self.order.batch) * (self.source.count // self.order.batch)).numpy()
            self.watch.real_spread, self.watch.real_similarity = spread(real), similarity(real)
        rows, sheets = set(log_steps(self.total)), sheet_steps(self.total)
        if not self.sheet:
            self.sheet.append((0, to_uint8(self.fixed_samples())))
        first = self.order.position
        while self.step < self.total:
            self.row.add(self.gan.train_step(self._next_batch, self.step))
            self.step += 1
            self.progress.show(self.step, (self.order.position - first) * self.order.batch)
            if self.step in sheets:
                self.sheet.append((self.step, to_uint8(self.fixed_samples())))
            if self.step in rows:
                self._log_row()
            reason = self.ending.reason(self.save_seconds)
            if reason or self.step == self.total or time.monotonic() - self.saved > self.checkpoint_seconds:
                self._save()
            if reason and self.step < self.total:
                raise self._stopped(reason)
        return self.history, self.sheet

    def _log_row(self):
        row = {"step": self.step, "epoch": round(self.order.epoch, 4)}
        row |= mean_row(self.row.updates) | describe_images(self.fixed_samples())
        self.watch.check(row)
        speed = (self.order.position - self.row.position) * self.order.batch / self.row.seconds()
        self.history.append(row | {"images_per_s": round(speed, 1)})
        losses = ", ".join(f"{key} {value:.3f}" for key, value in row.items() if key.endswith("loss"))
        logging.info("step %d of %d, %s, %.0f images/s", self.step, self.total, losses, speed)
        self.row = Row(self.order.position)
