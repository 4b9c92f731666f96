"""Which code a rule's script runs: followed by its imports, hashed by its meaning.

Snakemake reruns a rule when its script changes, but not when a module that the script imports does. The hash made here is
given to each rule as a parameter, so that an edit of the library reruns what depends on it, and nothing else. Comments,
docstrings and layout do not count: nobody wants to train for a day because of a typo.
"""

import ast
import hashlib
import sys
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent


def _parse(path):
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def _module_file(parts):
    """Source file of a dotted name inside the library, or None where the name is not a module."""
    base = LIBRARY.joinpath(*parts)
    for candidate in (base / "__init__.py", base.with_suffix(".py")):
        if candidate.exists():
            return candidate
    return None


def _imports(path, tree):
    """Split one file's imports into library files and top-level names of other packages."""
    package = list(Path(path).resolve().parent.relative_to(LIBRARY).parts) if LIBRARY in Path(path).resolve().parents else None
    inside, outside = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            dotted = [(alias.name.split("."), []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            dotted = [(["neuroturing", *base], [alias.name for alias in node.names])]
        elif isinstance(node, ast.ImportFrom):
            dotted = [(node.module.split("."), [alias.name for alias in node.names])]
        else:
            continue
        for parts, names in dotted:
            if parts[0] != "neuroturing":
                outside.add(parts[0])
                continue
            for depth in range(1, len(parts) + 1):
                inside.add(_module_file(parts[1:depth]))
            inside.update(_module_file([*parts[1:], name]) for name in names)
    return {found for found in inside if found}, {name for name in outside if name not in sys.stdlib_module_names}


def closure(script):
    """Follow a script's imports through the library.

    Returns
    -------
    files : list of Path
        The script and each library module that it can reach.
    packages : set of str
        Top-level import names from outside the library and the standard library.
    """
    todo, seen, packages = [Path(script).resolve()], {}, set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen[path] = _parse(path)
        inside, outside = _imports(path, seen[path])
        todo.extend(inside)
        packages |= outside
    return sorted(seen), packages


def code_hash(script):
    """Hash of what a script and the library modules it imports do, as 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in closure(script)[0]:
        tree = _parse(path)
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
                if isinstance(body[0].value.value, str):
                    body[0].value.value = ""
        digest.update(path.name.encode() + ast.dump(tree).encode())
    return digest.hexdigest()[:16]
