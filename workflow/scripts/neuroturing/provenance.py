"""Which code a rule's script runs: followed by its imports and registries, hashed by its meaning.

Snakemake reruns a rule when its script changes, but not when a module that the script imports does. The hash made here is given to each rule
as a parameter, so that an edit of the library reruns what depends on it, and nothing else. Comments, docstrings and blank lines do not count:
nobody wants to train for a day because of a typo; nor does the version of Python that plans.
"""

import ast
import functools
import hashlib
import io
import sys
import tokenize
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
PACKAGES = ("neuroturing", "phantom")


def _module_file(parts):
    """Source file of a dotted name, or None where the name is no module of ours."""
    base = SCRIPTS.joinpath(*parts)
    for candidate in (base / "__init__.py", base.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


def _ancestors(parts):
    """A module with the packages that it lies in, as files."""
    return {_module_file(parts[:depth]) for depth in range(1, len(parts) + 1)}


@functools.cache
def _parse(path):
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def _imports(path):
    """Split one file's imports into files of ours and top-level names of other packages."""
    inside, outside = set(), set()
    own = SCRIPTS in Path(path).parents
    package = list(Path(path).relative_to(SCRIPTS).parent.parts) if own else []
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Import):
            dotted = [(alias.name.split("."), []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            dotted = [([*base, *(node.module.split(".") if node.module else [])], [alias.name for alias in node.names])]
        else:
            continue
        for parts, names in dotted:
            if parts[0] not in PACKAGES:
                outside.add(parts[0])
                continue
            inside |= _ancestors(parts)
            inside.update(_module_file([*parts, name]) for name in names)
    return {found for found in inside if found}, {name for name in outside if name not in sys.stdlib_module_names}


def _entries(path, chosen):
    """Modules of the registries that a file makes: all of them, or the chosen one of a registry that `chosen` names."""
    found = set()
    for node in ast.walk(_parse(path)):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Registry"):
            continue
        package = list(Path(path).relative_to(SCRIPTS).parent.parts)
        wanted = chosen.get(package[-1])
        for keyword in node.keywords:
            if wanted in (None, keyword.arg):
                found |= _ancestors([*package, *keyword.value.value.partition(":")[0].split(".")])
    return {path for path in found if path}


def closure(script, **chosen):
    """Follow a script's imports through the library.

    Parameters
    ----------
    script : path
    **chosen : str
        Of a registry, by the name of its package, the one entry that is followed: algorithms="wgan".

    Returns
    -------
    files : list of Path
        The script and each library module that it can reach.
    packages : set of str
        Top-level import names from outside the library and the standard library.
    """
    todo, seen, packages = [Path(script).resolve()], set(), set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        inside, outside = _imports(path)
        todo += [*inside, *(_entries(path, chosen) if SCRIPTS in path.parents else ())]
        packages |= outside
    return sorted(seen), packages


@functools.cache
def _meaning(path):
    """Source of a file without comments, docstrings and blank lines; the same bytes on every version of Python."""
    text = Path(path).read_text(encoding="utf-8")
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(_parse(path)):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            if isinstance(body[0].value.value, str):
                for row in range(body[0].lineno - 1, body[0].end_lineno):
                    lines[row] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip()).encode()


def code_hash(script, **chosen):
    """Hash of what a script and the library modules it reaches do, as 16 hexadecimal digits; `chosen` as in `closure`.

    Templates (*.j2) beside a module that is reached count too.
    """
    digest = hashlib.sha256()
    files = closure(script, **chosen)[0]
    templates = {template for path in files if SCRIPTS in path.parents and path.parent != SCRIPTS for template in path.parent.glob("*.j2")}
    for path in [*files, *sorted(templates)]:
        name = path.relative_to(SCRIPTS).as_posix() if SCRIPTS in path.parents else path.name
        digest.update(name.encode() + b"\0" + (_meaning(path) if path.suffix == ".py" else path.read_bytes()) + b"\0")
    return digest.hexdigest()[:16]
