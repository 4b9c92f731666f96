"""When a training ends before it is done: by a signal, before a batch job's limit, or with its Snakemake."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from gan_faults import STOPPED, run
from gan_training import SCRIPTS
from image_sets import blocks, image_set
from test_gan_interrupted import tiny

from neuroturing.gan import ending
from neuroturing.gan.ending import Ending, seconds_allowed
from neuroturing.processes import is_running, nearest_snakemake, seconds_since_start

SNAKEMAKE = """
import subprocess, sys
subprocess.run(["/bin/bash", "-c", f"set -euo pipefail; {sys.executable} .snakemake/scripts/tmp.train_gan.py; true"])
"""
CHILD = """
import sys, time
sys.path.insert(0, {scripts!r})
from neuroturing import runlog
from neuroturing.processes import is_running, nearest_snakemake
caller = nearest_snakemake()
print(caller[0], flush=True)
while is_running(caller):
    time.sleep(0.01)
print("gone", flush=True)
"""


@pytest.mark.parametrize(
    ("environment", "least", "most"),
    [
        ({}, None, None),
        ({"SLURM_JOB_ID": "7"}, 3500, 3600),
        ({"PBS_JOBID": "7"}, 3500, 3600),
        ({"LSB_JOBID": "7"}, 3500, 3600),
        ({"JOB_ID": "7"}, 3500, 3600),
        ({"SLURM_JOB_ID": "7", "SLURM_JOB_END_TIME": "{soon}"}, 50, 60),
        ({"SLURM_JOB_END_TIME": "{soon}"}, None, None),
    ],
)
def test_a_batch_job_has_its_time_and_nothing_else_has(environment, least, most, monkeypatch):
    monkeypatch.setattr(ending, "seconds_since_start", lambda: 20.0)
    environment = {name: value.format(soon=int(time.time()) + 60) for name, value in environment.items()}
    allowed = seconds_allowed(60, environment)
    assert allowed is least is None or least <= allowed <= most
    assert seconds_allowed(None, {"PBS_JOBID": "7"}) is None


def test_a_training_ends_before_its_limit_by_what_it_takes_to_end(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(ending.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(ending, "seconds_allowed", lambda runtime: 300.0)
    limited = Ending(5)
    for left, save_seconds, over in ((21, 0.1, False), (19, 0.1, True), (91, 30, False), (89, 30, True)):
        now[0] = 1300.0 - left
        assert limited.reason(save_seconds) == ("before its time limit" if over else None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_waits_for_the_update(number):
    # Whoever starts the tests in the background has them ignore Ctrl-C.
    started, before = signal.getsignal(number), signal.default_int_handler
    signal.signal(number, before)
    with Ending() as asked:
        assert asked.reason(0.0) is None
        os.kill(os.getpid(), number)
        assert asked.reason(0.0) == f"by {signal.Signals(number).name}"
    assert signal.getsignal(number) == before
    signal.signal(number, signal.SIG_IGN)
    try:
        with Ending() as asked:
            os.kill(os.getpid(), number)
            assert asked.reason(0.0) is None, "one that was started to ignore it goes on"
    finally:
        signal.signal(number, started)


def test_the_snakemake_above_is_found_and_missed(tmp_path, monkeypatch):
    """Killed and not waited for by its parent it is a zombie, which is gone as well."""
    (tmp_path / "snakemake").write_text(SNAKEMAKE)
    child = tmp_path / ".snakemake/scripts/tmp.train_gan.py"
    child.parent.mkdir(parents=True)
    child.write_text(CHILD.format(scripts=str(SCRIPTS)))
    process = subprocess.Popen([sys.executable, "snakemake"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert int(process.stdout.readline()) == process.pid
    process.send_signal(signal.SIGKILL)
    assert process.stdout.readline() == "gone\n"
    process.communicate()
    assert nearest_snakemake() is None
    monkeypatch.setattr(ending.runlog, "caller", lambda: (os.getpid(), 1))
    assert Ending().reason(0.0) == "because its Snakemake is gone", "another process has its number"
    assert not is_running((os.getpid(), 1)) and 0 < seconds_since_start() < 1e6


def test_a_training_out_of_time_goes_on_when_run_again(tmp_path, monkeypatch):
    recipe, size = tiny("dcgan", 8)
    images = image_set(tmp_path / "set.npz", blocks(12, size))
    for _ in range(2):
        assert run(tmp_path / "cut", images, recipe, environment={"PBS_JOBID": "7"}, runtime=0.01) == STOPPED
    told = (tmp_path / "cut/log").read_text()
    stops = re.findall(r"stopped before its time limit after update (\d) of 8; the state is kept, run again to go on", told)
    assert stops == ["1", "2"]
    assert run(tmp_path / "cut", images, recipe, runtime=0.01) == 0, "outside a batch job nothing is cut off"
    assert run(tmp_path / "whole", images, recipe) == 0
    assert (tmp_path / "cut/generator.keras").read_bytes() == (tmp_path / "whole/generator.keras").read_bytes()
