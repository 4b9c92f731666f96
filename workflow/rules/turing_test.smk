"""Visual Turing Tests: a test for each reader, the tables of Han 2018 and MIRU 2017, and their sheets of images.

REQUIRED INPUTS: results/{study}/real/{dataset}.npz and samples/{dataset}/{recipe}.npz of the models that are tested or shown;
    the readers' answers {responses}/{reader}.csv, where they have come back.
OUTPUTS: results/{study}/quiz/{reader}/, quiz_keys/{reader}.tsv, table1.tsv, table1.html, table.tsv, table.html, figure1.png and
    the sheets that the study names
"""


rule draw_turing_test:
    input:
        unpack(get_tested_pools),
    output:
        images=directory("results/{study}/quiz/{reader}/images"),
        form="results/{study}/quiz/{reader}/answers.csv",
        key="results/{study}/quiz_keys/{reader}.tsv",
    log:
        "logs/draw_turing_test/{study}/{reader}.log",
    wildcard_constraints:
        study=closed_list(get_studies("han", "miru")),
    conda:
        "../../envs/draw_turing_test.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        models=get_tested_models,
        of_each=lambda wildcards: get_quiz(wildcards)["of_each"],
        seed=config["seed"],
        code=get_code("draw_turing_test"),
    message:
        "Drawing the Visual Turing Test of reader {wildcards.reader}"
    script:
        "../scripts/draw_turing_test.py"


rule han_table1:
    input:
        quiz_keys=lambda wildcards: [
            f"results/{wildcards.study}/quiz_keys/{reader}.tsv" for reader in get_quiz(wildcards)["readers"]
        ],
        answers=get_answers,
    output:
        table="results/{study}/table1.tsv",
        page=report(
            "results/{study}/table1.html",
            caption="../report/han_table1.rst",
            category="{study}",
            subcategory="Reader study",
            labels={"table": "Table 1: Visual Turing Test"},
        ),
    log:
        "logs/han_table1/{study}.log",
    wildcard_constraints:
        study=closed_list(get_studies("han")),
    conda:
        "../../envs/han_table1.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        responses=lambda wildcards: get_quiz(wildcards)["responses"],
        datasets=get_dataset_labels,
        recipes=get_recipe_labels,
        code=get_code("han_table1"),
    message:
        "Scoring the Visual Turing Test of {wildcards.study}"
    script:
        "../scripts/han_table1.py"


rule miru_table:
    input:
        quiz_keys=lambda wildcards: [
            f"results/{wildcards.study}/quiz_keys/{reader}.tsv" for reader in get_quiz(wildcards)["readers"]
        ],
        answers=get_answers,
    output:
        table="results/{study}/table.tsv",
        page=report(
            "results/{study}/table.html",
            caption="../report/miru_table.rst",
            category="{study}",
            subcategory="Reader study",
            labels={"table": "Visual Turing Test"},
        ),
    log:
        "logs/miru_table/{study}.log",
    wildcard_constraints:
        study=closed_list(get_studies("miru")),
    conda:
        "../../envs/miru_table.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        responses=lambda wildcards: get_quiz(wildcards)["responses"],
        datasets=get_dataset_labels,
        recipes=get_recipe_labels,
        code=get_code("miru_table"),
    message:
        "Scoring the Visual Turing Test of {wildcards.study}"
    script:
        "../scripts/miru_table.py"


rule image_sheet:
    input:
        archives=get_sheet_archives,
    output:
        figure=report(
            "results/{study}/{sheet}.png",
            caption="../report/image_sheet.rst",
            category="{study}",
            subcategory="Images",
            labels={"figure": "{sheet}"},
        ),
    log:
        "logs/image_sheet/{study}/{sheet}.log",
    wildcard_constraints:
        sheet=closed_list(sheet for study in config["studies"].values() for sheet in study.get("sheets", {})),
    conda:
        "../../envs/image_sheet.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        groups=get_sheet_groups,
        layout=lambda wildcards: {name: get_sheet(wildcards)[name] for name in ("across", "columns", "rows")},
        seed=config["seed"],
        code=get_code("image_sheet"),
    message:
        "Drawing the sheet {wildcards.sheet} of {wildcards.study}"
    script:
        "../scripts/image_sheet.py"


rule han_figure1:
    input:
        real=lambda wildcards: get_archive(
            wildcards.study, config["studies"][wildcards.study]["applications"]["dataset"]
        ),
        created=lambda wildcards: get_archive(wildcards.study, **config["studies"][wildcards.study]["applications"]),
    output:
        figure=report(
            "results/{study}/figure1.png",
            caption="../report/han_figure1.rst",
            category="{study}",
            subcategory="Images",
            labels={"figure": "Figure 1: applications"},
        ),
    log:
        "logs/han_figure1/{study}.log",
    conda:
        "../../envs/han_figure1.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        seed=config["seed"],
        code=get_code("han_figure1"),
    message:
        "Drawing the applications of created images in {wildcards.study}"
    script:
        "../scripts/han_figure1.py"
