"""Through a real SLURM, with a job cancelled, one out of time and a node lost on the way, a run gives what it gives on one machine."""

import contextlib
import os
import shutil
import subprocess
import sys
import time

import psutil
import pytest
import yaml
from tiny import TINY

from neuroturing.config.merge import merged
from neuroturing.io.files import read_table

PATIENCE = 1800  # seconds
SAME_THREADS = ["--max-threads", "1"]
TIMED = {"images_per_s"}  # columns that tell how fast it went


def command(*words, check=True):
    """What a command prints."""
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=60).stdout


def slurm_answers():
    """Whether there is a SLURM to send jobs to."""
    return bool(shutil.which("sbatch") and shutil.which("sinfo")) and subprocess.run(["sinfo"], capture_output=True).returncode == 0


pytestmark = [pytest.mark.slurm, pytest.mark.skipif(not slurm_answers(), reason="no SLURM answers on this machine")]


@pytest.fixture
def cluster(checkout):
    """The project's profile with this cluster's partitions and the user's own account."""
    partitions = [line.split("|") for line in command("sinfo", "--noheader", "--format=%P|%G|%D").splitlines()]
    ordinary = next(name.rstrip("*") for name, *_ in partitions if name.endswith("*"))
    # One that is lost gets no new job while a run lasts: with one GPU alone there would be no trainings after it.
    gpu = next((name.rstrip("*") for name, gres, nodes in partitions if "gpu" in gres and int(nodes) > 1), None)
    path = checkout / "profiles/slurm/config.yaml"
    profile = yaml.safe_load(path.read_text())
    training = {"slurm_partition": f"'{gpu}'", "gpu": 1} if gpu else {"slurm_partition": f"'{ordinary}'", "gpu": 0}
    profile["set-resources"]["train_gan"] |= training
    profile |= {"latency-wait": 10, "slurm-init-seconds-before-status-checks": 3}
    path.write_text(yaml.safe_dump(profile))
    return checkout


class Run:
    """A run of the project in a folder, whose SLURM jobs are hurt while it goes on."""

    def __init__(self, folder, *arguments):
        self.log = folder / "run.log"
        words = [sys.executable, "-m", "snakemake", *SAME_THREADS, *arguments]
        with open(self.log, "w") as stream:
            self.process = subprocess.Popen(words, cwd=folder, stdout=stream, stderr=subprocess.STDOUT)

    def jobs(self):
        """SLURM's jobs that run now: [(id, name of rule or group, node)]."""
        lines = command("squeue", "--noheader", "--states=RUNNING", "--format=%i|%k|%N").splitlines()
        return [tuple(line.split("|")) for line in lines]

    def wait_for_job(self, name, besides=()):
        """Id and node of a running job whose rule and wildcards begin so, other than some."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            for job, comment, node in self.jobs():
                if comment.startswith(f"rule_{name}") and job not in besides:
                    return job, node
            time.sleep(1)
        raise AssertionError(f"no job of {name}: {self.log.read_text()[-3000:]}")

    def finish(self):
        """Exit status and what was printed."""
        return self.process.wait(PATIENCE), self.log.read_text()


def lose_node(node):
    """Kill a node's daemon and all that it runs, as when it loses its power."""
    jobs = command("squeue", "--noheader", "--states=RUNNING", f"--nodelist={node}", "--format=%i").split()
    for process in psutil.process_iter(["name", "cmdline"]):
        words = process.info["cmdline"] or [""]
        if process.info["name"] == "slurmd" and node in words:
            process.kill()
        if any(words[0].startswith(f"slurmstepd: [{job}.") for job in jobs):
            for victim in [*process.children(recursive=True), process]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    victim.kill()


def find_node(node):
    """Start a node's daemon again, and wait until SLURM knows it."""
    subprocess.run(["slurmd", "-N", node], check=True)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if command("sinfo", "--noheader", f"--nodes={node}", "--format=%t").split()[0] in ("idle", "mix", "alloc"):
            return
        time.sleep(2)
    raise AssertionError(command("sinfo"))


def tables_and_weights(folder):
    """Content of every table, and of every file of images or weights, by its path under results/; columns of speed left out."""
    found = {}
    for path in sorted((folder / "results").rglob("*")):
        if path.suffix == ".tsv":
            table = read_table(path)
            found[str(path.relative_to(folder))] = table.drop(columns=TIMED.intersection(table.columns)).to_csv()
        elif path.suffix in (".npz", ".keras") and path.name != "training.npz":
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def test_a_run_through_slurm_survives_and_gives_what_a_local_run_gives(cluster, write, tmp_path_factory):
    # One training takes longer than the minute that is the least time limit.
    mine = write("tiny.yaml", merged(TINY, {"override": {"recipes": {"dcgan": {"steps": 2000}}}}))
    local = shutil.copytree(cluster, tmp_path_factory.mktemp("local") / "copy")
    run = Run(cluster, "--workflow-profile", "profiles/slurm", "--configfile", mine)
    try:
        hurt(run)
    finally:
        run.process.kill()
    status, log = Run(local, "--cores", "2", "--configfile", mine).finish()
    assert status == 0, log
    expected = tables_and_weights(local)
    assert len(expected) > 60
    assert tables_and_weights(cluster) == expected


def hurt(run):
    """A whole run through SLURM in which a training is out of time, one is cancelled, and one loses its node."""
    cancelled, _ = run.wait_for_job("train_gan")
    command("scancel", cancelled)
    lost = None
    if os.geteuid() == 0:
        lost, node = run.wait_for_job("train_gan", besides=[cancelled])
        lose_node(node)
        time.sleep(60)  # until SLURM has missed it
        find_node(node)
    late, _ = run.wait_for_job("train_gan_wildcards_koshino2018", besides=[cancelled, lost])
    command("scontrol", "update", f"JobId={late}", "TimeLimit=1")
    status, log = run.finish()
    assert status == 0, log
    states = command("sacct", "--noheader", "--allocations", "--format=State", f"--jobs={late}", check=False).split()
    assert not states or states[0] == "TIMEOUT", states
