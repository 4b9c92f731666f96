"""Which readers a study has and which of them have answered. Read while Snakemake plans: the standard library alone."""

import re
from pathlib import Path

from ..errors import InputError, nearest

ANSWERS = ".csv"


def check_readers(readers):
    """Raise InputError unless there are readers, each named once, capitals apart, with names fit for files."""
    if not readers:
        raise InputError("config: readers", "no reader", "at least one name", "add a name, such as 'reader1', to the study's readers")
    for name in readers:
        if not re.fullmatch(r"\w[\w-]*", str(name)):
            raise InputError("config: readers", f"the name {str(name)!r}", "letters, digits, '-' and '_'", "it becomes a folder's name")
    folded = [str(name).casefold() for name in readers]
    twice = sorted({str(name) for name in readers if folded.count(str(name).casefold()) > 1})
    if twice:
        found, hint = f"the same name twice: {', '.join(twice)}", "capitals alone do not tell them apart, in a file's name least of all"
        raise InputError("config: readers", found, "different names", hint)


def find_answers(folder, readers):
    """The answers files in a folder, by reader; readers who have not answered are left out.

    Capitals do not matter, in the name or in the ending: `Reader1.CSV` holds the answers of reader1.

    Parameters
    ----------
    folder : str or path
        `responses/{study}`; it need not exist.
    readers : list of str

    Returns
    -------
    dict of str to pathlib.Path
        In the order of `readers`.

    Raises
    ------
    InputError
        Unfit readers; a CSV file named after no reader, two of one reader, a reader's file of another kind without a CSV file beside it:
        such answers would otherwise be lost without a word.
    """
    check_readers(readers)
    names = {str(name).casefold(): name for name in readers}
    files = [path for path in sorted(Path(folder).glob("*")) if path.is_file() and not path.name.startswith((".", "~"))]
    found = {}
    for path in (path for path in files if path.suffix.casefold() == ANSWERS):
        reader = names.get(path.stem.casefold())
        if reader is None:
            raise InputError(path, f"answers of '{path.stem}'", "a file named after a reader of the study", nearest(path.stem, readers))
        if reader in found:
            expected = f"one file of reader '{reader}'"
            raise InputError(path, f"another file of theirs, {found[reader].name}", expected, "keep the one that holds the answers")
        found[reader] = path
    for path in files:
        reader = names.get(path.stem.casefold())
        if reader is not None and reader not in found:
            expected = f"{reader}{ANSWERS}"
            raise InputError(path, f"answers as '{path.suffix or 'no ending'}'", expected, "save them as 'CSV UTF-8' under that name")
    return {name: found[name] for name in readers if name in found}
