"""What a person sees when an input cannot be used."""

import difflib
import errno
import os

FULL = "free space there, then run again: what was made so far is kept"
CLOSED = "run as who owns it, or give yourself the right with chmod"
# What a disk or a file system may refuse, through no fault of the code.
REFUSALS = {
    errno.ENOSPC: ("a disk with space left", FULL),
    errno.EDQUOT: ("a quota with space left", FULL),
    errno.EFBIG: ("a disk that takes files of that size", "ask for a higher limit (ulimit -f), or use another disk"),
    errno.EACCES: ("a file that you may use", CLOSED),
    errno.EPERM: ("a file that you may use", CLOSED),
    errno.EROFS: ("a disk that can be written to", "run in a folder on another disk"),
    errno.EIO: ("a disk that works", "the disk or its connection is at fault: ask who runs the machine"),
}

LONGEST = 800  # characters of one part of a message


class InputError(ValueError):
    """An input that cannot be used: says where, what was found, what was expected, and a hint.

    Parameters
    ----------
    where : str or path
        The file, table row or config key at fault.
    found, expected : str
        What was there, and what should have been.
    hint : str
        What the user can do about it.
    """

    def __init__(self, where, found, expected, hint):
        self.where, self.found, self.expected, self.hint = map(_readable, (where, found, expected, hint))
        super().__init__(f"{self.where}\n  found:    {self.found}\n  expected: {self.expected}\n  hint:     {self.hint}")


def _readable(text):
    """Text that a screen can take: names and cells may hold its commands, or be as long as a book."""
    text = str(text)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text)} characters)"
    return "".join(sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in text)


def nearest(name, known):
    """The known name closest to a mistyped one, as a hint ("did you mean 'x'?"), or the list of them all."""
    known = [str(item) for item in known]
    close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known names: {', '.join(known)}"


def refused(error):
    """An OSError as InputError where a disk or a file system is at fault, otherwise None."""
    if error.errno not in REFUSALS:
        return None
    return InputError(error.filename or "a file", os.strerror(error.errno), *REFUSALS[error.errno])


class TrainingError(RuntimeError):
    """A training that cannot go on: says what happened, when, and what may help."""


class TrainingStopped(TrainingError):
    """A training that was ended before it was done, and goes on when it is run again."""
