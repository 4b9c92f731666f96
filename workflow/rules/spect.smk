"""Cut perfusion scans at their levels, measure real and created slices, and compare them (Werner 2022).

REQUIRED INPUTS: the scans of the study's cohort; results/{study}/samples/{dataset}/{recipe}.npz of the model that is compared.
OUTPUTS: results/{study}/levels/{scan}_levels.json, {scan}_levels.png; slices.npz; datasets/{dataset}.npz; quantification.tsv;
    comparison.tsv, comparison_b.tsv, comparison.html; figure_created.png, figure_mean_counts.png, figure_lr_ratio.png
"""


rule spect_levels:
    input:
        scan=lambda wildcards: get_scans(wildcards.study)[wildcards.scan]["spect"],
    output:
        levels="results/{study}/levels/{scan}_levels.json",
        picture=report(
            "results/{study}/levels/{scan}_levels.png",
            caption="../report/spect_levels.rst",
            category="{study}",
            subcategory="Levels",
            labels={"figure": "Levels", "scan": "{scan}"},
        ),
    log:
        "logs/spect_levels/{study}/{scan}.log",
    wildcard_constraints:
        study=closed_list(get_spect_studies()),
    conda:
        "../../envs/spect_levels.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        row=lambda wildcards: get_scans(wildcards.study)[wildcards.scan],
        heights_mm=lambda wildcards: get_spect(wildcards)["levels_mm"],
        code=get_code("spect_levels"),
    message:
        "Finding the levels of {wildcards.scan}"
    script:
        "../scripts/spect_levels.py"


rule spect_dataset:
    input:
        scans=lambda wildcards: [scan["spect"] for scan in get_scans(wildcards.study).values()],
        levels=lambda wildcards: [
            f"results/{wildcards.study}/levels/{scan}_levels.json" for scan in get_scans(wildcards.study)
        ],
    output:
        dataset="results/{study}/slices.npz",
    log:
        "logs/spect_dataset/{study}.log",
    wildcard_constraints:
        study=closed_list(get_spect_studies()),
    conda:
        "../../envs/spect_dataset.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        scans=lambda wildcards: list(get_scans(wildcards.study).values()),
        spec=get_spect,
        code=get_code("spect_dataset"),
    message:
        "Cutting the slices of {wildcards.study}"
    script:
        "../scripts/spect_dataset.py"


rule spect_training_set:
    input:
        stack="results/{study}/slices.npz",
    output:
        dataset="results/{study}/datasets/{dataset}.npz",
    log:
        "logs/spect_training_set/{study}/{dataset}.log",
    wildcard_constraints:
        study=closed_list(get_spect_studies()),
    conda:
        "../../envs/spect_training_set.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        pattern=lambda wildcards: get_cell(wildcards.study, wildcards.dataset)["pattern"],
        levels=lambda wildcards: get_cell(wildcards.study, wildcards.dataset)["levels"],
        code=get_code("spect_training_set"),
    message:
        "Selecting the training set {wildcards.dataset} of {wildcards.study}"
    script:
        "../scripts/spect_training_set.py"


rule spect_quantify:
    input:
        real="results/{study}/slices.npz",
        created=get_compared_archives,
    output:
        table=report(
            "results/{study}/quantification.tsv",
            caption="../report/spect_quantify.rst",
            category="{study}",
            subcategory="Comparison",
            labels={"table": "Measurements"},
        ),
    log:
        "logs/spect_quantify/{study}.log",
    wildcard_constraints:
        study=closed_list(get_spect_studies()),
    conda:
        "../../envs/spect_quantify.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        cells=get_compared_cells,
        normalisation=lambda wildcards: get_comparison(wildcards)["normalisation"],
        settings=lambda wildcards: get_comparison(wildcards)["measurement"],
        code=get_code("spect_quantify"),
    message:
        "Measuring real and created slices of {wildcards.study}"
    script:
        "../scripts/spect_quantify.py"


rule spect_compare:
    input:
        quantification="results/{study}/quantification.tsv",
    output:
        table="results/{study}/comparison.tsv",
        b_reference="results/{study}/comparison_b.tsv",
        page=report(
            "results/{study}/comparison.html",
            caption="../report/spect_compare.rst",
            category="{study}",
            subcategory="Comparison",
            labels={"table": "Real and created images"},
        ),
    log:
        "logs/spect_compare/{study}.log",
    wildcard_constraints:
        study=closed_list(get_spect_studies()),
    conda:
        "../../envs/spect_compare.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        b_reference=lambda wildcards: get_comparison(wildcards)["b_reference"],
        normalisation=lambda wildcards: get_comparison(wildcards)["normalisation"],
        settings=lambda wildcards: get_comparison(wildcards)["statistics"] | {"seed": config["seed"]},
        remark=get_cohort_remark,
        code=get_code("spect_compare"),
    message:
        "Comparing real and created slices of {wildcards.study}"
    script:
        "../scripts/spect_compare.py"


rule spect_figures:
    input:
        quantification="results/{study}/quantification.tsv",
        created=get_compared_archives,
    output:
        samples=report(
            "results/{study}/figure_created.png",
            caption="../report/figure_created.rst",
            category="{study}",
            subcategory="Images",
            labels={"figure": "Created images"},
        ),
        mean_counts=report(
            "results/{study}/figure_mean_counts.png",
            caption="../report/figure_mean_counts.rst",
            category="{study}",
            subcategory="Comparison",
            labels={"figure": "Mean counts"},
        ),
        lr_ratio=report(
            "results/{study}/figure_lr_ratio.png",
            caption="../report/figure_lr_ratio.rst",
            category="{study}",
            subcategory="Comparison",
            labels={"figure": "Left/right ratio"},
        ),
    log:
        "logs/spect_figures/{study}.log",
    wildcard_constraints:
        study=closed_list(get_spect_studies()),
    conda:
        "../../envs/spect_figures.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        cells=get_compared_cells,
        normalisation=lambda wildcards: get_comparison(wildcards)["normalisation"],
        code=get_code("spect_figures"),
    message:
        "Drawing the figures of {wildcards.study}"
    script:
        "../scripts/spect_figures.py"
