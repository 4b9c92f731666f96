"""The tables of Visual Turing Tests as pages, with notes on how to read them and on the published numbers."""

from statsmodels.stats.multitest import multipletests

from . import published
from .layout import write_html
from .turing_table import MEASURES, compare_recipes, published_counts

LEVEL = 0.05
LEAD = """\
<p class="lead">
{% if readers %}
{{ readers }} human reader{{ "s" if readers > 1 }} of this run below the published {{ what }}{% if waiting %};
no answers yet from {{ waiting | join(", ") }}{% endif %}.
{% else %}
No reader of this run has answered: the table holds the published {{ what }} alone{% if waiting %}
 (a test is drawn for {{ waiting | join(", ") }}){% endif %}.
{% endif %}
</p>
"""
UNKNOWN = """\
<li>An image answered “unknown”, or not answered, is in none of the counts and so leaves every measure; a remark under the row then
says how many there were, and what the accuracy is if they count as wrong.</li>
"""

HAN = (
    """\
{% extends "skeleton" %}
{% block title %}Table 1. Visual Turing Test: real or synthetic, by data set and GAN{% endblock %}
{% block content %}
"""
    + LEAD
    + """\
<div class="scroll">
<table>
<thead>
<tr class="names">
<th>Images</th><th>GAN</th><th>Accuracy</th><th></th><th></th><th>Real</th><th>Real</th><th>Synt</th><th>Synt</th>
<th>Called</th><th>d′</th>
</tr>
<tr class="units">
<th></th><th></th><th>%</th><th class="interval">95&nbsp;% interval</th><th>p</th><th>as real</th><th>as synt</th><th>as real</th>
<th>as synt</th><th>real, %</th><th></th>
</tr>
</thead>
<tbody>
{% for title, rows in groups %}
<tr class="group"><th colspan="11">{{ title }}</th></tr>
{% for row in rows %}
<tr>
<td>{{ row.dataset | size }}</td><td>{{ row.recipe }}</td><td>{{ (100 * row.accuracy) | number(0) }}</td>
<td class="interval">{{ (100 * row.accuracy_low) | number(0) }} to {{ (100 * row.accuracy_high) | number(0) }}</td>
<td>{{ (row.p_value | p_value).replace("= ", "") }}</td>
<td>{{ row.real_as_real }}</td><td>{{ row.real_as_synt }}</td><td>{{ row.synt_as_real }}</td><td>{{ row.synt_as_synt }}</td>
<td>{{ row.called | number(0) }}</td><td>{{ row.d_prime | number(2) }}</td>
</tr>
{% if row.note %}
<tr class="remark"><td></td><td colspan="10">{{ row.note }}</td></tr>
{% endif %}
{% endfor %}
{% endfor %}
</tbody>
</table>
</div>
<h2>Did WGAN deceive better than DCGAN?</h2>
<div class="scroll">
<table>
<thead>
<tr class="names">
<th>Images</th><th>Accuracy</th><th>Accuracy</th><th>Fisher’s exact</th><th>Holm</th><th>Synt as real</th><th>Synt as real</th>
</tr>
<tr class="units"><th></th><th>DCGAN, %</th><th>WGAN, %</th><th>p</th><th>p</th><th>DCGAN, %</th><th>WGAN, %</th></tr>
</thead>
<tbody>
{% for title, rows in comparisons %}
<tr class="group"><th colspan="7">{{ title }}</th></tr>
{% for row in rows %}
<tr>
<td>{{ row.dataset | size }}</td><td>{{ (100 * row.first) | number(0) }}</td><td>{{ (100 * row.second) | number(0) }}</td>
<td>{{ (row.p_value | p_value).replace("= ", "") }}</td><td>{{ (row.p_holm | p_value).replace("= ", "") }}</td>
<td>{{ (100 * row.created_first) | number(0) }}</td><td>{{ (100 * row.created_second) | number(0) }}</td>
</tr>
{% endfor %}
{% endfor %}
</tbody>
</table>
</div>
<h2>How to read it</h2>
<ul>
<li>Counts are of images: 50 real and 50 synthetic ones a row in the paper. Accuracy is (real as real + synt as synt) / all judged;
its interval is Wilson’s. Near 50&nbsp;% the reader could not tell.</li>
<li>p (first table): exact binomial test of the accuracy against 50&nbsp;%, two-sided, not corrected for the number of rows.
Intervals and tests take images as independent; images of one subject are less so.</li>
<li>d′ = z(real as real) − z(synt as real), 0 where the reader cannot tell, whatever the leaning; in all rows half an image is added
to each count called real and one to each total (log-linear correction, Hautus 1995).</li>
<li>Second table: Fisher’s exact test, two-sided, of right against wrong answers, corrected for the rows by Holm’s method. “Synt as
real” is the share of synthetic images taken for real.</li>
"""
    + UNKNOWN
    + """\
</ul>
<h2>On the published numbers</h2>
<ul>
<li>The paper says that WGAN deceived the physician “significantly better than DCGAN for all the MRI sequences except FLAIR” and
names no test. By Fisher’s exact test {{ below | phrase("difference is", "differences are") }} below {{ level }} before correction
{%- if below %} ({{ below | join("; ") | size }}){% endif %}, and {{ survive | phrase("difference survives", "differences survive") }}
Holm’s correction for {{ compared }} comparisons{% if survive %} ({{ survive | join("; ") | size }}){% endif %}.</li>
{% if not_more %}
<li>With WGAN no more synthetic images were taken for real than with DCGAN in {{ not_more | join("; ") | size }}; where accuracy is
lower nevertheless, it is because more real images were called synthetic.</li>
{% endif %}
<li>The physician called only {{ called[0] | number(0) }} to {{ called[1] | number(0) }}&nbsp;% of the images real, where half were.
Whoever calls every image synthetic has an accuracy of 50&nbsp;%: accuracy near 50&nbsp;% is in part this leaning, and d′ the fairer
measure.</li>
<li>{{ told }} of the {{ rows }} accuracies differ from 50&nbsp;% with p &lt; {{ level }}, {{ told_holm }} after Holm’s correction: there
the physician did tell.</li>
<li>One physician judged all rows; how far they hold for others cannot be said.</li>
</ul>
{% endblock %}
"""
)

MIRU = (
    """\
{% extends "skeleton" %}
{% block title %}Table. Visual Turing Test: real or synthetic, as a diagnostic test{% endblock %}
{% block content %}
"""
    + LEAD
    + """\
<div class="scroll">
<table>
<thead>
<tr class="names">
<th>GAN</th><th>Real</th><th>Real</th><th>Synt</th><th>Synt</th><th>Accuracy</th><th>Sensitivity</th><th>Specificity</th><th>LR+</th>
<th>LR−</th><th>Prevalence</th>
</tr>
<tr class="units">
<th></th><th>as real</th><th>as synt</th><th>as real</th><th>as synt</th><th>%</th><th>%</th><th>%</th><th></th><th></th><th>%</th>
</tr>
</thead>
<tbody>
{% for title, rows in groups %}
<tr class="group"><th colspan="11">{{ title }}</th></tr>
{% for row in rows %}
<tr>
<td>{{ row.recipe }}</td>
<td>{{ row.real_as_real }}</td><td>{{ row.real_as_synt }}</td><td>{{ row.synt_as_real }}</td><td>{{ row.synt_as_synt }}</td>
{% for measure, scale, digits in measures %}
<td>{{ (scale * row[measure]) | number(digits) }}</td>
{% endfor %}
</tr>
<tr class="remark">
<td colspan="5">95&nbsp;% interval</td>
{% for measure, scale, digits in measures %}
<td style="text-align: right; white-space: nowrap">
{{- (scale * row[measure + "_low"]) | number(digits) }} to {{ (scale * row[measure + "_high"]) | number(digits) -}}
</td>
{% endfor %}
</tr>
{% if row.note %}
<tr class="remark"><td colspan="11">{{ row.note }}</td></tr>
{% endif %}
{% endfor %}
{% endfor %}
</tbody>
</table>
</div>
<h2>How to read it</h2>
<ul>
<li>Positive means real, as in the paper: sensitivity is the share of real images called real, specificity the share of synthetic
images called synthetic. Likelihood ratios: LR+ = sensitivity / (1 − specificity), LR− = (1 − sensitivity) / specificity. A reader
who cannot tell has 1 for both.</li>
<li>Intervals: Wilson’s for proportions; for likelihood ratios the log method (Simel, Samsa and Matchar 1991), where half an image is
added to all four counts if one of them is 0. They take images as independent.</li>
<li>Prevalence is the share of real images, set by the design; its interval says only what as many images drawn at random would
give.</li>
"""
    + UNKNOWN
    + """\
</ul>
<h2>On the published numbers</h2>
<ul>
<li>Printed: accuracy {{ accuracy }}&nbsp;%, sensitivity {{ printed.sensitivity | number(0) }}&nbsp;%, specificity
{{ printed.specificity | number(0) }}&nbsp;%, likelihood ratios {{ printed.lr_positive | number(2) }} and
{{ printed.lr_negative | number(2) }}, prevalence {{ printed.prevalence }}&nbsp;%:
{{ "all follow from the counts" if recomputed else "they do not follow from the counts" }}.
{{ "Both intervals of the likelihood ratios hold 1: an answer of this physician told nothing that could be shown with " ~ images ~
" images." if both_hold_one }}</li>
{% for dataset, recipe in same %}
<li>The four counts are those of ISBI’s row “{{ dataset | replace(", ", ", " ~ recipe ~ ", ") | size }}” (Han et al. 2018, Table 1): one
experiment, printed twice, and no confirmation of one by the other.</li>
{% endfor %}
<li>The poster names WGAN, DCGAN and BEGAN, and prints a test of WGAN alone.</li>
</ul>
{% endblock %}
"""
)


def write_han_page(path, table, waiting):
    """Write Table 1 of Han et al. 2018, the comparison of the two GANs, and the notes.

    Parameters
    ----------
    path : str or path
    table : pandas.DataFrame
        From `han_table`.
    waiting : list of str
        Readers who have a quiz and have not answered.
    """
    judged = table[["real_as_real", "real_as_synt", "synt_as_real", "synt_as_synt"]].sum(axis=1)
    table = table.assign(called=100 * (table["real_as_real"] + table["synt_as_real"]) / judged.where(judged > 0))
    groups = _groups(table, "Han et al. 2018, Table 1")
    compared = [(title, compare_recipes(rows)) for title, rows in groups]
    write_html(
        path,
        HAN,
        what=f"{len(published.HAN_TABLE1)} rows",
        groups=[(title, rows.to_dict("records")) for title, rows in groups],
        comparisons=[(title, rows.to_dict("records")) for title, rows in compared if len(rows)],
        readers=len(groups) - 1,
        waiting=waiting,
        **_han_facts(groups[0][1], compared[0][1]),
    )


def _groups(table, source):
    """The published rows and those of each human reader, each with a title."""
    groups = [(f"Published: {source}", table[table["kind"] == "published"])]
    human = table[table["kind"] == "human"]
    return groups + [(f"This run: {reader}", rows) for reader, rows in human.groupby("reader", sort=False)]


def _han_facts(rows, compared):
    """What the notes say of the printed numbers, worked out from them."""
    return {
        "level": LEVEL,
        "below": compared.loc[compared["p_value"] < LEVEL, "dataset"].tolist(),
        "survive": compared.loc[compared["p_holm"] < LEVEL, "dataset"].tolist(),
        "compared": len(compared),
        "not_more": compared.loc[compared["created_second"] <= compared["created_first"], "dataset"].tolist(),
        "called": (rows["called"].min(), rows["called"].max()),
        "rows": len(rows),
        "told": int((rows["p_value"] < LEVEL).sum()),
        "told_holm": int(multipletests(rows["p_value"], alpha=LEVEL, method="holm")[0].sum()),
    }


def write_miru_page(path, table, waiting):
    """Write the table of MIRU 2017 and its notes; parameters as in `write_han_page`, the table from `miru_table`."""
    groups = _groups(table, "MIRU 2017")
    write_html(
        path,
        MIRU,
        what="row",
        groups=[(title, rows.to_dict("records")) for title, rows in groups],
        readers=len(groups) - 1,
        waiting=waiting,
        measures=[(measure, *((1, 2) if measure.startswith("lr") else (100, 0))) for measure in MEASURES],
        **_miru_facts(groups[0][1].iloc[0]),
    )


def _miru_facts(row):
    """What the notes say of the printed numbers, worked out from them."""
    printed, (source,) = published.MIRU_PRINTED, published.MIRU_TABLE
    shown = {name: round(row[name] if name.startswith("lr") else 100 * row[name], 2) for name in printed}
    (counts,) = published_counts(published.MIRU_TABLE).values()
    return {
        "accuracy": source.accuracy,
        "printed": printed,
        "recomputed": shown == printed and round(100 * row["accuracy"], 2) == source.accuracy,
        "both_hold_one": all(row[f"{name}_low"] <= 1 <= row[f"{name}_high"] for name in ("lr_positive", "lr_negative")),
        "images": counts.judged,
        "same": [name for name, each in published_counts(published.HAN_TABLE1).items() if each == counts],
    }
