"""Read YAML files and merge settings: defaults < a study's own file < size < the user's files < `override` and --config."""

import difflib
from pathlib import Path

import yaml

from ..errors import InputError

DEMO, PAPER = "demo", "paper"
MAX_BYTES, MAX_NODES = 1_000_000, 100_000


class _Loader(yaml.SafeLoader):
    """YAML without its surprises: a key that stands twice is an error, and so is a file whose aliases multiply without end."""

    around = ()  # the mappings that are being put together

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' stands twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)

    def flatten_mapping(self, node):
        around, self.around = self.around, (*self.around, node)
        if node in around:
            raise yaml.constructor.ConstructorError(None, None, "a mapping that takes in itself by <<", node.start_mark)
        super().flatten_mapping(node)
        self.around = around


def _count(value, left=MAX_NODES):
    """How many more nodes a tree might have as it unfolds: 0 beyond the limit, or where it holds itself."""
    left -= 1
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if left <= 0:
            return 0
        left = _count(part, left)
    return left


def read_yaml(path):
    """Read a YAML file that holds a mapping.

    Raises
    ------
    InputError
        No such file, not UTF-8, not YAML, a key twice, no mapping, or content that unfolds beyond all use.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(path, f"{path.stat().st_size:,} bytes", f"at most {MAX_BYTES:,}", "is this a file of settings?")
        content = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "a YAML file", "check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(path, "not UTF-8 text", "a YAML file", "save it anew as UTF-8") from error
    except OSError as error:
        raise InputError(path, f"not readable ({error.strerror})", "a YAML file", "check the path and its permissions") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}, line {mark.line + 1}" if mark else path
        raise InputError(
            place, getattr(error, "problem", None) or str(error), "YAML", "indent by spaces; each key once; no tags"
        ) from error
    if not isinstance(content, dict):
        raise InputError(path, type(content).__name__, "keys with values", "studies/README.md shows an example")
    try:
        left = _count(content)
    except RecursionError:
        left = 0
    if left <= 0:
        raise InputError(
            path, f"over {MAX_NODES:,} values once its aliases unfold", "settings a person can read", "write it without aliases"
        )
    return content


def merged(base, *others):
    """Mappings merged key by key, later ones win; everything else, lists too, is replaced."""
    result = dict(base)
    for other in others:
        for key, value in other.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = merged(result[key], value) if both else value
    return result


def at_size(tree, size):
    """A tree of settings with every `demo:` block put over its neighbours, or left out at the papers' size."""
    if isinstance(tree, list):
        return [at_size(part, size) for part in tree]
    if not isinstance(tree, dict):
        return tree
    rest = {key: value for key, value in tree.items() if key != DEMO}
    if size == DEMO and isinstance(tree.get(DEMO), dict):
        rest = merged(rest, tree[DEMO])
    return {key: at_size(value, size) for key, value in rest.items()}


def nearest_key(name, known):
    """The known key closest to a mistyped one, as a hint."""
    close = difflib.get_close_matches(str(name), [str(key) for key in known], n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known keys: {', '.join(map(str, known))}"
