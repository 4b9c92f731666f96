"""What the pages share: one skeleton and style, and writing an HTML file that needs nothing else.

A page is a template `*.html.j2` in this folder that extends `skeleton.html.j2`. A study may add a fragment of its own, `notes.html.j2`,
which runs in a sandbox: a study's folder may be somebody else's. The skeleton lets a browser run no script and ask no server, whatever a
fragment holds.
"""

import math
import re
from pathlib import Path

from ..errors import InputError
from ..io.files import write_text

FOLDER = Path(__file__).parent


def write_html(path, template, **values):
    """Fill in a template of this folder and write the page."""
    write_text(path, _environment(FOLDER).get_template(template).render(**values) + "\n")


def render_notes(path, **values):
    """Fill in what a study says on its page.

    Parameters
    ----------
    path : path or None
        A fragment in HTML, a Jinja2 template.
    **values
        What it may name: facts, and more where a page says so.

    Returns
    -------
    markupsafe.Markup
        Empty without a path.

    Raises
    ------
    InputError
        No such file, no template, or a name that is not there.
    """
    from jinja2 import TemplateError
    from markupsafe import Markup

    if path is None:
        return Markup()
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return Markup(_environment().from_string(text).render(**values))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, f"not readable ({error})", "a page fragment in UTF-8", "check the study's folder") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        line = f", line {error.lineno}" if getattr(error, "lineno", None) else ""
        known = ", ".join(sorted(values.get("facts") or {})) or "none"
        raise InputError(f"{path}{line}", str(error), f"a Jinja2 fragment of the facts {known}", "correct it, or take it away") from error


def _environment(folder=None):
    """A sandbox that knows the filters; templates are read from the folder, or from nowhere."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    loader = FileSystemLoader(folder) if folder else None
    options = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    environment = ImmutableSandboxedEnvironment(loader=loader, **options)
    environment.filters |= {"number": number, "p_value": p_value, "size": size, "phrase": phrase}
    return environment


def is_missing(value):
    """Whether there is no number: None, NaN, or empty text."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def number(value, digits=0, sign=False):
    """A number with a true minus sign, and a plus where wanted; a dash where there is none."""
    if is_missing(value):
        return "–"
    # Adding 0.0 makes a zero of a negative one.
    value = round(float(value), digits) + 0.0
    return (f"{value:+.{digits}f}" if sign and value else f"{value:.{digits}f}").replace("-", "−")


def p_value(value):
    """A P value as journals print it: "0.028", "0.37", "< 0.0001"; a dash where there is none."""
    if is_missing(value):
        return "–"
    if value < 0.0001:
        return "< 0.0001"
    return f"{value:.4f}" if value < 0.00095 else f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"


def size(text):
    """Sizes with a true sign of multiplication: "T1, 128x128" becomes "T1, 128 × 128"."""
    return re.sub(r"(?<=\d)x(?=\d)", " × ", str(text))


def phrase(items, one, many):
    """How many items there are, in words with a verb: "no difference is", "one difference is", "2 differences are"."""
    count = items if isinstance(items, int) else len(items)
    return f"{'one' if count else 'no'} {one}" if count < 2 else f"{count} {many}"
