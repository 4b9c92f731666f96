"""What rules ask of the configuration and the cohorts: functions named get_<thing>, each one lookup.

REQUIRED INPUTS: config and COHORTS, checked by common.smk.
"""

SMALL_BATCH_PIXELS = 16 * 64**2
SUBJECTS = ("healthy", "patients", "normal", "unilateral", "bilateral")


def get_code(rule_name):
    """Hash of the script of a rule and of the library modules it imports, so that an edit of either reruns the rule."""
    return provenance.code_hash(Path(workflow.basedir) / "workflow" / "scripts" / f"{rule_name}.py")


def get_simulation(wildcards, kind):
    """Settings of a simulated cohort without its numbers of subjects, so that one subject more leaves the others as they are."""
    settings = config["cohorts"][wildcards.cohort][kind]
    return {name: value for name, value in settings.items() if name not in SUBJECTS}


def get_scans(study):
    """Scans of a study's cohort by name, each a dict with subject, scan, group and t1w."""
    return COHORTS[config["studies"][study]["cohort"]]


def get_scan_file(wildcards):
    """Image file of one scan of a study."""
    return get_scans(wildcards.study)[wildcards.scan]["t1w"]


def get_plane_studies():
    """Studies whose images are planes turned about AC-PC."""
    return [
        name
        for name, study in config["studies"].items()
        if any("planes" in spec for spec in study["datasets"].values())
    ]


def get_planes(wildcards):
    """The `planes` block of a data set."""
    return config["studies"][wildcards.study]["datasets"][wildcards.dataset]["planes"]


def get_studies(*kinds):
    """Studies whose readers' examination ends in one of these tables: koshino, han, miru."""
    return [name for name, study in config["studies"].items() if study.get("quiz", {}).get("table") in kinds]


def get_section_spec(wildcards):
    """The `sections` block of a data set."""
    return config["studies"][wildcards.study]["datasets"][wildcards.dataset]["sections"]


def get_case_files(study):
    """Image files of every case of a study's cohort."""
    return [case[name] for case in get_scans(study).values() for name in ("t1", "t1c", "t2", "flair")]


def get_table_files(study):
    """The tables and figures that a study's kind of examination ends in."""
    spec = config["studies"][study]
    if "comparison" in spec:
        figures = [f"figure_{name}.png" for name in ("created", "mean_counts", "lr_ratio")]
        pictures = [f"levels/{scan}_levels.png" for scan in get_scans(study)]
        return ["quantification.tsv", "comparison.tsv", *figures, *pictures]
    files = {"koshino": ["figure1a.png", "figure1b.png", "table1.tsv"], "han": ["table1.tsv"], "miru": ["table.tsv"]}[
        spec["quiz"]["table"]
    ]
    files = files + [f"{sheet}.png" for sheet in spec.get("sheets", {})]
    return files + ["figure1.png"] if "applications" in spec else files


def get_plane_files(study):
    """What a study of turned planes promises besides: each scan in its AC-PC frame, and how many images it gives."""
    if study not in get_plane_studies():
        return []
    files = [f"acpc/{scan}_{end}" for scan in get_scans(study) for end in ("acpc.nii.gz", "acpc.png")]
    for dataset, spec in config["studies"][study]["datasets"].items():
        if spec.get("write_images"):
            files += [f"images/{dataset}/{scan}" for scan in get_scans(study)]
    return ["training_set.tsv", "acpc/contact_sheet.png", *files]


def get_study_files(study):
    """Every file that a study promises."""
    spec = config["studies"][study]
    files = get_table_files(study) + get_plane_files(study)
    files += [f"quiz_keys/{reader}.tsv" for reader in spec.get("quiz", {}).get("readers", [])]
    files += [f"samples/{dataset}/{recipe}.npz" for dataset, recipes in get_models(study).items() for recipe in recipes]
    return [f"results/{study}/{name}" for name in files]


def get_training_threads(wildcards):
    """Threads of a training. So small a network gains nothing by a second one: trainings beside each other do."""
    recipe = config["recipes"][wildcards.recipe]
    pixels = recipe["batch"] * recipe["size"] ** 2
    return 1 if pixels <= SMALL_BATCH_PIXELS else 8


def get_manual_file(wildcards):
    """A 3D Slicer landmark file of a scan, where its table names one."""
    return get_scans(wildcards.study)[wildcards.scan].get("landmarks") or []


def get_quiz(wildcards):
    """The `quiz` block of a study."""
    return config["studies"][wildcards.study]["quiz"]


def get_quiz_pools(wildcards):
    """Archives of the real and created images that a study's quiz is drawn from."""
    model = get_quiz(wildcards)["model"]
    return {
        "real": f"results/{wildcards.study}/real/{model['dataset']}.npz",
        "created": f"results/{wildcards.study}/samples/{model['dataset']}/{model['recipe']}.npz",
    }


def get_answers(wildcards):
    """Answer files that have come back, whatever they are called."""
    return sorted(str(path) for path in Path(get_quiz(wildcards)["responses"]).glob("*.csv"))


def get_tested_models(wildcards):
    """The models of a study's test, each a dict of dataset and recipe: every model of the study where the test names none."""
    models = get_quiz(wildcards).get("models", config["studies"][wildcards.study]["models"])
    return [{"dataset": dataset, "recipe": recipe} for dataset, recipes in models.items() for recipe in recipes]


def get_archive(study, dataset, recipe=None):
    """Archive of a data set's real images, or of those that a recipe created."""
    return f"results/{study}/samples/{dataset}/{recipe}.npz" if recipe else f"results/{study}/real/{dataset}.npz"


def get_tested_pools(wildcards):
    """Archives of the real and created images of each tested model."""
    models = get_tested_models(wildcards)
    return {
        "real": [get_archive(wildcards.study, model["dataset"]) for model in models],
        "created": [get_archive(wildcards.study, **model) for model in models],
    }


def get_dataset_labels(wildcards):
    """What the tables call each data set of a study, in their order."""
    return {name: dataset["label"] for name, dataset in config["studies"][wildcards.study]["datasets"].items()}


def get_recipe_labels(wildcards):
    """What the tables call each recipe, in their order."""
    tested = [model["recipe"] for model in get_tested_models(wildcards)]
    return {name: config["recipes"][name]["label"] for name in dict.fromkeys(tested)}


def get_sheet(wildcards):
    """The block of one sheet of a study."""
    return config["studies"][wildcards.study]["sheets"][wildcards.sheet]


def get_sheet_archives(wildcards):
    """Archive of each group of a sheet."""
    groups = get_sheet(wildcards)["groups"]
    return [get_archive(wildcards.study, group["dataset"], group.get("recipe")) for group in groups]


def get_sheet_groups(wildcards):
    """What a sheet says of each of its groups, and which of their images it shows."""
    groups = get_sheet(wildcards)["groups"]
    return [
        {
            "label": group["label"],
            "kind": config["recipes"][group["recipe"]]["label"] if "recipe" in group else "Real",
            "real": "recipe" not in group,
            "sequence": group.get("sequence"),
        }
        for group in groups
    ]


def get_spect_studies():
    """Studies of perfusion scans."""
    return [name for name, study in config["studies"].items() if "spect" in study]


def get_spect(wildcards):
    """The `spect` block of a study: where its slices lie and how they are cut."""
    return config["studies"][wildcards.study]["spect"]


def get_cell(study, dataset):
    """The `cell` block of a data set: its letter, pattern and levels."""
    return config["studies"][study]["datasets"][dataset]["cell"]


def get_comparison(wildcards):
    """The `comparison` block of a study."""
    return config["studies"][wildcards.study]["comparison"]


def count_cell_images(study, dataset):
    """How many real slices a data set has that is a cell of perfusion scans."""
    cell = get_cell(study, dataset)
    scans = [scan for scan in get_scans(study).values() if scan["pattern"] == cell["pattern"]]
    return sum(len(set(scan["levels"]) & set(cell["levels"])) for scan in scans)


def get_models(study):
    """Recipes by data set. A cell without a real slice has none: its comparisons say so, and the others are made."""
    models = config["studies"][study]["models"]
    if study not in get_spect_studies():
        return models
    return {dataset: recipes for dataset, recipes in models.items() if count_cell_images(study, dataset)}


def get_compared_cells(wildcards):
    """Letter and pattern of each data set that is compared."""
    cells = [get_cell(wildcards.study, dataset) for dataset in get_models(wildcards.study)]
    return [[cell["letter"], cell["pattern"]] for cell in cells]


def get_compared_archives(wildcards):
    """Archives of the created images that are compared, in the order of their cells."""
    recipe = get_comparison(wildcards)["recipe"]
    return [get_archive(wildcards.study, dataset, recipe) for dataset in get_models(wildcards.study)]


def get_created_images(wildcards):
    """How many images a model creates: as many as its training set has, where the study asks for that."""
    number = config["studies"][wildcards.study]["samples"]["created"]
    return count_cell_images(wildcards.study, wildcards.dataset) if number == "as_real" else number


def get_cohort_remark(wildcards):
    """What a page must say of a cohort that is not of patients."""
    cohort = config["cohorts"][config["studies"][wildcards.study]["cohort"]]
    return "" if "spect_table" in cohort else "The real images of this run are simulated."
