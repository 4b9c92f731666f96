"""Trainings in processes of their own that meet a fault at a given update: forked from one that has TensorFlow, so each is quick."""

import errno
import logging
import multiprocessing
import os
import re
import signal
import sys
import threading
from dataclasses import dataclass

from gan_training import SCRIPTS

STOPPED = 3
KINDS = ("kill", "terminate", "full disk")


@dataclass(frozen=True)
class Fault:
    """What happens `delay` seconds after the first update of a process that is update `step` or later."""

    kind: str
    step: int
    delay: float


def random_faults(rng, count, total):
    """Faults of every kind at random updates, in order."""
    steps = sorted(rng.randrange(1, total) for _ in range(count))
    kinds = rng.sample([KINDS[k % len(KINDS)] for k in range(count)], count)
    return [Fault(kind, step, rng.uniform(0, 0.05)) for kind, step in zip(kinds, steps, strict=True)]


class FullDisk:
    """A file on a disk that is full after half of what is written."""

    def __init__(self, path, *options, **named):
        self.stream = open(path, *options, **named)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stream.close()

    def write(self, content):
        """Write half of it."""
        self.stream.write(bytes(content)[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _arm(fault):
    from neuroturing.gan import state, train

    show = train.Progress.show
    signals = {"kill": signal.SIGKILL, "terminate": signal.SIGTERM, "full disk": signal.SIGKILL}
    waiting = [fault]

    def watched(self, step, images):
        show(self, step, images)
        if waiting and step >= fault.step:
            waiting.clear()
            if fault.kind == "full disk":
                state.open = FullDisk
            threading.Timer(fault.delay, os.kill, (os.getpid(), signals[fault.kind])).start()

    train.Progress.show = watched


def _train(folder, images, recipe, fault, environment, options):
    os.environ.update(environment)
    import train_gan
    from neuroturing.errors import TrainingStopped
    from neuroturing.gan import train

    logging.basicConfig(filename=folder / "log", level=logging.INFO)
    train.MAX_ROWS = 4  # so that most states lie between two rows
    if fault:
        _arm(fault)
    files = {"generator": folder / "generator.keras", "record": folder / "training.npz"}
    settings = {"where": {}, "seed": 11, "state": folder / "state", "threads": 1, "code": "code", "checkpoint_seconds": 0.0}
    try:
        train_gan.main(images=images, **files, recipe=recipe, **settings | options)
    except TrainingStopped as error:
        logging.error("%s", error)
        sys.exit(STOPPED)


def run(folder, images, recipe, fault=None, environment=None, **options):
    """Train, or go on, until the end or a fault; exit status."""
    folder.mkdir(exist_ok=True)
    for place in (str(SCRIPTS), str(SCRIPTS.parents[1] / "tests")):
        if place not in sys.path:
            sys.path.insert(0, place)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["train_gan"])
    process = context.Process(target=_train, args=(folder, images, recipe, fault, environment or {}, options))
    process.start()
    process.join()
    return process.exitcode


def train_through(folder, images, recipe, faults):
    """Train through faults to the end; how many of them met it before its end."""
    met = 0
    for fault in faults:
        status = run(folder, images, recipe, fault)
        assert status in (0, STOPPED if fault.kind == "terminate" else -signal.SIGKILL), (folder / "log").read_text()
        met += status != 0
        if status == STOPPED:
            told = re.findall(r"stopped by SIGTERM after update (\d+) of \d+; the state is kept, run again", (folder / "log").read_text())
            assert int(told[-1]) >= fault.step
    assert run(folder, images, recipe) == 0, (folder / "log").read_text()
    assert not (folder / "state").exists()
    return met
