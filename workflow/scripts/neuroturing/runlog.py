"""Send a script's messages to its log file, and to the screen what a person must see."""

import contextlib
import inspect
import logging
import os
import sys
import warnings

from .errors import InputError, TrainingError

FOR_SNAKEMAKE = ("code", "caption")


@contextlib.contextmanager
def log_to(path):
    """Log everything to a file, warnings and errors to the screen too; end the script with status 1 on an error.

    An InputError or TrainingError is shown as its message alone, any other exception with its traceback. What libraries written in C++
    print of themselves goes to the file alone.
    """
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers.clear()
    whole = logging.FileHandler(path, mode="w", encoding="utf-8")
    whole.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")
    os.dup2(whole.stream.fileno(), 2)
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.WARNING)
    screen.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    root.addHandler(whole)
    root.addHandler(screen)
    logging.captureWarnings(True)
    warnings.simplefilter("default", UserWarning)
    try:
        yield
    except (InputError, TrainingError) as error:
        logging.error("%s", error)
        sys.exit(1)
    except Exception:
        logging.exception("The script failed.")
        sys.exit(1)


def run(main, job):
    """Call a script's `main` with what its rule names: inputs, outputs and params by name, `threads` where it wants them.

    Parameters
    ----------
    main : callable
    job : the `snakemake` object of a script
        The parameters `code` (a hash of the code that runs) and `caption` (for the report) are passed where `main` has them.
    """
    named = {name: value for part in (job.input, job.output, job.params) for name, value in part.items()}
    wanted = inspect.signature(main).parameters
    if "threads" in wanted:
        named["threads"] = job.threads
    named = {name: value for name, value in named.items() if name in wanted or name not in FOR_SNAKEMAKE}
    with log_to(job.log[0]):
        main(**named)
