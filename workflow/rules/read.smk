"""Ask people, and model observers: a quiz for each reader, its key, what it gives away, and the tables of what was answered.

REQUIRED INPUTS: results/{study}/real/{dataset}.npz and samples/{dataset}/{recipe}.npz of the models that are judged;
    the readers' answers {responses}/{study}/{reader}.csv, where they have come back.
OUTPUTS: results/{study}/protocol.json, quiz/{reader}/, quiz_keys/{reader}.tsv, blinding.tsv, blinding.html, observers/{observer}.tsv,
    judgements.tsv, reading.tsv, mrmc.tsv, readings.imrmc, sizing.tsv, sizing.png, {table}.tsv, {table}.html
"""


rule protocol:
    output:
        protocol="results/{study}/protocol.json",
    log:
        "logs/protocol/{study}.log",
    conda:
        "../../envs/protocol.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        study="{study}",
        decided=lambda wildcards: STUDIES[wildcards.study]["reader_study"]["protocol"],
        blocks=lambda wildcards: get_blocks(wildcards.study),
        practice=lambda wildcards: STUDIES[wildcards.study]["reader_study"]["practice"],
        page=lambda wildcards: STUDIES[wildcards.study]["reader_study"]["page"],
        shown=lambda wildcards: get_design(wildcards.study),
        sessions=lambda wildcards: get_phases(wildcards.study),
        code=get_code("protocol"),
    message:
        "Writing down the protocol of {wildcards.study}"
    script:
        "../scripts/protocol.py"


rule draw_quiz:
    input:
        real=lambda wildcards: [get_images(wildcards.study, block["dataset"]) for block in get_drawn_blocks(wildcards)],
        created=lambda wildcards: [
            get_images(wildcards.study, block["dataset"], block["recipe"]) for block in get_drawn_blocks(wildcards)
        ],
        protocol="results/{study}/protocol.json",
    output:
        page="results/{study}/quiz/{reader}/index.html",
        images=directory("results/{study}/quiz/{reader}/images"),
        form="results/{study}/quiz/{reader}/answers.csv",
        training="results/{study}/quiz/{reader}/training.csv",
        key="results/{study}/quiz_keys/{reader}.tsv",
    log:
        "logs/draw_quiz/{study}/{reader}.log",
    conda:
        "../../envs/draw_quiz.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        reader="{reader}",
        title=get_category,
        blocks=lambda wildcards: get_quiz(wildcards)["blocks"],
        practice=lambda wildcards: get_quiz(wildcards)["practice"],
        shown=lambda wildcards: get_quiz(wildcards)["page"],
        design=lambda wildcards: get_design(wildcards.study),
        session=get_session,
        seed=SETTINGS["seed"],
        code=get_code("draw_quiz"),
    message:
        "Drawing the quiz of reader {wildcards.reader}"
    script:
        "../scripts/draw_quiz.py"


rule blinding:
    input:
        images=lambda wildcards: [
            f"results/{wildcards.study}/quiz/{reader}/images" for reader in get_quizzes(wildcards.study)
        ],
        quiz_keys=lambda wildcards: [
            f"results/{wildcards.study}/quiz_keys/{reader}.tsv" for reader in get_quizzes(wildcards.study)
        ],
    output:
        table="results/{study}/blinding.tsv",
        page=report(
            "results/{study}/blinding.html",
            caption="../report/blinding.rst",
            category=get_category,
            subcategory="Reader study",
            labels={"table": "Blinding audit"},
        ),
    log:
        "logs/blinding/{study}.log",
    conda:
        "../../envs/blinding.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        datasets=lambda wildcards: get_model_labels(wildcards.study)["dataset"],
        recipes=lambda wildcards: get_model_labels(wildcards.study)["recipe"],
        seed=SETTINGS["seed"],
        code=get_code("blinding"),
    message:
        "Trying to win the quizzes of {wildcards.study} without looking"
    script:
        "../scripts/blinding.py"


rule observe:
    input:
        real=lambda wildcards: [get_images(wildcards.study, block["dataset"]) for block in get_blocks(wildcards.study)],
        created=lambda wildcards: [
            get_images(wildcards.study, block["dataset"], block["recipe"]) for block in get_blocks(wildcards.study)
        ],
    output:
        judgements="results/{study}/observers/{observer}.tsv",
    log:
        "logs/observe/{study}/{observer}.log",
    conda:
        "../../envs/observe.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        study="{study}",
        reader="{observer}",
        observer=lambda wildcards: get_observer(wildcards)["observer"],
        settings=lambda wildcards: {key: value for key, value in get_observer(wildcards).items() if key != "observer"},
        blocks=lambda wildcards: get_blocks(wildcards.study),
        practice=lambda wildcards: STUDIES[wildcards.study]["reader_study"]["practice"],
        seed=SETTINGS["seed"],
        code=lambda wildcards: get_code("observe", observers=get_observer(wildcards)["observer"]),
    message:
        "The model observer {wildcards.observer} judges"
    script:
        "../scripts/observe.py"


rule judgements:
    input:
        quiz_keys=lambda wildcards: [
            f"results/{wildcards.study}/quiz_keys/{reader}.tsv" for reader in get_quizzes(wildcards.study)
        ],
        answers=get_answers,
        observed=get_observed,
    output:
        judgements="results/{study}/judgements.tsv",
    log:
        "logs/judgements/{study}.log",
    conda:
        "../../envs/judgements.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        study="{study}",
        responses=lambda wildcards: f"{SETTINGS['responses']}/{wildcards.study}",
        groups=lambda wildcards: STUDIES[wildcards.study]["reader_study"]["groups"],
        code=get_code("judgements"),
    message:
        "Collecting the judgements of {wildcards.study}"
    script:
        "../scripts/judgements.py"


rule reading:
    input:
        judgements="results/{study}/judgements.tsv",
    output:
        table="results/{study}/reading.tsv",
    log:
        "logs/reading/{study}.log",
    conda:
        "../../envs/reading.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        datasets=lambda wildcards: get_model_labels(wildcards.study)["dataset"],
        recipes=lambda wildcards: get_model_labels(wildcards.study)["recipe"],
        seed=SETTINGS["seed"],
        code=get_code("reading"),
    message:
        "Everything that the judgements of {wildcards.study} say"
    script:
        "../scripts/reading.py"


rule mrmc:
    input:
        judgements="results/{study}/judgements.tsv",
    output:
        table=report(
            "results/{study}/mrmc.tsv",
            caption="../report/mrmc.rst",
            category=get_category,
            subcategory="Reader study",
            labels={"table": "For other readers and images"},
        ),
        readings="results/{study}/readings.imrmc",
    log:
        "logs/mrmc/{study}.log",
    conda:
        "../../envs/mrmc.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        study="{study}",
        datasets=lambda wildcards: get_model_labels(wildcards.study)["dataset"],
        recipes=lambda wildcards: get_model_labels(wildcards.study)["recipe"],
        endpoint=lambda wildcards: STUDIES[wildcards.study]["reader_study"]["protocol"]["endpoint"],
        margin=lambda wildcards: STUDIES[wildcards.study]["reader_study"]["protocol"]["margin"],
        code=get_code("mrmc"),
    message:
        "What the judgements of {wildcards.study} say of other readers and images"
    script:
        "../scripts/mrmc.py"


rule sizing:
    input:
        judgements=get_pilot,
    output:
        table="results/{study}/sizing.tsv",
        figure=report(
            "results/{study}/sizing.png",
            caption="../report/sizing.rst",
            category=get_category,
            subcategory="Reader study",
            labels={"figure": "Power by readers and images"},
        ),
    log:
        "logs/sizing/{study}.log",
    conda:
        "../../envs/sizing.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        study="{study}",
        endpoint=lambda wildcards: STUDIES[wildcards.study]["reader_study"]["protocol"]["endpoint"],
        settings=lambda wildcards: get_sizing(wildcards.study),
        own=lambda wildcards: get_own_sizes(wildcards.study),
        same_set=lambda wildcards: STUDIES[wildcards.study]["reader_study"]["same_set"],
        datasets=lambda wildcards: get_model_labels(wildcards.study)["dataset"],
        code=get_code("sizing"),
    message:
        "How many readers and images {wildcards.study} needs"
    script:
        "../scripts/sizing.py"


rule reader_table:
    input:
        judgements="results/{study}/judgements.tsv",
        published=lambda wildcards: STUDIES[wildcards.study]["tables"][wildcards.table]["published"] or [],
        elsewhere=lambda wildcards: STUDIES[wildcards.study]["tables"][wildcards.table]["elsewhere"],
        notes=lambda wildcards: STUDIES[wildcards.study]["notes"],
    output:
        table="results/{study}/{table}.tsv",
        page=report(
            "results/{study}/{table}.html",
            caption="../report/output.rst",
            category=get_category,
            subcategory="Reader study",
            labels={"table": "{table}"},
        ),
    log:
        "logs/reader_table/{study}/{table}.log",
    wildcard_constraints:
        table=closed_list(get_names("tables")),
    conda:
        "../../envs/reader_table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        caption=lambda wildcards: STUDIES[wildcards.study]["tables"][wildcards.table]["caption"],
        spec=lambda wildcards: STUDIES[wildcards.study]["tables"][wildcards.table],
        datasets=lambda wildcards: get_model_labels(wildcards.study)["dataset"],
        recipes=lambda wildcards: get_model_labels(wildcards.study)["recipe"],
        readers=lambda wildcards: get_quizzes(wildcards.study),
        split=lambda wildcards: STUDIES[wildcards.study]["split"],
        remarks=get_remarks,
        code=get_code("reader_table"),
    message:
        "Scoring the readers of {wildcards.study}"
    script:
        "../scripts/reader_table.py"
