"""What a run has done and what is left, from Snakemake's events, the jobs' logs and the trainings' progress."""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

# The order in which stages are shown; others follow as they come.
STAGES = ("cohort", "align", "cut", "train", "create", "read", "measure", "examine", "render")
RENAMED = {"report": "render"}
TRACEBACK = "Traceback (most recent call last):"


def stage_of(rule, file):
    """Stage of a rule, after the file that it is in; '' for a target, which is in no rule file."""
    stem = Path(file).stem
    if stem == "gan":
        return "train" if rule.startswith("train") else "create"
    return RENAMED.get(stem, stem) if str(file).endswith(".smk") else ""


def read_progress(path, since=0.0):
    """How far a training is: step, total, images_per_s, seconds_left; None where that is not known, or was written before `since`."""
    try:
        if path is None or Path(path).stat().st_mtime < since - 1:
            return None
        known = json.loads(Path(path).read_text(encoding="utf-8"))
        return known if known["total"] > 0 and known["step"] >= 0 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def reason(log):
    """Why a script failed, after its log: the message of its last error, or the log's last lines; '' where it says nothing."""
    try:
        text = Path(log).read_text(encoding="utf-8", errors="replace")[-20000:]
    except OSError:
        return ""
    # Python's word on what went wrong while it took things away comes after the reason.
    text = re.sub(r"(?m)^Exception ignored in.*\n(?:Traceback.*\n(?: .*\n)*.*\n?)?", "", text)
    # TensorFlow's own lines (E0000 00:00:...) say nothing about the failure.
    text = "\n".join(line for line in text.splitlines() if line.strip() and not re.match(r"[IWEF]\d{4} |WARNING: All log messages", line))
    blocks = [block for block in re.split(r"(?m)^(?=\d\d:\d\d:\d\d [A-Z]+ )", text) if re.match(r"\S+ (ERROR|CRITICAL) ", block)]
    message = blocks[-1].split(" ", 2)[2].rstrip() if blocks else "\n".join(text.splitlines()[-10:])
    return message.splitlines()[-1] if TRACEBACK in message else message


@dataclass
class Job:
    """One job that runs.

    `text` is the rule's message; `progress` the file in which a training says how far it is; `read` how much of the log was read.
    """

    rule: str
    stage: str
    text: str
    started: float
    log: str | None = None
    threads: int = 1
    progress: str | None = None
    read: int = 0

    def warnings(self):
        """Warnings that the log got since the last call, each as one line."""
        try:
            state = Path(self.log or "").stat()
            # An older log lies there until the script empties it.
            if self.log is None or state.st_mtime < self.started or state.st_size == self.read:
                return []
            with open(self.log, "rb") as stream:
                stream.seek(self.read if state.st_size > self.read else 0)
                whole = stream.read()
        except OSError:
            return []
        whole = whole[: whole.rfind(b"\n") + 1]
        self.read = (self.read if state.st_size > self.read else 0) + len(whole)
        return re.findall(r"(?m)^\d\d:\d\d:\d\d WARNING (.*)$", whole.decode("utf-8", errors="replace"))


class Run:
    """Count of a run's jobs by stage, the jobs that run now, and how long the rest may take.

    Parameters
    ----------
    stages : dict
        Stage of each rule.
    cores : int or None
        None on a cluster: as many as are in use.
    """

    def __init__(self, stages, cores=None):
        self.stages, self.cores = stages, cores
        self.planned, self.ended, self.seconds, self.threads = {}, {}, {}, {}
        self.running, self.lost, self.total, self.done = {}, {}, 0, 0
        self.started = time.time()

    def plan(self, counts):
        """Take Snakemake's count of jobs by rule."""
        self.planned = {rule: count for rule, count in counts.items() if rule != "total"}
        self.total = counts.get("total", sum(self.planned.values()))

    @property
    def failed(self):
        """Jobs that failed, and were not started again."""
        return len(self.lost)

    def start(self, number, rule, text, log, threads, wildcards):
        """Take a job as running; `text` is its rule's message."""
        self.lost.pop(number, None)
        stage = self.stages.get(rule, rule)
        keys = ("study", "dataset", "recipe")
        trains = stage == "train" and all(key in wildcards for key in keys)
        progress = "results/{study}/training_state/{dataset}/{recipe}/progress.json".format(**wildcards) if trains else None
        self.threads[rule] = threads or 1
        self.running[number] = Job(rule, stage, text, time.time(), log, threads or 1, progress)

    def finish(self, number, failed=False):
        """Take a job as ended; returns it, or None where it is not known."""
        job = self.running.pop(number, None)
        if failed:
            self.lost[number] = job.rule if job else ""
        elif job:
            self.done += 1
            self.ended[job.rule] = self.ended.get(job.rule, 0) + 1
            self.seconds[job.rule] = self.seconds.get(job.rule, 0.0) + time.time() - job.started
        return job

    def count(self):
        """Jobs by stage, done and in all, in the order of the stages; targets are left out."""
        found = {}
        for rule, planned in self.planned.items():
            stage = self.stages.get(rule, rule)
            if stage:
                done, total = found.get(stage, (0, 0))
                found[stage] = (done + self.ended.get(rule, 0), total + planned)
        order = {stage: place for place, stage in enumerate(STAGES)}
        return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(STAGES))))

    def seconds_left(self):
        """How long the rest may take, from how long jobs of the same rules took; None where that is not known yet, or nothing is left."""
        if not self.seconds or self.done + self.failed >= self.total:
            return None
        known = {rule: seconds / self.ended[rule] for rule, seconds in self.seconds.items()}
        usual = sorted(known.values())[len(known) // 2]
        cores = self.cores or max(1, sum(job.threads for job in self.running.values()))
        work = longest = 0.0
        for job in self.running.values():
            shown, spent = read_progress(job.progress, job.started), time.time() - job.started
            if shown and shown.get("seconds_left") is not None:
                left = shown["seconds_left"]
                known.setdefault(job.rule, spent + left)
            elif job.rule in known or job.stage != "train":
                left = max(0.0, known.get(job.rule, usual) - spent)
            else:
                return None  # nothing else in a run is like a training
            work, longest = work + left * min(job.threads, cores), max(longest, left)
        for rule, planned in self.planned.items():
            stage = self.stages.get(rule, rule)
            begun = [*(job.rule for job in self.running.values()), *self.lost.values()].count(rule)
            waiting = planned - self.ended.get(rule, 0) - begun
            if stage and waiting > 0:
                if stage == "train" and rule not in known:
                    return None
                work += waiting * known.get(rule, usual) * min(self.threads.get(rule, 1), cores)
        return max(longest, work / cores)
