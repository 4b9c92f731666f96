"""The processes that a script runs under: which Snakemake started it, and whether that is still there."""

import os
import time
from pathlib import Path


def _describe(pid):
    """State, parent and start (clock ticks since the machine's start) of a process, or None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name, in brackets, and may hold anything.
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[1]), int(fields[19])


def _is_snakemake(pid):
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    # snakemake ..., python bin/snakemake ..., python -m snakemake ...; a shell between has all of its command in one argument.
    return b"snakemake" in [argument.rpartition(b"/")[2] for argument in arguments[:4]]


def nearest_snakemake():
    """The nearest process above this one that is Snakemake, as (pid, start); None without one."""
    pid = os.getppid()
    while pid > 1 and (known := _describe(pid)):
        if _is_snakemake(pid):
            return pid, known[2]
        pid = known[1]
    return None


def is_running(process):
    """Whether a process, (pid, start), is there still; its number may be another's by now."""
    known = _describe(process[0])
    return known is not None and known[0] not in "ZX" and known[2] == process[1]


def seconds_since_start():
    """How long this process has run, by a clock that nobody sets."""
    known = _describe(os.getpid())
    return time.clock_gettime(time.CLOCK_BOOTTIME) - known[2] / os.sysconf("SC_CLK_TCK") if known else time.process_time()
