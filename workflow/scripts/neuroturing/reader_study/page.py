"""Table 1 as a page: one HTML file that needs nothing else, with notes on how to read it and on the published numbers."""

from . import published, scoring
from .layout import write_html

TEMPLATE = """\
{% extends "skeleton" %}
{% block title %}Table 1. Real or created: the readers' answers{% endblock %}
{% block content %}
<p class="lead">
{% if answered %}
{{ answered }} human reader{{ "s" if answered > 1 }} of this run beside the {{ rows }} published ones{% if waiting %};
no answers yet from {{ waiting | join(", ") }}{% endif %}.
{% else %}
No reader of this run has answered: the table holds the published rows alone{% if waiting %}
 (a quiz is drawn for {{ waiting | join(", ") }}){% endif %}.
{% endif %}
</p>
<div class="scroll">
<table>
<thead>
<tr class="names">
<th>Reader</th><th>Real</th><th>Created</th><th>TP</th><th>FN</th><th>FP</th><th>TN</th><th>Accuracy</th><th></th><th>d′</th><th>c</th>
</tr>
<tr class="units">
<th></th><th>images</th><th>images</th><th>%</th><th>%</th><th>%</th><th>%</th><th></th>
<th class="interval">95&nbsp;% interval</th><th></th><th></th>
</tr>
</thead>
<tbody>
{% for title, readers in groups %}
<tr class="group"><th colspan="11">{{ title }}</th></tr>
{% for row in readers %}
<tr>
<td>{{ row.reader }}</td><td>{{ row.n_real | number(0) }}</td><td>{{ row.n_created | number(0) }}</td>
{% for name in ("TP", "FN", "FP", "TN") %}
<td>{{ row[name] | number(0) }}</td>
{% endfor %}
<td>{{ row.accuracy | number(2) }}</td>
<td class="interval">
{%- if row.kind != "published" %}{{ row.accuracy_low | number(2) }} to {{ row.accuracy_high | number(2) }}{% endif -%}
</td>
<td>{{ row.d_prime | number(2) }}</td><td>{{ row.criterion | number(2) }}</td>
</tr>
{% if row.kind != "published" and row.note %}
<tr class="remark"><td></td><td colspan="10">{{ row.note }}</td></tr>
{% endif %}
{% endfor %}
{% endfor %}
</tbody>
</table>
</div>
<h2>How to read it</h2>
<ul>
<li>Positive means real. TP and FN: real images called real and created; FP and TN: created images called real and created. A
reader who cannot tell has an accuracy near 0.5 and a d′ near 0.</li>
<li>Accuracy is (TP + TN) / (TP + FN + FP + TN), in images. Its interval is Wilson's and takes images as independent; images of
one subject are less so, which makes it too narrow rather than too wide.</li>
<li>d′ = z(TP) − z(FP) is how well the two kinds are told apart; c = −(z(TP) + z(FP)) / 2 is the leaning, above 0 towards
“created”. Neither depends on the share of created images, which differs between readers, as accuracy does. This run's are taken
from counts with the log-linear correction (half an image added to each “real”, one to each total), the published ones from the
printed percentages without it.</li>
<li>An image answered “unknown”, or not answered, is counted among the images and in none of TP, FN, FP and TN; a remark under the
reader then says how many there were. The cases for training are not counted.</li>
</ul>
<h2>On the published numbers</h2>
<ul>
<li>NR: neuroradiologists, more than 15 years of experience. NNR: two body radiologists, less than 10 years, and a resident, less
than 4. The paper does not say which NNR is which.</li>
<li>The paper speaks of {{ images }} images in total, 40 to 60 % of them created, and gives no counts. With {{ images }} images a
reader, {{ fitting[images] }} of the {{ rows }} rows can arise from whole images, with {{ 2 * images }}, {{ fitting[2 * images] }}
of {{ rows }}; the smallest number that allows all is {{ smallest }} (GRIM test, ordinary rounding, halves either way). The number
of images per reader is therefore left empty, and no interval is given.</li>
<li>The mean of TP and TN, which accuracy is where as many images are created as real, comes to
{% for reader, mean, printed in means %}{{ reader }} {{ "%.3f" | format(mean) }} (printed {{ "%.2f" | format(printed) }})
{%- if not loop.last %}, {% endif %}{% endfor %}.
The printed value is the lower one for {{ halves_down | join(" and ") }} and the higher one for {{ halves_up | join(" and ") }}:
no one rule of rounding gives them all.</li>
{% for reader, printed, d in below %}
<li>{{ reader }} is below chance (accuracy {{ "%.2f" | format(printed) }}, d′ {{ d | number(2) }}): a reader with inverted labels,
not a more fooled one. Created images that cannot be told from real ones give 0.5, not less.</li>
{% endfor %}
</ul>
{% endblock %}
"""


def write_page(path, table, waiting):
    """Write the table and its notes.

    Parameters
    ----------
    path : str or path
    table : pandas.DataFrame
        From `table1`.
    waiting : list of str
        Readers who have a quiz and have not answered.
    """
    groups = [
        ("Published: Koshino et al. 2018, Table 1", table[table["kind"] == "published"]),
        ("This run: human readers", table[table["kind"] == "human"]),
    ]
    write_html(
        path,
        TEMPLATE,
        groups=[(title, rows.to_dict("records")) for title, rows in groups if len(rows)],
        answered=int((table["kind"] == "human").sum()),
        waiting=waiting,
        **_facts(),
    )


def _facts():
    """What the notes say of the printed numbers, worked out from them."""
    rows, images = published.KOSHINO_TABLE1, published.PAPER_IMAGES
    means = {row.reader: (row.tp + row.tn) / 2 for row in rows}
    return {
        "images": images,
        "fitting": {number: sum(published.grim(row, number) for row in rows) for number in (images, 2 * images)},
        "smallest": published.smallest_sample(rows),
        "rows": len(rows),
        "means": [(row.reader, means[row.reader] / 100, row.accuracy / 100) for row in rows],
        "halves_up": [row.reader for row in rows if means[row.reader] < row.accuracy],
        "halves_down": [row.reader for row in rows if means[row.reader] > row.accuracy],
        "below": [(row.reader, row.accuracy / 100, scoring.detection(row.tp / 100, row.fp / 100)[0]) for row in rows if row.tp < row.fp],
    }
