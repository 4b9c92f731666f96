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
RUN = """
import json, sys
sys.path.insert(0, {scripts!r})
import train_gan
out = {out!r}
train_gan.main({dataset!r}, out + "/generator.keras", out + "/history.tsv", out + "/curves.png", out + "/progress.png",
    json.loads({recipe!r}), 11, {out!r} + "/state", 2, "code", checkpoint_seconds=0.0)
"""


def train(folder, dataset, recipe, kills=0):
    """Run a training in a process of its own and kill it at `kills` random moments; weights and history."""
    folder.mkdir()
    program = RUN.format(scripts=str(ROOT / "workflow/scripts"), out=str(folder), dataset=str(dataset), recipe=json.dumps(recipe))
    moments = random.Random(kills)
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    while True:
        process = subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True)
        if kills:
            # Killed some time after the first state of this attempt: early, late, or while a state is being written.
            before = {path: path.stat().st_mtime_ns for path in folder.glob("state/*.npz")}
            while process.poll() is None and {path: path.stat().st_mtime_ns for path in folder.glob("state/*.npz")} == before:
                time.sleep(0.005)
            time.sleep(moments.uniform(0, 0.2))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills -= 1
        error = process.communicate()[1]
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, error
    import keras

    weights = keras.saving.load_model(folder / "generator.keras", compile=False).get_weights()
    with open(folder / "history.tsv") as stream:
        history = [{key: value for key, value in row.items() if key != "images_per_s"} for row in csv.DictReader(stream, delimiter="\t")]
    assert not (folder / "state").exists()
    return weights, history


def assert_survives_kills(folder, dataset, recipe, kills):
    """A training killed `kills` times ends with the weights and the history, to the bit, of one that was left alone."""
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(train, folder / name, dataset, recipe, count) for name, count in (("whole", 0), ("killed", kills))]
    (whole, rows), (killed, killed_rows) = (run.result() for run in running)
    assert all(np.array_equal(a, b) for a, b in zip(whole, killed, strict=True))
    assert rows == killed_rows
    assert len(rows) == recipe["steps"]
