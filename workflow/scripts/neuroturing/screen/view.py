"""How a run looks: stages, trainings and time left on a terminal; in a file, a line now and then."""

import atexit
import logging
import os
import re
import threading
import time
from pathlib import Path

from ..runlog import WATCHED
from .jobs import Run, read_progress, reason, stage_of

try:
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text
except ImportError:  # Snakemake alone does not bring it: lines then, on a terminal too
    Console = None

# What a person should know of what Snakemake says without raising its voice; all of it is in .snakemake/log.
TOLD = re.compile(r"Nothing to be done|Creating conda environment|Environment for .* created|Trying to restart job|The report is in")
# What the view says better itself.
REPEATED = re.compile(r"Exiting because a job execution failed|WorkflowError:\s+At least one job did not complete")
ROWS = 8  # of running jobs
# What Snakemake says of a folder that is in use ends in "with the --unlock argument", which is nothing to type.
LOCKED = """{folder} is in use: another Snakemake runs there, or one was killed.
  Where one runs, let it end. Where none does, type
      snakemake --unlock
  and then the same command again: what was made is kept, and a training goes on where it was."""


def duration(seconds):
    """A time in words, as exact as a guess deserves: 40 s, 9 min, 2 h 10 min, 3 d 4 h."""
    minutes = round(seconds / 60)
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 1440 else f"{minutes // 1440} d {minutes % 1440 // 60} h"


def take_over(workflow):
    """Show this view instead of Snakemake's listing of jobs, from the start of the work on.

    Snakemake's own listing stays where its user asks for more or less of it (--verbose, --printshellcmds, --quiet), in a dry run, under
    another --logger, and in the jobs that Snakemake starts. An InputError is shown without the lines of the Snakefile in any case.
    """
    chosen = workflow.output_settings
    listing = chosen.dryrun or chosen.verbose or chosen.printshellcmds or chosen.quiet or chosen.debug_dag
    for handler in logging.getLogger("snakemake.logging").handlers:
        if handler.name == "DefaultStreamHandler" and workflow.exec_mode.name == "DEFAULT":
            handler.addFilter(View(workflow, handler.stream, listing, chosen.nocolor).filter)


def without_places(message):
    """A message for people, without Snakemake's name for it and the lines of the Snakefile; any other message as it is."""
    own = re.match(r"(InputError|WorkflowError) in file .*, line \d+:\n", message)
    return re.sub(r'(?m)^  File ".*", line \d+.*\n?', "", message[own.end() :]).rstrip() if own else message


class View:
    """Takes Snakemake's log records in, and shows what a person needs of them.

    Parameters
    ----------
    workflow : snakemake Workflow
        Its rules say which stage each is of.
    stream : text file
    listing : bool
        Snakemake lists the jobs itself.
    plain : bool
        No colours.
    """

    def __init__(self, workflow, stream, listing=False, plain=False):
        self.workflow, self.stream, self.listing = workflow, stream, listing
        self.run, self.live, self.over, self.trouble = None, None, False, ""
        self.lock, self.ending = threading.RLock(), threading.Event()
        self.said, self.next_line, self.stages_done = set(), 60.0, set()
        terminal = Console is not None and getattr(stream, "isatty", lambda: False)() and os.environ.get("TERM") != "dumb"
        self.console = Console(file=stream, no_color=plain or None, highlight=False) if terminal else None

    def filter(self, record):
        """Decide on a record of Snakemake: False where this view has dealt with it, True where Snakemake is to print it."""
        event = getattr(record, "event", None)
        with self.lock:
            if event == "workflow_started" and not self.listing:
                self._begin()
            if record.levelno >= logging.ERROR and "Directory cannot be locked" in record.getMessage():
                self.say(LOCKED.format(folder=os.getcwd()), "red", stamp=False)
                return False
            if self.run is None:
                if event == "error" and record.getMessage().startswith("InputError in file"):
                    self.say(without_places(record.getMessage()), "red", stamp=False)
                    return False
                return True
            try:
                return bool(self._take(event, record))
            except Exception:
                return True  # a view must not hide a failure

    def _begin(self):
        rules = {rule.name: stage_of(rule.name, rule.snakefile) for rule in self.workflow.rules}
        cores = self.workflow.resource_settings.cores if self.workflow.local_exec else None
        self.run = Run(rules, cores)
        os.environ[WATCHED] = "1"
        threading.Thread(target=self._tick, daemon=True).start()
        atexit.register(self.close)

    def _take(self, event, record):
        """Deal with a record; returns True where it is not this view's."""
        known = record.__dict__
        message = "" if record.msg is None else record.getMessage().strip()
        if event == "run_info":
            self.run.plan(known["stats"])
            parts = [f"{stage} {total}" for stage, (_, total) in self.run.count().items()]
            self.say(f"{self.run.total} jobs: {', '.join(parts)}" if parts else f"{self.run.total} jobs")
            if self.console:
                self.live = Live(console=self.console, auto_refresh=False, transient=True, get_renderable=self.draw)
                self.live.start()
        elif event == "job_info":
            text = known["rule_msg"] or f"{known['rule_name']} {' '.join(dict(known['wildcards']).values())}".strip()
            log = known["log"][0] if known["log"] else None
            self.run.start(known["jobid"], known["rule_name"], text, log, known["threads"], dict(known["wildcards"]))
        elif event == "job_finished":
            self._warn(self.run.finish(known["job_id"]))
        elif event == "job_error":
            self._fail(known)
        elif event == "error" and re.search(r"CalledProcessError|SpawnedJobError", message):
            self.trouble = message  # its job's error, with the log, comes next
        elif record.levelno >= logging.WARNING and event in (None, "error"):
            if event is None and record.levelno == logging.WARNING:
                self.say(f"warning: {message}", "yellow")
            elif not REPEATED.search(message):
                self.say(without_places(message), "red")
        elif event is None and TOLD.search(message):
            self.say(message)
        elif event is None and message.startswith(("Complete log", "Elapsed time")):
            self.close()
        return event == "group_error"

    def _warn(self, job):
        for text in job.warnings() if job else []:
            if text not in self.said:
                self.said.add(text)
                self.say(f"warning: {text}", "yellow")

    def _fail(self, known):
        job = self.run.running.get(known["jobid"])
        self._warn(job)
        self.run.finish(known["jobid"], failed=True)
        why = next(filter(None, [*map(reason, known["log"]), known["rule_msg"], self.trouble]), "no reason is known")
        stopped, self.trouble = re.search(r"Signals.SIG(INT|TERM)", self.trouble), ""
        text = job.text if job else known["rule_name"]
        if stopped or why.startswith("stopped "):
            self.say("\n  ".join([f"stopped: {text}", *([] if stopped else why.splitlines())]))
            return
        self.say("\n  ".join([f"failed: {text}", *why.splitlines(), *(f"its log:  {log}" for log in known["log"])]), "red")

    def say(self, text, style="", stamp=True):
        """Print a message, whole and once, above what moves."""
        text = time.strftime("%H:%M ") * stamp + text
        if self.console:
            self.console.print(Text(text, style=style), soft_wrap=True)
        else:
            print(text, file=self.stream, flush=True)

    def _tick(self):
        while not self.ending.wait(0.5):
            with self.lock:
                for job in list(self.run.running.values()):
                    self._warn(job)
                if self.live:
                    self.live.refresh()
                elif not self.console and self.run.done + self.run.failed < self.run.total:
                    self._line()

    def _line(self):
        """Say where the run stands: where a stage has ended, and each minute or, later, more rarely."""
        ended = {stage for stage, (done, total) in self.run.count().items() if done == total}
        since = time.time() - self.run.started
        if since >= self.next_line or ended != self.stages_done:
            self.next_line, self.stages_done = since + max(60, since / 12), ended
            self.say(self.summary())

    def summary(self):
        """Where the run stands, as one line."""
        now = {job.stage for job in self.run.running.values()}
        parts = [f"{stage} {done} of {total}" for stage, (done, total) in self.run.count().items() if stage in now]
        for job in self.run.running.values():
            shown = read_progress(job.progress, job.started)
            if shown and len(parts) < 5:
                parts.append(f"{'/'.join(Path(job.progress).parts[-3:-1])} {100 * shown['step'] // shown['total']} %")
        left = self.run.seconds_left()
        parts += [f"{self.run.done} of {self.run.total} jobs"] + ([f"{self.run.failed} failed"] if self.run.failed else [])
        return ", ".join(parts + ([f"about {duration(left)} left"] if left is not None else []))

    def draw(self):
        """The moving part: a bar for each stage, then the jobs that run."""
        run, left = self.run, self.run.seconds_left()
        head = f"{run.done} of {run.total} jobs, {duration(time.time() - run.started)} so far"
        table = Table.grid(padding=(0, 2))
        for stage, (done, total) in run.count().items():
            busy = any(job.stage == stage for job in run.running.values())
            bar = ProgressBar(total=total, completed=done, width=30)
            table.add_row(Text(stage, style="bold" if busy else "dim" if done == total else ""), bar, f"{done} of {total}")
        jobs = Table.grid(padding=(0, 2))
        for job in list(run.running.values())[:ROWS]:
            shown = read_progress(job.progress, job.started)
            cells = [Text(job.text, overflow="ellipsis", no_wrap=True)]
            if shown:
                step, total, speed, rest = (shown.get(key) for key in ("step", "total", "images_per_s", "seconds_left"))
                cells += [ProgressBar(total=total, completed=step, width=15), f"step {step:,} of {total:,}"]
                cells += [f"{speed:,.0f} images/s" if speed else "", f"{duration(rest)} left" if rest is not None else ""]
            jobs.add_row(*cells)
        head += f", about {duration(left)} left" if left is not None else ""
        head += f", {run.failed} failed" if run.failed else ""
        more = len(run.running) - ROWS
        return Group(Text(head), table, Text(""), jobs, *([Text(f"and {more} more")] if more > 0 else []))

    def close(self):
        """Take the moving part away, and say how it ended."""
        with self.lock:
            if self.over:
                return
            self.over = True
            self.ending.set()
            if self.live:
                self.live.stop()
                self.live = None
            run = self.run
            if run.total:
                ended = f"{run.done} of {run.total} jobs done in {duration(time.time() - run.started)}"
                missing = run.total - run.done - run.failed
                if run.failed:
                    ended += f", {run.failed} failed" + (f", {missing} could not start" if missing else "") + ": the reasons are above"
                self.say(ended)
