"""Measure every real and created image, and compare what was measured.

REQUIRED INPUTS: results/{study}/cuts/{cut}.npz or real/{dataset}.npz; samples/{dataset}/{recipe}.npz of every model.
OUTPUTS: results/{study}/{measure}.tsv, {comparison}.tsv, {comparison}.html
"""


def get_measured_sets(study):
    """Every set of created images of a study whose data set has images, in order: dataset, recipe, label and where."""
    models = get_models(study)
    return [entry for entry in plan.created_sets(STUDIES[study]) if entry["dataset"] in models]


def get_measured_real(study):
    """Image sets of real images: whole cuts, or what was drawn of them where they are turned planes."""
    datasets = {entry["dataset"]: STUDIES[study]["data"][entry["dataset"]]["cut"] for entry in get_measured_sets(study)}
    turned = [name for name, cut in datasets.items() if STUDIES[study]["cuts"][cut]["rule"] == "planes"]
    whole = dict.fromkeys(get_cut_file(study, name) for name in datasets if name not in turned)
    return [*whole, *(get_images(study, name) for name in turned)]


def get_measured_created(study):
    """Image sets of created images, in the order of get_measured_sets."""
    return [get_images(study, entry["dataset"], entry["recipe"]) for entry in get_measured_sets(study)]


rule measure:
    input:
        real=lambda wildcards: get_measured_real(wildcards.study),
        created=lambda wildcards: get_measured_created(wildcards.study),
    output:
        table=report(
            "results/{study}/{measure}.tsv",
            caption="../report/output.rst",
            category=get_category,
            subcategory="Comparison",
            labels={"table": "{measure}"},
        ),
    log:
        "logs/measure/{study}/{measure}.log",
    conda:
        "../../envs/measure.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        caption=lambda wildcards: STUDIES[wildcards.study]["measures"][wildcards.measure]["caption"],
        measure=lambda wildcards: STUDIES[wildcards.study]["measures"][wildcards.measure]["measure"],
        settings=lambda wildcards: {
            key: value
            for key, value in STUDIES[wildcards.study]["measures"][wildcards.measure].items()
            if key not in ("measure", "title", "caption")
        },
        sets=lambda wildcards: get_measured_sets(wildcards.study),
        group_name=lambda wildcards: STUDIES[wildcards.study]["group"]["name"],
        seed=SETTINGS["seed"],
        code=get_code("measure"),
    message:
        "Measuring real and created images of {wildcards.study}"
    script:
        "../scripts/measure.py"


rule compare:
    input:
        measurements=lambda wildcards: "results/{study}/"
        + STUDIES[wildcards.study]["comparisons"][wildcards.comparison]["of"]
        + ".tsv",
        images=lambda wildcards: get_measured_real(wildcards.study) + get_measured_created(wildcards.study),
        published=lambda wildcards: STUDIES[wildcards.study]["comparisons"][wildcards.comparison]["published"] or [],
        notes=lambda wildcards: STUDIES[wildcards.study]["notes"],
    output:
        table="results/{study}/{comparison}.tsv",
        page=report(
            "results/{study}/{comparison}.html",
            caption="../report/output.rst",
            category=get_category,
            subcategory="Comparison",
            labels={"table": "{comparison}"},
        ),
    log:
        "logs/compare/{study}/{comparison}.log",
    conda:
        "../../envs/compare.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        caption=lambda wildcards: STUDIES[wildcards.study]["comparisons"][wildcards.comparison]["caption"],
        spec=lambda wildcards: STUDIES[wildcards.study]["comparisons"][wildcards.comparison],
        measure=lambda wildcards: STUDIES[wildcards.study]["measures"][
            STUDIES[wildcards.study]["comparisons"][wildcards.comparison]["of"]
        ]["measure"],
        sets=lambda wildcards: get_measured_sets(wildcards.study),
        group=lambda wildcards: STUDIES[wildcards.study]["group"],
        remarks=get_remarks,
        seed=SETTINGS["seed"],
        code=get_code("compare"),
    message:
        "Comparing real and created images of {wildcards.study}"
    script:
        "../scripts/compare.py"
