"""When a training must end before it is done: by a signal, before a batch system's time limit, or because its Snakemake is gone."""

import logging
import os
import signal
import time

from .. import runlog
from ..processes import is_running, seconds_since_start

SIGNALS = (signal.SIGTERM, signal.SIGINT)
BATCH_SYSTEMS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
# What ends a training is an update, a state, and the end of Python and of Snakemake. The last two take some seconds whatever is trained;
# a state may take longer than the one before, on a disk that others write to as well.
LEAST_MARGIN_SECONDS = 20.0
SAVES_IN_MARGIN = 3
LOOK_SECONDS = 1.0


def seconds_allowed(runtime, environment=os.environ):
    """Seconds that a training has from now on in a batch job; None without a limit, as outside one.

    Parameters
    ----------
    runtime : number or None
        What its rule asks for, in minutes from the start of this process. SLURM's own word on when the job ends goes before it: the job
        began before the process, perhaps by minutes.
    environment : mapping
    """
    if not any(name in environment for name in BATCH_SYSTEMS):
        return None
    if environment.get("SLURM_JOB_END_TIME", "").isdigit():
        return int(environment["SLURM_JOB_END_TIME"]) - time.time()
    return 60 * runtime - seconds_since_start() if runtime else None


class Ending:
    """Say whether a training must end now, and why; a context, in which signals wait for the update that runs.

    Parameters
    ----------
    runtime : number, optional
        See `seconds_allowed`.
    """

    def __init__(self, runtime=None):
        self.caller, self.signal, self.looked, self.orphaned, self.before = runlog.caller(), None, 0.0, False, {}
        allowed = seconds_allowed(runtime)
        self.limit = None if allowed is None else time.monotonic() + allowed
        if allowed is not None:
            logging.info("This batch job has %.0f s left.", allowed)

    def __enter__(self):
        for number in SIGNALS:
            # Who started it in the background has it ignore Ctrl-C.
            if signal.getsignal(number) != signal.SIG_IGN:
                self.before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *error):
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _take(self, number, frame):
        self.signal = signal.Signals(number).name

    def is_orphan(self):
        """Whether the Snakemake that started this process is gone: nobody will take what it makes."""
        self.orphaned = self.orphaned or (self.caller is not None and not is_running(self.caller))
        return self.orphaned

    def reason(self, save_seconds):
        """Why a training must end after this update, in words that follow "stopped"; None where it goes on.

        Parameters
        ----------
        save_seconds : float
            How long what may come before the end took the last time: to save a state, and to look at quality.
        """
        now = time.monotonic()
        if self.signal:
            return f"by {self.signal}"
        if self.limit is not None and now > self.limit - max(LEAST_MARGIN_SECONDS, SAVES_IN_MARGIN * save_seconds):
            return "before its time limit"
        if now - self.looked >= LOOK_SECONDS:
            self.looked = now
            self.is_orphan()
        return "because its Snakemake is gone" if self.orphaned else None
