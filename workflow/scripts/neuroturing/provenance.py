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


def _read(path):
    return Path(path).read_text(encoding="utf-8")


@functools.cache
def _parse(text):
    return ast.parse(text)


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
def _import_statements(path, text):
    """What the import statements of a file name, see `_module_parts`."""
    return [named for node in ast.walk(_parse(text)) for named in _module_parts(path, node)]


def _imports(path, text):
    """What one file imports: files of ours, top-level names of other packages, and files whose registries it can reach.

    A registry is not reached by what merely lies in its package, but by who imports it, or a function that uses it, by name.
    """
    inside, outside, reached = set(), set(), set()
    for parts, names in _import_statements(path, text):
        if parts[0] not in PACKAGES:
            outside.add(parts[0])
            continue
        module = _module_file(parts)
        inside |= _ancestors(parts)
        if module and (not names or _leads_to_registry(_read(module)).intersection(names)):
            reached.add(module)
        for name in names:
            inside.add(_module_file([*parts, name]))
            reached.add(_module_file([*parts, name]))
    outside = {name for name in outside if name not in sys.stdlib_module_names}
    return {found for found in inside if found}, outside, {found for found in reached if found}


@functools.cache
def _registries(text):
    """Calls of Registry in a file."""
    calls = [node for node in ast.walk(_parse(text)) if isinstance(node, ast.Call)]
    return [node for node in calls if getattr(node.func, "id", "") == "Registry"]


@functools.cache
def _leads_to_registry(text):
    """Top-level names of a file that are a registry, or whose code uses one."""
    if not _registries(text):
        return set()
    defined = {}
    for node in _parse(text).body:
        names = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
        used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        defined |= dict.fromkeys(names + [node.name] if hasattr(node, "name") else names, used)
    leading = {"Registry"}
    while more := {name for name, used in defined.items() if used & leading} - leading:
        leading |= more
    return leading


def _entries(path, chosen):
    """Entries of the registries that a file makes, all of them or the chosen one of a registry that `chosen` names: [(line, modules)]."""
    found = []
    for node in _registries(_read(path)):
        package = list(Path(path).relative_to(SCRIPTS).with_suffix("").parts)
        package = package[:-1] if package[-1] == "__init__" else package
        wanted = chosen.get(package[-1])
        for keyword in node.keywords:
            if wanted in (None, keyword.arg):
                place = keyword.value.value
                found.append((f"{'.'.join(package)}: {keyword.arg}={place}", _ancestors([*package, *place.partition(":")[0].split(".")])))
    return found


def _follow(script, chosen):
    """Files that a script can reach, names of other packages, and entries of registries that it can reach; see `closure`."""
    todo, seen, packages, entries = [Path(script).resolve()], set(), set(), set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        inside, outside, reached = _imports(path, _read(path))
        packages |= outside
        todo += inside
        for module in reached:
            for line, modules in _entries(module, chosen):
                entries.add(line)
                todo += [found for found in modules if found]
    return sorted(seen), packages, sorted(entries)


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
    return _follow(script, chosen)[:2]


def _without_effect(text, tree):
    """Places of comments, docstrings, descriptions of keys and entries of registries: (row, byte) of start and end.

    The same on every version of Python.
    """
    lines = text.split("\n")
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
        # Those that are followed count by themselves: one more does not concern who uses another.
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Registry" and node.keywords:
            yield _place(node.keywords[0])[0], _place(node.keywords[-1])[1]


def _place(node):
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


@functools.cache
def _meaning(text):
    """Source without comments, docstrings, descriptions of keys, entries of registries and blank lines."""
    lines = [line.encode() for line in text.split("\n")]
    # From the end, so that what is left out moves nothing that still has to be found.
    for (row, start), (last, end) in sorted(_without_effect(text, _parse(text)), reverse=True):
        rest = lines[last - 1][end:]
        lines[row - 1 : last] = [lines[row - 1][:start] + rest]
    return b"\n".join(line.rstrip() for line in lines if line.strip())


def _templates(files):
    """Templates, styles and scripts of the folders in which a file names a template: which of them a page is made of is not followed."""
    folders = {path.parent for path in files if path.parent != SCRIPTS and b'.j2"' in _meaning(_read(path))}
    inside = [path for folder in folders if SCRIPTS in folder.parents for path in folder.iterdir()]
    return sorted(path for path in inside if path.suffix in (".j2", ".css", ".js"))


def code_hash(script, **chosen):
    """Hash of what a script and the library modules it reaches do, as 16 hexadecimal digits; `chosen` as in `closure`.

    Templates (*.j2), styles and scripts of a page beside a module that names a template count too.
    """
    files, _, entries = _follow(script, chosen)
    digest = hashlib.sha256("\n".join(entries).encode())
    for path in [*files, *_templates(files)]:
        name = path.relative_to(SCRIPTS).as_posix() if SCRIPTS in path.parents else path.name
        digest.update(name.encode() + b"\0" + (_meaning(_read(path)) if path.suffix == ".py" else path.read_bytes()) + b"\0")
    return digest.hexdigest()[:16]
