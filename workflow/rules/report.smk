"""Draw the figures that a study names, say where each of its settings comes from, and write the report.

REQUIRED INPUTS: results/{study}/real/{dataset}.npz and samples/{dataset}/{recipe}.npz of what is shown; {measure}.tsv of what is drawn.
OUTPUTS: results/{study}/{figure}.png, {figure}_key.tsv of a quiz sheet, settings.html, audit.tsv, audit.html, checklist.tsv,
    checklist.html, summary.html; results/report.html
"""


rule figure:
    input:
        images=get_figure_images,
        tables=get_figure_tables,
    output:
        figure=report(
            "results/{study}/{figure}.png",
            caption="../report/output.rst",
            category=get_category,
            subcategory="Figures",
            labels=get_figure_report_labels,
        ),
    log:
        "logs/figure/{study}/{figure}.log",
    wildcard_constraints:
        figure=closed_list(get_figures("panels", other=True)),
    conda:
        "../../envs/figure.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        caption=lambda wildcards: get_figure(wildcards)["caption"],
        kind=lambda wildcards: get_figure(wildcards)["figure"],
        options=lambda wildcards: get_figure_plan(wildcards)["options"],
        labels=lambda wildcards: get_figure_plan(wildcards)["labels"],
        seed=SETTINGS["seed"],
        code=lambda wildcards: get_code("figure", figures=get_figure(wildcards)["figure"]),
    message:
        "Drawing {wildcards.figure} of {wildcards.study}"
    script:
        "../scripts/figure.py"


rule panels:
    input:
        images=get_figure_images,
    output:
        figure=report(
            "results/{study}/{figure}.png",
            caption="../report/output.rst",
            category=get_category,
            subcategory="Figures",
            labels=get_figure_report_labels,
        ),
        key="results/{study}/{figure}_key.tsv",
    log:
        "logs/panels/{study}/{figure}.log",
    wildcard_constraints:
        figure=closed_list(get_figures("panels")),
    conda:
        "../../envs/panels.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        caption=lambda wildcards: get_figure(wildcards)["caption"],
        options=lambda wildcards: get_figure_plan(wildcards)["options"],
        labels=lambda wildcards: get_figure_plan(wildcards)["labels"],
        seed=SETTINGS["seed"],
        code=get_code("panels"),
    message:
        "Drawing the quiz sheet {wildcards.figure} of {wildcards.study}"
    script:
        "../scripts/panels.py"


rule settings_page:
    input:
        study=lambda wildcards: STUDIES[wildcards.study]["file"],
        recipes=lambda wildcards: get_recipe_files(wildcards.study),
    output:
        page=report(
            "results/{study}/settings.html",
            caption="../report/settings.rst",
            category=get_category,
            subcategory="Settings",
            labels={"table": "Stated, or not stated and why chosen"},
        ),
    log:
        "logs/settings_page/{study}.log",
    conda:
        "../../envs/settings_page.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        title=lambda wildcards: STUDIES[wildcards.study]["title"],
        resolved=lambda wildcards: {
            key: value
            for key, value in STUDIES[wildcards.study].items()
            if key not in ("file", "folder", "notes", "sums")
        },
        size=SETTINGS["size"],
        override=lambda wildcards: {
            "study": SETTINGS["override"].get(wildcards.study, {}),
            "recipes": SETTINGS["override"].get("recipes", {}),
        },
        code=get_code("settings_page"),
    message:
        "Writing where the settings of {wildcards.study} come from"
    script:
        "../scripts/settings_page.py"


rule audit:
    input:
        printed=lambda wildcards: get_printed_files(wildcards.study),
        sums=lambda wildcards: STUDIES[wildcards.study]["sums"],
    output:
        table="results/{study}/audit.tsv",
        page=report(
            "results/{study}/audit.html",
            caption="../report/audit.rst",
            category=get_category,
            subcategory="Printed numbers",
            labels={"table": "The printed numbers, worked out again"},
        ),
    log:
        "logs/audit/{study}.log",
    conda:
        "../../envs/audit.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        title=lambda wildcards: STUDIES[wildcards.study]["title"],
        tables=lambda wildcards: get_printed(wildcards.study, "tables"),
        comparisons=lambda wildcards: get_printed(wildcards.study, "comparisons"),
        group=lambda wildcards: STUDIES[wildcards.study]["group"]["name"],
        code=get_code("audit"),
    message:
        "Working out the printed numbers of {wildcards.study} again"
    script:
        "../scripts/audit.py"


rule checklist:
    input:
        study=lambda wildcards: STUDIES[wildcards.study]["file"],
        real=lambda wildcards: [get_cut_file(wildcards.study, dataset) for dataset in get_models(wildcards.study)],
        created=lambda wildcards: get_model_files(wildcards.study, "samples/{}.npz"),
        histories=lambda wildcards: get_model_files(wildcards.study, "models/{}/history.tsv", trained=True),
        generators=lambda wildcards: get_model_files(wildcards.study, "models/{}/generator.keras", trained=True),
        software=ROOT / "envs" / "train_gan.yaml",
        quiz_keys=lambda wildcards: [
            f"results/{wildcards.study}/quiz_keys/{reader}.tsv" for reader in get_quizzes(wildcards.study)
        ],
        judgements=lambda wildcards: (
            [f"results/{wildcards.study}/judgements.tsv"] if STUDIES[wildcards.study]["reader_study"] else []
        ),
        comparisons=lambda wildcards: [
            f"results/{wildcards.study}/{name}.tsv" for name in STUDIES[wildcards.study]["comparisons"]
        ],
    output:
        table="results/{study}/checklist.tsv",
        page=report(
            "results/{study}/checklist.html",
            caption="../report/checklist.rst",
            category=get_category,
            subcategory="Checklist",
            labels={"table": "Reporting checklist"},
        ),
    log:
        "logs/checklist/{study}.log",
    conda:
        "../../envs/checklist.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        resolved=lambda wildcards: {
            key: value
            for key, value in STUDIES[wildcards.study].items()
            if key not in ("file", "folder", "notes", "sums")
        },
        cohort=lambda wildcards: SETTINGS["cohorts"].get(STUDIES[wildcards.study]["cohort"] or "", {}),
        rows=lambda wildcards: get_subjects(wildcards.study),
        run_settings={"size": SETTINGS["size"], "seed": SETTINGS["seed"]},
        datasets=lambda wildcards: list(get_models(wildcards.study)),
        models=lambda wildcards: get_model_files(wildcards.study, "{}"),
        trained=lambda wildcards: get_model_files(wildcards.study, "{}", trained=True),
        code=get_code("checklist"),
    message:
        "Filling in the reporting checklist of {wildcards.study}"
    script:
        "../scripts/checklist.py"


rule summary:
    input:
        judgements=lambda wildcards: (
            [f"results/{wildcards.study}/judgements.tsv"] if STUDIES[wildcards.study]["reader_study"] else []
        ),
        tables=lambda wildcards: [
            f"results/{wildcards.study}/{name}.tsv" for name in STUDIES[wildcards.study]["tables"]
        ],
        realism=lambda wildcards: get_examined(wildcards.study, "realism.tsv"),
        copying=lambda wildcards: get_examined(wildcards.study, "copying.tsv"),
        use=lambda wildcards: get_examined(wildcards.study, "use.tsv"),
        figures=lambda wildcards: [
            f"results/{wildcards.study}/{name}.png" for name in STUDIES[wildcards.study]["figures"]
        ],
    output:
        page=report(
            "results/{study}/summary.html",
            caption="../report/summary.rst",
            category=get_category,
            subcategory=" Could anybody tell?",  # with a space, so that it comes first
            labels={"page": "Front page"},
        ),
    log:
        "logs/summary/{study}.log",
    conda:
        "../../envs/summary.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        title=lambda wildcards: STUDIES[wildcards.study]["title"],
        citation=lambda wildcards: STUDIES[wildcards.study]["citation"],
        remarks=get_remarks,
        labels=lambda wildcards: {
            f"{entry['dataset']}/{entry['recipe']}": entry["label"] for entry in get_examined_sets(wildcards.study)
        },
        captions=lambda wildcards: [
            {"title": figure["title"] or name, "caption": figure["caption"]}
            for name, figure in STUDIES[wildcards.study]["figures"].items()
        ],
        code=get_code("summary"),
    message:
        "Writing the front page of {wildcards.study}"
    script:
        "../scripts/summary.py"


rule report_due:
    output:
        touch("results/.report_due"),
    params:
        when=time.time(),  # so that one that a killed run left does not count
