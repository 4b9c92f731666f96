"""A training in a process of its own, that can be killed: what the tests of every GAN share."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "workflow/scripts"
RUN = """
import json, sys
sys.path.insert(0, {scripts!r})
import train_gan, draw_training
from neuroturing import errors
out, recipe = {out!r}, json.loads({recipe!r})
try:
    train_gan.main(images={images!r}, generator=out + "/generator.keras", record=out + "/training.npz", recipe=recipe, where={where!r},
        seed=11, state=out + "/state", threads=2, code="code", name="test", checkpoint_seconds=0.0)
    draw_training.main(*(out + "/" + name for name in ("training.npz", "history.tsv", "curves.png", "progress.png")))
except (errors.InputError, errors.TrainingError) as error:
    sys.exit(str(error))
"""
ENVIRONMENT = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}


def start(folder, images, recipe, where=None, scripts=SCRIPTS):
    """Start a training in a process of its own."""
    folder.mkdir(exist_ok=True)
    program = RUN.format(scripts=str(scripts), out=str(folder), images=str(images), recipe=json.dumps(recipe), where=where or {})
    return subprocess.Popen([sys.executable, "-c", program], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)


def states(folder):
    """When each saved state was written."""
    return {path: path.stat().st_mtime_ns for path in folder.glob("state/[!.]*.npz")}


def kill_after_a_state(process, folder, wait, least=1):
    """Kill a training some time after it has saved a state and `least` are there: early, late, or in the midst of one; say if it was."""
    before = states(folder)
    while process.poll() is None and (states(folder) == before or len(states(folder)) < least):
        time.sleep(0.005)
    time.sleep(wait)
    running = process.poll() is None
    if running:
        process.send_signal(signal.SIGKILL)
    process.wait()
    return running


def train(folder, images, recipe, kills=0, **options):
    """Run a training and kill it at `kills` random moments; history."""
    moments = random.Random(kills)
    while True:
        process = start(folder, images, recipe, **options)
        kills -= kills > 0 and kill_after_a_state(process, folder, moments.uniform(0, 0.2))
        error = process.communicate()[1]
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, error
    assert not (folder / "state").exists()
    return read_history(folder)


def read_history(folder):
    """Rows of a training's history, without its speed."""
    with open(folder / "history.tsv") as stream:
        return [{key: value for key, value in row.items() if key != "images_per_s"} for row in csv.DictReader(stream, delimiter="\t")]


def weights(folder):
    """Weights of a saved generator."""
    import keras

    return keras.saving.load_model(folder / "generator.keras", compile=False).get_weights()


def assert_same(folder, other):
    """Two trainings ended with the same weights and history, to the bit."""
    assert all(np.array_equal(a, b) for a, b in zip(weights(folder), weights(other), strict=True))
    assert read_history(folder) == read_history(other)


def assert_survives_kills(folder, images, recipe, kills, **options):
    """A training killed `kills` times ends with the weights and the history, to the bit, of one that was left alone."""
    with ThreadPoolExecutor(2) as pool:
        names = (("whole", 0), ("killed", kills))
        running = [pool.submit(train, folder / name, images, recipe, count, **options) for name, count in names]
    assert len(running[0].result()) == len(running[1].result()) == recipe["steps"]
    assert_same(folder / "whole", folder / "killed")
