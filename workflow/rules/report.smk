"""Draw the figures that a study names, say where each of its settings comes from, and write the report.

REQUIRED INPUTS: results/{study}/real/{dataset}.npz and samples/{dataset}/{recipe}.npz of what is shown; {measure}.tsv of what is drawn.
OUTPUTS: results/{study}/{figure}.png, {figure}_key.tsv of a quiz sheet, settings.html; results/report.html
"""


def get_figure(wildcards):
    """The block of a figure."""
    return STUDIES[wildcards.study]["figures"][wildcards.figure]


def get_figure_plan(wildcards):
    """Image sets, measurements and labels that a figure shows, of the data sets that have images."""
    study = STUDIES[wildcards.study]
    drawn = plan.figure_plan(study, wildcards.figure)
    if drawn["images"]:
        models = get_models(wildcards.study)
        there = [
            has_images(wildcards.study, dataset) and (not recipe or dataset in models) for dataset, recipe in drawn["images"]
        ]
        labels = [label | {"absent": not kept} for label, kept in zip(drawn["labels"], there)]
        drawn |= {"images": [pair for pair, kept in zip(drawn["images"], there) if kept], "labels": labels}
    return drawn


def get_figure_images(wildcards):
    """Image set of each group of a figure."""
    return [get_images(wildcards.study, *pair) for pair in get_figure_plan(wildcards)["images"]]


def get_figure_tables(wildcards):
    """Measurements that a figure draws."""
    return [f"results/{wildcards.study}/{name}.tsv" for name in get_figure_plan(wildcards)["measures"]]


def get_recipe_files(study):
    """Files of the recipes that a study trains."""
    files = [recipe["file"] for models in STUDIES[study]["trained"].values() for recipe in models.values() if "file" in recipe]
    return list(dict.fromkeys(files))


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
        mem_mb=2000,
        runtime=10,
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
        mem_mb=2000,
        runtime=10,
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
        mem_mb=500,
        runtime=5,
    params:
        title=lambda wildcards: STUDIES[wildcards.study]["title"],
        resolved=lambda wildcards: {
            key: value for key, value in STUDIES[wildcards.study].items() if key not in ("file", "folder", "notes")
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


def get_study_files(study):
    """Every file that a study promises."""
    spec, scans = STUDIES[study], get_scans(study)
    files = [f"{name}.{end}" for part in ("tables", "comparisons") for name in spec[part] for end in ("tsv", "html")]
    files += [f"{name}.tsv" for name in spec["measures"]]
    files += [f"{name}.png" for name in spec["figures"]]
    files += [f"{name}_key.tsv" for name, figure in spec["figures"].items() if figure["figure"] == "panels"]
    files += [f"samples/{dataset}/{recipe}.npz" for dataset, recipes in get_models(study).items() for recipe in recipes]
    files += [f"quiz_keys/{reader}.tsv" for reader in get_readers(study)]
    files += ["judgements.tsv"] if spec["reader_study"] else []
    files += ["training_set.tsv"] if get_plane_cuts(study) else []
    if spec["samples"]["write_images"]:
        files += [f"images/{cut}/{scan}" for cut in get_plane_cuts(study) for scan in scans]
    if study in get_aligned_studies("acpc"):
        files += ["acpc/contact_sheet.png", *(f"acpc/{scan}_{end}" for scan in scans for end in ("acpc.nii.gz", "acpc.png"))]
    if study in get_aligned_studies("levels"):
        files += [f"levels/{scan}_levels.png" for scan in scans]
    return [f"results/{study}/{name}" for name in ["settings.html", *files]]


def get_targets():
    """Studies, each a target of its own; none may be called like a rule."""
    taken = {"all"} | {rule.name for rule in workflow.rules}
    for study in STUDIES:
        if study in taken:
            raise plan.InputError(f"studies: {study}", f"'{study}', which is also a rule", "another name", "rename the study's folder")
    return list(STUDIES)
