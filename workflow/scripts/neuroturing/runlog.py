"""Send a script's messages to its log file, and to the screen what a person must see."""

import contextlib
import inspect
import logging
import os
import sys
import warnings
from pathlib import Path

from .errors import InputError, TrainingError, refused
from .processes import nearest_snakemake

# Set while the run's own view (neuroturing.screen) takes warnings and errors from the logs; they would stand on the screen twice.
WATCHED = "NEUROTURING_WATCHED"
# Inputs and parameters that a rule has for Snakemake and the report.
FOR_SNAKEMAKE = ("code", "caption", "checked")

_screen = None  # where a person reads, once what the process prints goes to its log
_caller = None  # the Snakemake that started the script


def begin():
    """Send what a script and its libraries print to the script's log, from their first import on.

    Called when the library is imported, and does nothing outside a script of Snakemake. TensorFlow's C++ side prints while it is
    imported, and an import that fails belongs in the log as well.
    """
    global _caller
    log = getattr(getattr(sys.modules["__main__"], "snakemake", None), "log", None)
    if log:
        # At once: one that is killed while TensorFlow is imported could not be found later.
        _caller = nearest_snakemake()
        _redirect(log[0])


def caller():
    """The Snakemake that started this script, as (pid, start); None outside one."""
    return _caller


def _redirect(path):
    """Let descriptors 1 and 2 end in a file, once for each process, and keep what was the screen."""
    global _screen
    if _screen is not None:
        return
    # A process that a script started has its log already: it must not empty it.
    inherited = Path(path).exists() and os.path.samestat(os.stat(path), os.fstat(2))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (0 if inherited else os.O_TRUNC)
    log = os.open(path, flags, 0o666)
    _screen = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _one_line(message, category, filename, lineno, line=None):
    return f"{' '.join(str(message).split())} ({category.__name__}, {Path(filename).name}:{lineno})"


class _Log(logging.FileHandler):
    """A log file; where it cannot be written, as on a full disk, what a person must see is on the screen."""

    def handleError(self, record):
        """Print the record."""
        if record.levelno >= logging.WARNING:
            print(self.format(record), file=_screen)


@contextlib.contextmanager
def log_to(path):
    """Log everything to a file, warnings and errors to the screen too; end the script with status 1 on an error.

    An InputError or TrainingError is shown as its message alone, and so is a disk that is full or closed; any other exception with its
    traceback. What libraries print of themselves goes to the file alone.
    """
    _redirect(path)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers.clear()
    whole = _Log(path, mode="a", encoding="utf-8")
    whole.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    root.addHandler(whole)
    if WATCHED not in os.environ:
        screen = logging.StreamHandler(_screen)
        screen.setLevel(logging.WARNING)
        screen.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        root.addHandler(screen)
    warnings.formatwarning = _one_line
    logging.captureWarnings(True)
    warnings.simplefilter("default", UserWarning)
    try:
        yield
    except (InputError, TrainingError) as error:
        logging.error("%s", error)
        sys.exit(1)
    except Exception as error:
        known = refused(error) if isinstance(error, OSError) else None
        logging.error("%s", known or "The script failed.", exc_info=None if known else error)
        sys.exit(1)


def run(main, job):
    """Call a script's `main` with what its rule names: inputs, outputs and params by name; `threads`, `runtime` where it wants them.

    Parameters
    ----------
    main : callable
    job : the `snakemake` object of a script
        `code` (a hash of the code that runs), `caption` (for the report) and `checked` (what else must be done) are passed where `main`
        has them.
    """
    named = {name: value for part in (job.input, job.output, job.params) for name, value in part.items()}
    wanted = inspect.signature(main).parameters
    if "threads" in wanted:
        named["threads"] = job.threads
    if "runtime" in wanted:
        named["runtime"] = getattr(job.resources, "runtime", None)
    named = {name: value for name, value in named.items() if name in wanted or name not in FOR_SNAKEMAKE}
    with log_to(job.log[0]):
        main(**named)
