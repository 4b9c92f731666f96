"""The training loop that every GAN shares: seeded, watched, saved as it goes, and the same whether it was interrupted or not."""

import logging
import math
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from ..errors import TrainingStopped
from ..imageset import to_uint8
from . import state
from .ending import Ending
from .keeping import LAST, Keeper
from .monitor import Watch, describe_images, mean_row, sheet_steps, similarity, spread
from .noise import draw_noise
from .order import BatchOrder
from .progress import Progress, Row
from .quality import COLUMNS, LEAST_MOMENTS, plan_moments

MAX_ROWS = 200
SHEET_IMAGES = 10
SHEET_DRAW = 1_000_003
QUALITY_DRAW, QUALITY_BATCH = 5_000_011, 64
CHECKPOINT_SECONDS = 60.0


def log_steps(total, passes=1):
    """Updates after which a history row is written: each creates images, so that many would cost a short training much of its time.

    Parameters
    ----------
    total : int
        Updates of the training.
    passes : int
        Of a network in which an image is made; as many times fewer rows.
    """
    every = math.ceil(total / max(LEAST_MOMENTS, MAX_ROWS // passes))
    return sorted({*range(every, total + 1, every), total})


class Trainer:
    """Train one GAN to its end.

    Parameters
    ----------
    gan : base.GAN
    source : source.StackSource or source.PlaneSource
    quality : quality.Quality
        Of images of `source`.
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

    def __init__(self, gan, source, quality, total, checkpoint, name="", checkpoint_seconds=CHECKPOINT_SECONDS, ending=None):
        self.gan, self.source, self.quality, self.total, self.seed = gan, source, quality, total, gan.seed
        self.checkpoint, self.checkpoint_seconds, self.ending = Path(checkpoint), checkpoint_seconds, ending or Ending()
        self.step, self.history, self.sheet, self.saved_step = 0, [], [], None
        self.order = BatchOrder(source.count, gan.recipe["batch"], gan.seed)
        self.watch, self.row = Watch(), Row(0)
        self.saved, self.save_seconds, self.look_seconds = time.monotonic(), 0.0, 0.0
        self.rows = log_steps(total, gan.passes)
        self.moments, self.previewed = plan_moments(self.rows, total, gan.recipe["batch"], gan.passes)
        self.keeper = Keeper(gan.recipe.get("keep", LAST), total)
        self._preview = tf.function(gan.preview, autograph=False)
        self._resume()
        self.progress = Progress(self.checkpoint.with_name("progress.json"), name, self.step, total)

    def _resume(self):
        record = state.load(self.checkpoint, self.gan.variables())
        if record is None:
            return
        self.step, self.history, self.order.position = record["step"], record["history"], record["position"]
        self.saved_step, self.row = self.step, Row(**record["row"])
        self.keeper.restore(record)
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
            **self.keeper.record(),
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
        return np.asarray(self._preview(noise))

    def previews(self):
        """Images of the same noise at any time, as the generator would make them if it were saved now: uint8 (n, size, size)."""
        batches = range(-(-self.previewed // QUALITY_BATCH))
        noise = (draw_noise(self.gan.recipe, QUALITY_BATCH, self.seed, k, QUALITY_DRAW) for k in batches)
        return np.concatenate([to_uint8(self._preview(latent)) for latent in noise])[: self.previewed]

    def finished(self):
        """The generator to be saved, once the training has ended: see `keeping.Keeper`."""
        return self.gan.finished(self.keeper.weights)

    def examined(self):
        """What quality was measured of, and which weights `finished` has; see `record.write_record`."""
        known = {"reference": self.quality.reference, "reference_images": self.quality.count, "created_images": self.previewed}
        return known | {"keep": self.keeper.rule, "kept": self.keeper.step}

    def run(self):
        """Train to the end.

        Returns
        -------
        history : list of dict
            kernel_distance and coverage are None but at moments, `kept` but at the one whose weights `finished` has.
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
        rows, sheets = set(self.rows), sheet_steps(self.total)
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
            reason = self.ending.reason(self.save_seconds + self.look_seconds)
            if reason or self.step == self.total or time.monotonic() - self.saved > self.checkpoint_seconds:
                self._save()
            if reason and self.step < self.total:
                raise self._stopped(reason)
        return [row | {"kept": 1 if row["step"] == self.keeper.step else None} for row in self.history], self.sheet

    def _log_row(self):
        row = {"step": self.step, "epoch": round(self.order.epoch, 4)}
        row |= mean_row(self.row.updates) | describe_images(self.fixed_samples())
        self.watch.check(row)
        speed = (self.order.position - self.row.position) * self.order.batch / self.row.seconds()
        self.history.append(row | self._look() | {"images_per_s": round(speed, 1)})
        losses = ", ".join(f"{key} {value:.3f}" for key, value in row.items() if key.endswith("loss"))
        logging.info("step %d of %d, %s, %.0f images/s", self.step, self.total, losses, speed)
        self.row = Row(self.order.position)

    def _look(self):
        """Quality at this update, where it is one of the moments."""
        if self.step not in self.moments:
            return dict.fromkeys(COLUMNS)
        began = time.monotonic()
        measured = self.quality.measure(self.previews())
        self.keeper.look(self.step, measured["kernel_distance"], self.gan.generator)
        self.look_seconds = time.monotonic() - began
        return measured
