"""What the pages of the tables share: the style, and writing one HTML file that needs nothing else."""

import math
import os
import re
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined

SKELETON = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{% endblock %}</title>
<style>
body {
  font: 15px/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: #111; background: #fff;
  margin: 2rem auto; padding: 0 1.25rem; max-width: 62rem;
}
h1 { font-size: 1.2rem; margin: 0 0 .25rem; }
p.lead { margin: 0 0 1.25rem; color: #333; }
.scroll { overflow-x: auto; }
table {
  border-collapse: collapse; width: 100%; border-top: 2px solid #111; border-bottom: 2px solid #111;
  font-variant-numeric: tabular-nums;
}
th, td { padding: .35rem .6rem; text-align: right; white-space: nowrap; }
th { font-weight: 600; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
thead tr.units th { font-weight: 400; font-size: .85em; color: #444; padding-top: 0; border-bottom: 1px solid #111; }
thead th.interval { text-align: left; padding-left: 0; }
thead tr.names th { padding-bottom: 0; }
tr.group th { text-align: left; font-weight: 600; padding-top: .8rem; border-bottom: 1px solid #ccc; }
tr + tr.group th { border-top: 1px solid #111; }
td.interval { color: #444; text-align: left; padding-left: 0; }
tr.remark td { text-align: left; white-space: normal; padding-top: 0; font-size: .87em; color: #444; }
h2 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
ul { margin: 0; padding-left: 1.2rem; }
li { margin-bottom: .35rem; }
@media print { body { margin: 0; max-width: none; } }
</style>
</head>
<body>
<h1>{{ self.title() }}</h1>
{% block content %}
{% endblock %}
</body>
</html>
"""


def write_html(path, template, **values):
    """Fill in a template that extends "skeleton" with the blocks title and content, and write it when it is complete."""
    loader = DictLoader({"skeleton": SKELETON, "page": template})
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=loader)
    environment.filters |= {"number": number, "p_value": p_value, "size": size, "phrase": phrase}
    text = environment.get_template("page").render(**values)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    partial.write_text(text + "\n", encoding="utf-8")
    os.replace(partial, path)


def number(value, digits):
    """A number with a true minus sign, a dash where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    # Adding 0.0 makes a zero of a negative one.
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def p_value(value):
    """A p value as journals print it, with its sign of equality: "= 0.028", "< 0.001"; a dash where there is none."""
    if math.isnan(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"= {value:.3f}" if value < 0.1 else f"= {value:.2f}"


def size(text):
    """Sizes with a true sign of multiplication: "T1, 128x128" becomes "T1, 128 × 128"."""
    return re.sub(r"(?<=\d)x(?=\d)", " × ", text)


def phrase(items, one, many):
    """How many items there are, in words with a verb: "no difference is", "one difference is", "2 differences are"."""
    return f"{'one' if items else 'no'} {one}" if len(items) < 2 else f"{len(items)} {many}"
