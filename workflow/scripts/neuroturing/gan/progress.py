"""How far a training is, and how fast it goes."""

import contextlib
import time
from pathlib import Path

from ..io.files import write_json

PROGRESS_SECONDS = 1.0


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
