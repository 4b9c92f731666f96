"""Attack: Hypothesis makes damaged, lying and hostile inputs; each works or is refused by name, soon, in little memory, and no more.

A property is written once, and is two tests: a few cases among the fast tests, and many in a slow one.
"""

import contextlib
import os
import resource
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroturing.errors import InputError

SECONDS = 20  # of processor time: a busy machine is no hang
MEMORY = 7 << 28  # of the 2 GiB that a small input may take, what is beside the interpreter and its libraries
MANY = 10  # times as many cases in the slow test
LONGEST_MESSAGE = 4000
PROGRAMS = (
    *("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect"),
    *("pickle.find_class", "function.__new__"),
)
CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate", "shutil.rmtree")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_watched = {"folder": None, "seen": []}


def _watch(event, arguments):
    """Note what an attack writes outside its folder, and every program that it starts. An audit hook stays as long as the process."""
    folder = _watched["folder"]
    if folder is None:
        return
    if event in PROGRAMS:
        _watched["seen"].append((event, arguments))
    elif event in CHANGES or (event == "open" and (arguments[2] or 0) & WRITES):
        if isinstance(arguments[0], (str, bytes)) and not os.path.realpath(os.fsdecode(arguments[0])).startswith(folder):
            _watched["seen"].append((event, arguments))


sys.addaudithook(_watch)


class _TooSlow(BaseException):
    """No Exception, which a reader might take for a damaged file."""


def _status(name):
    """A line of /proc/self/status in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


@contextlib.contextmanager
def bounded(folder=os.devnull, memory=MEMORY):
    """Fail where a block takes too long or too much memory, starts a program, unpickles, or writes outside `folder`.

    An InputError ends the block well, unless it was a want of memory in disguise, or is too long to be read.
    """

    def stop(*_):
        raise _TooSlow

    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the highest value starts anew
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_status("VmSize") + 2 * memory, limits[1]))
    handler = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    sys.dont_write_bytecode, bytecode = True, sys.dont_write_bytecode
    _watched.update(folder=os.path.realpath(folder), seen=[])
    try:
        yield
    except InputError as error:
        assert len(str(error)) < LONGEST_MESSAGE, f"a message of {len(str(error))} characters"
        assert error.found and error.expected and error.hint and error.where not in ("", "None"), error
        cause = error
        while cause := cause.__cause__:
            assert not isinstance(cause, MemoryError), f"memory for a small input: {error}"
    except _TooSlow as error:
        raise AssertionError(f"not over after {SECONDS} s") from error
    finally:
        _watched["folder"] = None
        sys.dont_write_bytecode = bytecode
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)
        resource.setrlimit(resource.RLIMIT_AS, limits)
    assert not _watched["seen"], f"more than reading: {_watched['seen'][:3]}"
    taken = _status("VmHWM") - before
    assert taken < memory, f"{taken / 2**20:.0f} MiB"


def attacked(cases, **made):
    """Make two tests of a property: of `cases` inputs, and a slow one of MANY times as many.

    Parameters
    ----------
    cases : int
    **made : hypothesis strategies
        Of the property's arguments after the first, which is an empty folder, the working directory.
    """

    def decorate(check):
        @pytest.mark.parametrize("count", [cases, pytest.param(MANY * cases, marks=pytest.mark.slow)])
        def test(count, tmp_path, monkeypatch):
            monkeypatch.chdir(tmp_path)

            @settings(max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
            @given(**made)
            def attack(**inputs):
                check(tmp_path, **inputs)

            attack()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


@st.composite
def damaged(draw, contents):
    """One of some files with bits flipped, bytes written over, put in, taken out or doubled, or its end cut off."""
    content = bytearray(draw(st.sampled_from(contents)))
    for _ in range(draw(st.integers(1, 3))):
        how = draw(st.sampled_from(["flip", "write", "insert", "delete", "double", "cut"]))
        place = draw(st.integers(0, max(0, len(content) - 1)))
        length = draw(st.integers(1, 32))
        if how == "flip" and content:
            content[place] ^= 1 << draw(st.integers(0, 7))
        elif how == "write":
            content[place : place + length] = draw(st.binary(min_size=length, max_size=length))
        elif how == "insert":
            content[place:place] = draw(st.binary(max_size=length))
        elif how == "delete":
            del content[place : place + length]
        elif how == "double":
            content[place:place] = content[place : place + length]
        elif how == "cut":
            del content[place:]
    return bytes(content)


NAMES = [
    *("", " ", "..", "../x", "/etc/passwd", "a/b", "a\\b", "a\nb", "a\rb", "a\tb", "a\x00b", "a\x1b[2Jb", "-rf", "--help", "~", "~root"),
    *(".", ".hidden", "'", '"', "a'b", "$(touch pwned)", "`touch pwned`", "; touch pwned", "| cat", "&& touch pwned", "*", "?", "[a-z]"),
    *("%s%n", "{scan}", "{0.__class__}", "{{", "<b>x</b>", "<script>alert(1)</script>", "=1+1", "@x", "#x", "!!python/object:os.system"),
    *("&a", "*a", "NaN", "nan", "inf", "-inf", "1e999", "9" * 5000, "x" * 300, "ä", "脳", "\u202egnp.exe", "\ud800", "\ufeffx", "İ", "ß"),
    *("con", "x_key", "null", "true", "2001-01-01", "0x10", "1_000"),
]  # fmt: skip
names = st.one_of(st.sampled_from(NAMES), st.text(max_size=12))
VALUES = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**64), 10**400, 0.0, -0.0, 0.5, 1e308, float("nan"), float("inf"), float("-inf")),
    *([], {}, [[]], [None], {"": None}, {"x": {}}, ["x"] * 50, b"\xff", *NAMES),
]
values = st.recursive(
    st.one_of(st.sampled_from(VALUES), st.integers(), st.floats(), names),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=4,
)


def places(tree, path=()):
    """Paths of every value of a tree of mappings and lists."""
    yield path
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from places(value, (*path, key))


def replaced(tree, path, value):
    """A tree with another value at a place; the others are shared."""
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = replaced(copy[path[0]], path[1:], value)
    return copy


@st.composite
def twisted(draw, trees):
    """One of some trees of settings with values replaced, taken out, or put where nobody expects them."""
    tree = draw(st.sampled_from(trees))
    for _ in range(draw(st.integers(1, 2))):
        spots = [place for place in places(tree) if place]
        if not spots:
            break
        place, how = draw(st.sampled_from(spots)), draw(st.sampled_from(["replace", "replace", "add", "rename"]))
        home = tree
        for key in place[:-1]:
            home = home[key]
        if how == "replace" or not isinstance(home, dict):
            tree = replaced(tree, place, draw(values))
        elif how == "add":
            tree = replaced(tree, place[:-1], home | {draw(names): draw(values)})
        else:
            name = draw(names)
            tree = replaced(tree, place[:-1], {name if key == place[-1] else key: value for key, value in home.items()})
    return tree
