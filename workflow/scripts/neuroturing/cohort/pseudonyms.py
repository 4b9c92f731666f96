"""Numbers in place of names: a subject becomes sub-001, its scans sub-001_1, sub-001_2, before anything else sees them.

The numbers are drawn by chance, and by no seed that a configuration tells: whoever has a list of the names could draw them again. So the
table that says who is who cannot be made anew; it lies apart from what is shared, and a name that has a number keeps it.
"""

import logging
import random
import re
from pathlib import Path

from ..errors import InputError
from ..io.files import write_table
from .rows import check_columns, read_rows

TABLE = Path("private/pseudonyms.tsv")
COLUMNS = ("cohort", "subject", "scan", "pseudonym")
PSEUDONYM = re.compile(r"(sub-(\d{3,}))_(\d+)")


def under_pseudonyms(rows, cohort, path=TABLE):
    """Rows of a cohort with numbers for names, in the order of the numbers; names that are new get the next ones, in random order.

    Parameters
    ----------
    rows : list of dict
        Of `read_cohort`.
    cohort : str
        Subjects of two cohorts are never taken for one.
    path : path
        Table of names and pseudonyms; read where it is there, and written where a name is new.

    Returns
    -------
    list of dict

    Raises
    ------
    InputError
        A damaged table; one that cannot be written.
    """
    known = _read(path)
    own = {name[1:]: text for name, text in known.items() if name[0] == cohort}
    given = pseudonyms([(row["subject"], row["scan"]) for row in rows], own)
    if len(given) > len(own):
        _write(path, known | {(cohort, *name): text for name, text in given.items()})
    named = [row | dict(zip(("subject", "scan"), _parts(given[row["subject"], row["scan"]]), strict=True)) for row in rows]
    return sorted(named, key=lambda row: _numbers(row["scan"]))


def pseudonyms(names, known=None):
    """A pseudonym for each scan.

    Parameters
    ----------
    names : list of (str, str)
        Subject and scan.
    known : dict of (str, str) to str, optional
        Those that are given already, of these names or others.

    Returns
    -------
    dict of (str, str) to str
        The known ones too.
    """
    given = dict(known or {})
    people = {subject: _numbers(text)[0] for (subject, _), text in given.items()}
    new = list(dict.fromkeys(subject for subject, _ in names if subject not in people))
    random.SystemRandom().shuffle(new)
    first = max(people.values(), default=0) + 1
    people |= {subject: first + place for place, subject in enumerate(new)}
    scans = {}
    for person, scan in map(_numbers, given.values()):
        scans[person] = max(scan, scans.get(person, 0))
    for subject, scan in names:
        if (subject, scan) not in given:
            person = people[subject]
            scans[person] = scans.get(person, 0) + 1
            given[subject, scan] = f"sub-{person:03d}_{scans[person]}"
    return given


def _parts(pseudonym):
    """Subject and scan that a pseudonym stands for."""
    return PSEUDONYM.fullmatch(pseudonym)[1], pseudonym


def _numbers(pseudonym):
    """Numbers of the subject and of its scan."""
    match = PSEUDONYM.fullmatch(pseudonym)
    return int(match[2]), int(match[3])


def _read(path):
    """Pseudonym by cohort, subject and scan; none where there is no table."""
    if not Path(path).exists():
        return {}
    header, rows = read_rows(path)
    check_columns(path, header, COLUMNS, COLUMNS)
    hint = f"put a copy of {path} back; without one delete it and results/, and every name gets another number"
    known, taken, people, numbers = {}, set(), {}, {}
    for place, cells in rows:
        cohort, subject, scan, text = (cells[column] for column in COLUMNS)
        if not PSEUDONYM.fullmatch(text):
            raise InputError(place, f"pseudonym '{text}'", "sub-001_1, for example", hint)
        if (cohort, subject, scan) in known or (cohort, text) in taken:
            raise InputError(place, f"{scan} or {text} twice", "one pseudonym for each scan", hint)
        number = _numbers(text)[0]
        if people.setdefault((cohort, subject), number) != number or numbers.setdefault((cohort, number), subject) != subject:
            raise InputError(place, f"{text} for {scan} of {subject}", "one number for each subject", hint)
        known[cohort, subject, scan] = text
        taken.add((cohort, text))
    return known


def _write(path, known):
    """Write the table for whoever runs this alone."""
    path = Path(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_table(path, [dict(zip(COLUMNS, (*name, text), strict=True)) for name, text in known.items()], COLUMNS)
    except OSError as error:
        hint = "free or repair it: without the table nobody could say later who is who"
        raise InputError(path, f"cannot be written ({error.strerror})", "a table of names and pseudonyms", hint) from error
    logging.getLogger(__name__).warning("%s says who is who: keep it, and keep it from those with whom you share results.", path)
