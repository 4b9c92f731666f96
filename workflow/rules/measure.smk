"""Measure every real and created image, and compare what was measured.

REQUIRED INPUTS: results/{study}/cuts/{cut}.npz or real/{dataset}.npz; samples/{dataset}/{recipe}.npz of every model.
OUTPUTS: results/{study}/{measure}.tsv, {comparison}.tsv, {comparison}.html
"""


rule check_images:
    input:
        images="results/{study}/cuts/{cut}.npz",
    output:
        checked="results/{study}/cuts/{cut}.checked",
    log:
        "logs/check_images/{study}/{cut}.log",
    priority: 2
    conda:
        "../../envs/check_images.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        measures=lambda wildcards: [
            [measure["measure"], get_measure_options(measure)]
            for measure in STUDIES[wildcards.study]["measures"].values()
        ],
        code=get_code("check_images"),
    message:
        "Checking that the images of {wildcards.study}, {wildcards.cut}, can be measured"
    script:
        "../scripts/check_images.py"


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
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        caption=lambda wildcards: STUDIES[wildcards.study]["measures"][wildcards.measure]["caption"],
        measure=lambda wildcards: STUDIES[wildcards.study]["measures"][wildcards.measure]["measure"],
        settings=lambda wildcards: get_measure_options(STUDIES[wildcards.study]["measures"][wildcards.measure]),
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
        mem_mb=growing(2000),
        runtime=growing(30),
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
