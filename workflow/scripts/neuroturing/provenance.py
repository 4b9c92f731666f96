"""Which code a rule's script runs: followed by its imports and registries, hashed by its meaning.

Snakemake reruns a rule when its script changes, but not when a module that the script imports does. The hash made here is given to each
rule as a parameter, so that an edit of the library reruns what depends on it, and nothing else. Comments, docstrings, descriptions
of keys and blank lines do not count: nobody wants to train for a day because of a typo; nor does the version of Python that plans.
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


def _module_parts(path, node):
    """Modules that an import statement names, each with what is imported from it: [([part, ...], [name, ...])]."""
    if isinstance(node, ast.Import):
        return [(alias.name.split("."), []) for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    package = list(Path(path).relative_to(SCRIPTS).parent.parts) if SCRIPTS in Path(path).parents else []
    base = package[: len(package) - node.level + 1] if node.level else []
    return [([*base, *(node.module.split(".") if node.module else [])], [alias.name for alias in node.names])]


@functools.cache
def _imports(path):
    """What one file imports: files of ours, top-level names of other packages, and files whose registries it can reach.

    A registry is not reached by what merely lies in its package, but by who imports it, or a function that uses it, by name.
    """
    inside, outside, reached = set(), set(), set()
    for node in ast.walk(_parse(path)):
        for parts, names in _module_parts(path, node):
            if parts[0] not in PACKAGES:
                outside.add(parts[0])
                continue
            module = _module_file(parts)
            inside |= _ancestors(parts)
            if module and (not names or _leads_to_registry(module).intersection(names)):
                reached.add(module)
            for name in names:
                inside.add(_module_file([*parts, name]))
                reached.add(_module_file([*parts, name]))
    outside = {name for name in outside if name not in sys.stdlib_module_names}
    return {found for found in inside if found}, outside, {found for found in reached if found}


@functools.cache
def _registries(path):
    """Calls of Registry in a file."""
    calls = [node for node in ast.walk(_parse(path)) if isinstance(node, ast.Call)]
    return [node for node in calls if getattr(node.func, "id", "") == "Registry"]


@functools.cache
def _leads_to_registry(path):
    """Top-level names of a file that are a registry, or whose code uses one."""
    if not _registries(path):
        return set()
    defined = {}
    for node in _parse(path).body:
        names = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
        used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        defined |= dict.fromkeys(names + [node.name] if hasattr(node, "name") else names, used)
    leading = {"Registry"}
    while more := {name for name, used in defined.items() if used & leading} - leading:
        leading |= more
    return leading


def _entries(path, chosen):
    """Modules of the registries that a file makes: all of them, or the chosen one of a registry that `chosen` names."""
    found = set()
    for node in _registries(path):
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
        inside, outside, reached = _imports(path)
        todo += [*inside, *(entry for module in reached for entry in _entries(module, chosen))]
        packages |= outside
    return sorted(seen), packages


def _without_effect(text, tree):
    """Places of comments, docstrings and descriptions of keys: (row, byte) of start and end; the same on every version of Python."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            yield (row, len(lines[row - 1][:column].encode())), (row, len(lines[row - 1].encode()))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            if isinstance(body[0].value.value, str):
                yield _place(body[0])
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Field":
            yield from (_place(keyword.value) for keyword in node.keywords if keyword.arg == "description")


def _place(node):
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


@functools.cache
def _meaning(path):
    """Source of a file without comments, docstrings, descriptions of keys and blank lines."""
    text = Path(path).read_text(encoding="utf-8")
    lines = [line.encode() for line in text.splitlines()]
    # From the end, so that what is left out moves nothing that still has to be found.
    for (row, start), (last, end) in sorted(_without_effect(text, _parse(path)), reverse=True):
        rest = lines[last - 1][end:]
        lines[row - 1 : last] = [lines[row - 1][:start] + rest]
    return b"\n".join(line.rstrip() for line in lines if line.strip())


def _templates(files):
    """Templates (*.j2) of the folders in which a file names one: which of them a page is made of is not followed."""
    folders = {path.parent for path in files if path.parent != SCRIPTS and b'.j2"' in _meaning(path)}
    return sorted(template for folder in folders if SCRIPTS in folder.parents for template in folder.glob("*.j2"))


def code_hash(script, **chosen):
    """Hash of what a script and the library modules it reaches do, as 16 hexadecimal digits; `chosen` as in `closure`.

    Templates (*.j2) beside a module that names one count too.
    """
    digest = hashlib.sha256()
    files = closure(script, **chosen)[0]
    for path in [*files, *_templates(files)]:
        name = path.relative_to(SCRIPTS).as_posix() if SCRIPTS in path.parents else path.name
        digest.update(name.encode() + b"\0" + (_meaning(path) if path.suffix == ".py" else path.read_bytes()) + b"\0")
    return digest.hexdigest()[:16]
