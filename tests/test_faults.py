"""What goes wrong around a run: processes killed, disks full or closed, files touched, clocks that are wrong, folders in use."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image
from test_workflow import planned

STUDY = """
title: Tiny
cuts:
  axial: {rule: images, images: real}
data:
  ax: {label: Axial, cut: axial}
models:
  ax: [{recipe: alpha, images: made}, {recipe: dcgan}]
samples: {real: 4, created: 4}
"""
SHORT = {"base_filters": 4, "batch": 4, "precision": "float32"}
MADE = "results/tiny/samples/ax/alpha.npz"
MODEL = "results/tiny/models/ax/dcgan/generator.keras"


def write_images(folder, count, side, seed):
    """Grey PNG of noise, which no compression makes smaller."""
    folder.mkdir(parents=True)
    for k in range(count):
        pixels = np.random.default_rng([seed, k]).integers(0, 256, (side, side), np.uint8)
        Image.fromarray(pixels).save(folder / f"slice{k}.png")


@pytest.fixture
def tiny(tmp_path_factory, write):
    """A study of made-up images with one model to train; gives its configuration, for so many updates, as options of Snakemake."""
    folder = tmp_path_factory.mktemp("elsewhere") / "tiny"

    def make(side=16, steps=20, **more):
        if not folder.exists():
            write_images(folder / "real", 12, side, 1)
            write_images(folder / "made", 4, side, 2)
            (folder / "study.yaml").write_text(STUDY)
        content = {"studies": [str(folder)], "override": {"recipes": {"dcgan": SHORT | {"steps": steps}}, "tiny": more}}
        return "--configfile", write("mine.yaml", content)

    make.folder = folder
    return make


def replanned(snakemake, *arguments):
    """Rules that a dry run would run again."""
    run = snakemake("--dry-run", *arguments)
    assert run.returncode == 0, run.stdout
    return set(planned(run.stdout)) if "Job stats:" in run.stdout else set()


def move_in_time(path, seconds):
    """Change nothing of a file but when it was changed."""
    when = time.time() + seconds
    os.utime(path, (when, when))


def test_what_was_touched_is_not_made_again_and_what_was_changed_is(snakemake, checkout, tiny):
    """A cut of 4 MB, more than Snakemake by itself compares by content; dated to the future, it is not made again for ever either."""
    options = (*tiny(side=600), "--", "results/tiny/real/ax.npz", MADE)
    run = snakemake(*options)
    assert run.returncode == 0, run.stdout
    cut, script = checkout / "results/tiny/cuts/axial.npz", checkout / "workflow/scripts/cut.py"
    assert cut.stat().st_size > 2_000_000
    for path in (cut, script, checkout / "workflow/scripts/draw_real.py", tiny.folder / "real", tiny.folder / "real/slice0.png"):
        move_in_time(path, 3600)
    text = script.read_text()
    script.write_text(text + "# no matter\n")
    targets = options[2:]
    assert replanned(snakemake, *tiny(steps=21), *targets) == set(), "touched, dated to the future, or of no concern"
    Image.fromarray(np.zeros((600, 600), np.uint8)).save(tiny.folder / "made/slice0.png")
    assert replanned(snakemake, *tiny(), *targets) == {"import_created"}
    assert replanned(snakemake, *tiny(samples={"real": 3}), *targets) == {"draw_real", "import_created"}
    script.write_text(text + "\nprint()\n")
    assert replanned(snakemake, *tiny(), *targets) == {"cut", "draw_real", "import_created"}


def test_a_folder_in_use_says_what_to_type(snakemake, checkout, tiny):
    locks = checkout / ".snakemake/locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text(MADE + "\n")
    run = snakemake(*tiny(), "--", MADE)
    assert run.returncode != 0 and "another Snakemake runs there, or one was killed" in run.stdout
    assert re.search(r"(?m)^ *snakemake --unlock$", run.stdout) and "Traceback" not in run.stdout and "LockException" not in run.stdout
    assert snakemake("--unlock").returncode == 0
    assert not list(locks.glob("*"))


def start(checkout, *arguments):
    """Start Snakemake."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    return subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def trainer(checkout, process):
    """Number of the process that trains, once it has made some updates."""
    progress, began = checkout / "results/tiny/training_state/ax/dcgan/progress.json", time.time()
    while not (progress.exists() and progress.stat().st_mtime > began and json.loads(progress.read_text())["images_per_s"]):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    return int((progress.parent / "lock").read_text().split()[0])


def is_there(pid):
    return subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()[:1] not in ("", "Z")


@pytest.mark.slow
def test_killed_runs_go_on_and_end_with_the_same_bytes(snakemake, checkout, tiny):
    """SIGKILL of Snakemake, then of the training, then SIGTERM of the training; to the bit what came of a run that was left alone."""
    options = (*tiny(steps=4000), "--", MODEL)
    process = start(checkout, *options)
    pid = trainer(checkout, process)
    process.kill()
    process.communicate()
    for _ in range(600):
        if not is_there(pid):
            break
        time.sleep(0.1)
    assert not is_there(pid), "a training does not outlive its Snakemake"
    log = checkout / "logs/train_gan/tiny/ax/dcgan.log"
    assert "stopped because its Snakemake is gone after update" in log.read_text()
    assert "snakemake --unlock" in snakemake(*options).stdout
    assert snakemake("--unlock").returncode == 0
    for number, told in ((signal.SIGKILL, "failed: Training dcgan"), (signal.SIGTERM, "stopped: Training dcgan")):
        process = start(checkout, *options)
        os.kill(trainer(checkout, process), number)
        output = process.communicate()[0]
        assert process.returncode != 0 and told in output, output
        assert "Going on after step" in log.read_text()
    assert "the state is kept, run again to go on" in output
    run = snakemake(*options)
    assert run.returncode == 0, run.stdout
    kept = (checkout / MODEL).read_bytes()
    (checkout / MODEL).unlink()
    assert snakemake(*options).returncode == 0
    assert (checkout / MODEL).read_bytes() == kept
