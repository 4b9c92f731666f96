"""Who sits which quiz, and what it tells them: one for each reader, or one for each reader and phase, with the study's washout between.

Read while Snakemake plans: the standard library alone. `reading` is a study's reader_study throughout, see `config.model.ReaderStudy`.
"""


def session_name(reader, phase):
    """What a quiz, its key and its answers are called: the reader's own name where there are no phases."""
    return f"{reader}_{phase}" if phase else reader


def quizzes(reading):
    """Reader and phase of every quiz by its name, in the order of readers and then of phases; phase is "" where there are none."""
    phases = list(reading["phases"]) or [""]
    return {session_name(reader, phase): (reader, phase) for reader in reading["readers"] for phase in phases}


def blocks(reading, phase=None):
    """Blocks of one phase; of the whole study, phase after phase, where none is named."""
    phases = reading["phases"].values() if phase is None else [reading["phases"][phase]] if phase else []
    return [block for each in phases for block in each["blocks"] or reading["blocks"]] if phases else reading["blocks"]


def practice(reading, phase):
    """Number of practice cases of a phase."""
    own = reading["phases"][phase]["practice"] if phase else None
    return reading["practice"] if own is None else own


def until(reading, phase):
    """Phases that come before one, in order; none before the first, or where there are none."""
    names = list(reading["phases"])
    return names[: names.index(phase)] if phase else []


def page(reading, phase):
    """What the page of a phase shows and asks: its instructions say which session it is, when it and the next may be, and what is told."""
    if not phase:
        return reading["page"]
    number, last, days = len(until(reading, phase)) + 1, len(reading["phases"]), reading["washout_days"]
    wait = f"{days} day{'s' if days > 1 else ''} after {{}} at the earliest" if days else ""
    said = [f"This is session {number} of {last}."]
    if wait and number > 1:
        said.append(f"Begin it {wait.format(f'session {number - 1}')}.")
    if number < last:
        said.append(f"Session {number + 1} has a page of its own{wait and f', for {wait}'.format('this one')}.")
    instructions = reading["phases"][phase]["instructions"] or reading["page"]["instructions"]
    return reading["page"] | {"instructions": f"{' '.join(said)}\n\n{instructions}"}
