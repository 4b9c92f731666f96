"""Ask people: a quiz for each reader, its key, the sheet of Figure 1B, and the table of what the readers answered.

REQUIRED INPUTS: results/{study}/real/{dataset}.npz and samples/{dataset}/{recipe}.npz of the quiz's model;
    the readers' answers {responses}/{reader}.csv, where they have come back.
OUTPUTS: results/{study}/quiz/{reader}/, quiz_keys/{reader}.tsv, figure1a.png, figure1b.png, figure1b_key.tsv, table1.tsv, table1.html
"""


rule draw_quiz:
    input:
        unpack(get_quiz_pools),
    output:
        images=directory("results/{study}/quiz/{reader}/images"),
        form="results/{study}/quiz/{reader}/answers.csv",
        training="results/{study}/quiz/{reader}/training.csv",
        key="results/{study}/quiz_keys/{reader}.tsv",
    log:
        "logs/draw_quiz/{study}/{reader}.log",
    wildcard_constraints:
        study=closed_list(get_studies("koshino")),
    conda:
        "../../envs/draw_quiz.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        quiz=get_quiz,
        seed=config["seed"],
        code=get_code("draw_quiz"),
    message:
        "Drawing the quiz of reader {wildcards.reader}"
    script:
        "../scripts/draw_quiz.py"


rule quiz_sheet:
    input:
        unpack(get_quiz_pools),
    output:
        figure=report(
            "results/{study}/figure1b.png",
            caption="../report/figure1b.rst",
            category="{study}",
            subcategory="Reader study",
            labels={"figure": "Figure 1B: quiz sheet"},
        ),
        key="results/{study}/figure1b_key.tsv",
    log:
        "logs/quiz_sheet/{study}.log",
    wildcard_constraints:
        study=closed_list(get_studies("koshino")),
    conda:
        "../../envs/quiz_sheet.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        panels=lambda wildcards: get_quiz(wildcards)["panels"],
        created_panels=lambda wildcards: get_quiz(wildcards)["created_panels"],
        seed=config["seed"],
        code=get_code("quiz_sheet"),
    message:
        "Drawing the quiz sheet of {wildcards.study}"
    script:
        "../scripts/quiz_sheet.py"


rule koshino_figure1a:
    input:
        unpack(get_quiz_pools),
    output:
        figure=report(
            "results/{study}/figure1a.png",
            caption="../report/figure1a.rst",
            category="{study}",
            subcategory="Reader study",
            labels={"figure": "Figure 1A: work flow"},
        ),
    log:
        "logs/koshino_figure1a/{study}.log",
    wildcard_constraints:
        study=closed_list(get_studies("koshino")),
    conda:
        "../../envs/koshino_figure1a.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        latent=lambda wildcards: config["recipes"][get_quiz(wildcards)["model"]["recipe"]]["latent"],
        seed=config["seed"],
        code=get_code("koshino_figure1a"),
    message:
        "Drawing the work flow of {wildcards.study}"
    script:
        "../scripts/koshino_figure1a.py"


rule koshino_table1:
    input:
        quiz_keys=lambda wildcards: [
            f"results/{wildcards.study}/quiz_keys/{reader}.tsv" for reader in get_quiz(wildcards)["readers"]
        ],
        answers=get_answers,
    output:
        table="results/{study}/table1.tsv",
        page=report(
            "results/{study}/table1.html",
            caption="../report/table1.rst",
            category="{study}",
            subcategory="Reader study",
            labels={"table": "Table 1: readers"},
        ),
    log:
        "logs/koshino_table1/{study}.log",
    wildcard_constraints:
        study=closed_list(get_studies("koshino")),
    conda:
        "../../envs/koshino_table1.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        responses=lambda wildcards: get_quiz(wildcards)["responses"],
        code=get_code("koshino_table1"),
    message:
        "Scoring the readers of {wildcards.study}"
    script:
        "../scripts/koshino_table1.py"
