"""What a person sees when an input cannot be used."""

import difflib


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
        self.where, self.found, self.expected, self.hint = str(where), str(found), str(expected), str(hint)
        super().__init__(f"{where}\n  found:    {found}\n  expected: {expected}\n  hint:     {hint}")


def nearest(name, known):
    """The known name closest to a mistyped one, as a hint ("did you mean 'x'?"), or the list of them all."""
    known = [str(item) for item in known]
    close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known names: {', '.join(known)}"


class TrainingError(RuntimeError):
    """A training that cannot go on: says what happened, when, and what may help."""


class TrainingStopped(TrainingError):
    """A training that was ended before it was done, and goes on when it is run again."""
