"""Where each value of a study or a recipe comes from: the comment after it in its YAML file, by dotted key.

A comment speaks of the value before it on its line, or of everything below it where it stands after a key alone. What stands under `demo:`
belongs to the same key outside it.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .merge import DEMO, PAPER, at_size, read_yaml

_NOTHING = object()


@dataclass
class Setting:
    """One value of a file.

    Attributes
    ----------
    value, demo : object
        As the file has it, and what the demo has instead; `Setting.absent` where there is none.
    sentence, demo_sentence : str
        The comments; empty where there is none.
    """

    absent = _NOTHING
    value: object = field(default=_NOTHING)
    demo: object = field(default=_NOTHING)
    sentence: str = ""
    demo_sentence: str = ""

    @property
    def stated(self):
        """Both comments as one sentence."""
        demo = f"in the demo: {self.demo_sentence}" if self.demo_sentence not in ("", self.sentence) else ""
        return "; ".join(part for part in (self.sentence, demo) if part)


def read_stated(path):
    """Where each value of a file comes from.

    Parameters
    ----------
    path : path
        A YAML file with comments.

    Returns
    -------
    dict of str to str
        By dotted key ("cuts.turned.size"; items of a list of mappings by their number, "blocks.0.images"; a list of plain values is one
        value). The comment of the demo's value follows after "in the demo: ". Empty where there is no comment.

    Raises
    ------
    InputError
        As `merge.read_yaml`.
    """
    return {key: setting.stated for key, setting in read_settings(path).items()}


def read_settings(path):
    """Each value of a file with its comment, and the demo's, as a dict of dotted key to Setting; else as `read_stated`."""
    content = read_yaml(path)
    text = Path(path).read_text(encoding="utf-8-sig")
    loader = yaml.SafeLoader(text)
    root = loader.get_single_node()
    comments = _comments(text)
    settings = {}
    for keys, node, lines in _leaves(root):
        sentence = next((comments[line] for line in lines if line in comments), "")
        value = loader.construct_document(node)
        setting = settings.setdefault(".".join(key for key in keys if key != DEMO), Setting())
        if DEMO in keys:
            setting.demo, setting.demo_sentence = value, sentence
        else:
            setting.value, setting.sentence = value, sentence
    return _joined(settings, content)


def _joined(settings, content):
    """Settings in which what is one value at one size and several at the other (a list of names, a list of mappings) is one value."""
    for key in list(settings):
        inner = [settings.pop(name) for name in list(settings) if name.startswith(f"{key}.")] if key in settings else []
        if inner:
            both = [settings[key], *inner]
            settings[key] = Setting(
                look_up(at_size(content, PAPER), key),
                look_up(at_size(content, DEMO), key),
                next((each.sentence for each in both if each.sentence), ""),
                next((each.demo_sentence for each in both if each.demo_sentence), ""),
            )
    return settings


def look_up(tree, key):
    """The value at a dotted key of a tree of settings, or `Setting.absent`."""
    for part in key.split("."):
        if isinstance(tree, list):
            tree = dict(enumerate(tree)).get(int(part) if part.isdigit() else None, _NOTHING)
        else:
            tree = tree.get(part, _NOTHING) if isinstance(tree, dict) else _NOTHING
    return tree


def _comments(text):
    """The comment of each line that has one after a value or a key, by the number of the line."""
    ends, inside = {}, set()
    for token in yaml.scan(text, yaml.SafeLoader):
        start, end = token.start_mark, token.end_mark
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            ends[start.line] = start.column + 1
            inside.update(range(start.line + 1, end.line))
        elif start.index < end.index:
            ends[end.line] = max(end.column, ends.get(end.line, 0))
            inside.update(range(start.line, end.line) if isinstance(token, yaml.ScalarToken) else ())
    found = {}
    lines = text.splitlines()
    for line, column in ends.items():
        match = re.search(r"\s#\s*(.*)", lines[line][column:]) if line not in inside else None
        if match:
            found[line] = match.group(1).strip()
    return found


def _leaves(node, keys=(), lines=()):
    """Each value below a node: its keys, its node, and the lines whose comment speaks of it, nearest first."""
    if isinstance(node, yaml.CollectionNode) and node.flow_style:
        lines = (node.end_mark.line, *lines)
    if isinstance(node, yaml.MappingNode) and node.value:
        for key, value in _entries(node):
            yield from _leaves(value, (*keys, key.value), (key.start_mark.line, *lines))
    elif isinstance(node, yaml.SequenceNode) and any(isinstance(item, yaml.CollectionNode) for item in node.value):
        for number, item in enumerate(node.value):
            yield from _leaves(item, (*keys, str(number)), (item.start_mark.line, *lines))
    elif isinstance(node, yaml.SequenceNode):
        yield keys, node, (*lines, *(item.end_mark.line for item in node.value))
    else:
        # The mark after a block of text is on the line below it.
        yield keys, node, ((node.start_mark if getattr(node, "style", None) in ("|", ">") else node.end_mark).line, *lines)


def _entries(node):
    """Keys and values of a mapping with what it takes in by `<<`, its own entries before those."""
    own = [(key, value) for key, value in node.value if key.value != "<<"]
    merged = [value for key, value in node.value if key.value == "<<"]
    merged = [item for value in merged for item in (value.value if isinstance(value, yaml.SequenceNode) else [value])]
    names = {key.value for key, _ in own}
    for parent in merged:
        taken = [(key, value) for key, value in _entries(parent) if key.value not in names]
        names.update(key.value for key, _ in taken)
        own += taken
    return own
