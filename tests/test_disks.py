"""Disks that are full or closed: one sentence that names the file, nothing half written, and what was there before is there still."""

import errno
import os
import subprocess
import sys
import time

import pytest
from gan_training import SCRIPTS

from neuroturing.errors import REFUSALS, InputError, refused
from neuroturing.io import files
from neuroturing.io.files import complete, write_text

# In a script of Snakemake, of which the library sees a log, on a disk of its own.
SCRIPT = """
import sys, types
sys.path.insert(0, {scripts!r})
snakemake = types.SimpleNamespace(log=[{log!r}])
from neuroturing.runlog import log_to
from neuroturing.imageset import ImageSet, make_labels, write_imageset
from neuroturing.io.files import write_figure, write_png, write_table
from neuroturing.gan import state
import numpy as np
noise = np.random.default_rng(1).integers(0, 256, (40, 64, 64), np.uint8)
value = types.SimpleNamespace(numpy=lambda: noise)
kinds = {{
    "table.tsv": lambda path: write_table(path, [{{"a": "x" * 1000}}] * 400),
    "images.npz": lambda path: write_imageset(path, ImageSet(noise, make_labels(40, image=[str(k) for k in range(40)]), {{}})),
    "image.png": lambda path: write_png(path, noise.reshape(1280, -1)),
    "state.npz": lambda path: state.save(path, [value], {{"step": 1}}),
}}
kind = sys.argv[1]
with log_to({log!r}):
    kinds[kind](sys.argv[2] + "/" + kind)
"""
MOUNT = 'mount -t tmpfs -o size=64k tmpfs "$1" && echo kept > "$1/$3" && {then} && "$2" "$4" "$3" "$1"; echo $?; ls -A "$1"; cat "$1/$3"'
CAN_MOUNT = subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not CAN_MOUNT, reason="only root can mount a small disk")
@pytest.mark.parametrize("kind", ["table.tsv", "images.npz", "image.png", "state.npz"])
@pytest.mark.parametrize(("then", "found"), [("true", "No space left on device"), ('mount -o remount,ro "$1"', "Read-only file system")])
def test_a_full_or_closed_disk_is_one_sentence(tmp_path, kind, then, found):
    disk, script, log = tmp_path / "disk", tmp_path / "script.py", tmp_path / "log"
    disk.mkdir()
    script.write_text(SCRIPT.format(scripts=str(SCRIPTS), log=str(log)))
    command = ["unshare", "-m", "sh", "-c", MOUNT.format(then=then), "sh", str(disk), sys.executable, kind, str(script)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.stdout == f"1\n{kind}\nkept\n", "nothing half written, and what was there"
    assert run.stderr.startswith(f"ERROR: {disk / kind}\n  found:    {found}\n  expected: ") and len(run.stderr.splitlines()) == 4
    assert "Traceback" not in log.read_text()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_what_a_full_disk_keeps_from_the_log_is_on_the_screen(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(scripts=str(SCRIPTS), log="/dev/full"))
    run = subprocess.run([sys.executable, script, "table.tsv", "/proc/none"], capture_output=True, text=True)
    assert run.returncode == 1 and "Logging error" not in run.stderr
    run = subprocess.run(
        [sys.executable, script, "table.tsv", "/proc/none"], capture_output=True, text=True, env=os.environ | {"NEUROTURING_WATCHED": "1"}
    )
    assert run.returncode == 1 and "ERROR" in run.stderr


@pytest.mark.parametrize("number", REFUSALS)
def test_a_refusal_names_the_file_and_what_to_do(tmp_path, number):
    with pytest.raises(OSError) as caught:
        with complete(tmp_path / "a.tsv") as partial:
            partial.write_text("half")
            raise OSError(number, os.strerror(number))
    message = str(refused(caught.value))
    assert message.startswith(f"{tmp_path / 'a.tsv'}\n  found:    {os.strerror(number)}\n")
    assert isinstance(refused(caught.value), InputError) and list(tmp_path.iterdir()) == []


def test_other_errors_are_faults_of_the_code():
    assert refused(OSError(errno.ENOTDIR, "x")) is None and refused(OSError("x")) is None


def test_what_killed_processes_left_is_removed(tmp_path):
    """Half a file of a process of this host that is gone, and of another host after a day; nothing of one that may be writing."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    here, there = files._host(), "0" * 8
    assert here != there
    names = [f".partial-{here}-{process.pid}-a.tsv", f".partial-{here}-{process.pid}-b", f".partial-{there}-7-c"]
    kept = [f".partial-{here}-{os.getppid()}-a.tsv", f".partial-{there}-{process.pid}-a.tsv", ".other", "partial-a"]
    for name in [*names, *kept]:
        (tmp_path / name).write_text("half")
    (tmp_path / names[1]).unlink()
    (tmp_path / names[1]).mkdir()
    (tmp_path / names[1] / "image.png").write_text("half")
    os.utime(tmp_path / names[2], (0, time.time() - files.STALE_SECONDS - 60))
    write_text(tmp_path / "a.tsv", "whole\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a.tsv", *kept])
