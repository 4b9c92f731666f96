"""What rules ask of a run: functions named get_<thing>, each one look-up, in the order of the stages.

REQUIRED INPUTS: SETTINGS, STUDIES and COHORTS, settled by common.smk.
"""

READ = [
    "judgements.tsv",
    "reading.tsv",
    "mrmc.tsv",
    "readings.imrmc",
    "sizing.tsv",
    "sizing.png",
    "blinding.tsv",
    "blinding.html",
]
SUBJECTS = ("healthy", "patients", "normal", "unilateral", "bilateral")


def get_simulation(cohort):
    """Settings of a simulated cohort without its numbers of subjects, so that one subject more leaves the others as they are."""
    settings = SETTINGS["cohorts"][cohort]["simulate"]
    return {name: value for name, value in settings.items() if name not in SUBJECTS}


def get_cut(wildcards):
    """The block of a cut: its rule and its settings."""
    return STUDIES[wildcards.study]["cuts"][wildcards.cut]


def get_imported_files(path):
    """A file, or the images of a folder: the date of a folder says nothing of what is in its files, and changes when they do not."""
    return [str(file) for file in image_files(Path(path))] if Path(path).is_dir() else [path]


def get_cut_split(wildcards):
    """Side of each subject of a cut; of imported images, whose subjects are not known yet, the shares and the seed, or nothing."""
    split = STUDIES[wildcards.study]["split"]
    if get_cut(wildcards)["rule"] != "images":
        return SPLITS[wildcards.study]
    return {} if split == "none" else split | {"seed": SETTINGS["seed"]}


def get_cut_rows(wildcards):
    """Scans of a study's cohort with the images that the study cuts."""
    wanted = STUDIES[wildcards.study]["contrasts"]
    return [
        row | {"images": {contrast: row["images"][contrast] for contrast in wanted}}
        for row in get_scans(wildcards.study).values()
    ]


def get_row(wildcards):
    """One scan's row without the paths of its images: a rule takes these as inputs, and the report shows parameters, not inputs."""
    return {key: value for key, value in get_scans(wildcards.study)[wildcards.scan].items() if key != "images"}


def get_names_table(wildcards):
    """Where it is kept who is who among imported images under pseudonyms; a table for each cut, since cuts are made at one time."""
    imported = get_cut(wildcards)["rule"] == "images"
    return f"private/{wildcards.study}_{wildcards.cut}.tsv" if SETTINGS["pseudonyms"] and imported else None


def get_plane_cuts(study):
    """Cuts of a study that are turned planes."""
    return [name for name, cut in STUDIES[study]["cuts"].items() if cut["rule"] == "planes"]


def get_training_threads(wildcards):
    """Threads of a training. So small a network gains nothing by a second one: trainings beside each other do."""
    study = STUDIES[wildcards.study]
    size = study["cuts"][study["data"][wildcards.dataset]["cut"]].get("size", 128)
    return 1 if get_model(wildcards)["batch"] * size**2 <= SMALL_BATCH_PIXELS else 8


def get_recipe(wildcards):
    """A model's recipe without the file that it was read from: moving the project must not train anew."""
    return {key: value for key, value in get_model(wildcards).items() if key != "file"}


def get_created_labels(wildcards):
    """What is known of every image of a model: its data set's group and contrast, where there is one."""
    where = STUDIES[wildcards.study]["data"][wildcards.dataset]["where"]
    one = {
        key: value if isinstance(value, str) else value[0]
        for key, value in where.items()
        if isinstance(value, str) or len(value) == 1
    }
    known = {key: one[key] for key in ("group", "contrast") if key in one}
    return {"dataset": wildcards.dataset, "source": wildcards.recipe, **known}


def get_made(elsewhere):
    """Studies' models as "dataset/recipe" that were made elsewhere, or that are trained here."""
    return [
        f"{study}/{dataset}/{name}"
        for study in STUDIES
        for dataset, models in get_models(study).items()
        for name, recipe in models.items()
        if ("images" in recipe) == elsewhere
    ]


def get_measure_options(measure):
    """What a measure's own Options are, of its block."""
    return {key: value for key, value in measure.items() if key not in ("measure", "title", "caption")}


def get_checks(wildcards):
    """What a training waits for: that its real images can be measured as the study asks."""
    cut = STUDIES[wildcards.study]["data"][wildcards.dataset]["cut"]
    return [f"results/{wildcards.study}/cuts/{cut}.checked"] if STUDIES[wildcards.study]["measures"] else []


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
            has_images(wildcards.study, dataset) and (not recipe or dataset in models)
            for dataset, recipe in drawn["images"]
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
    files = [
        recipe["file"]
        for models in STUDIES[study]["trained"].values()
        for recipe in models.values()
        if "file" in recipe
    ]
    return list(dict.fromkeys(files))


def get_printed(study, part):
    """Tables or comparisons of a study that show printed rows, each with what an audit asks of it."""
    wanted = ("title", "unit", "published", "elsewhere", "printed")
    blocks = {name: block for name, block in STUDIES[study][part].items() if block["published"]}
    return {name: {key: block[key] for key in wanted if key in block} for name, block in blocks.items()}


def get_printed_files(study):
    """Files of printed rows that a study has or names."""
    blocks = [block for part in ("tables", "comparisons") for block in get_printed(study, part).values()]
    return list(dict.fromkeys(path for block in blocks for path in [block["published"], *block.get("elsewhere", [])]))


def get_model_files(study, name, trained=False):
    """A file of each model of a study, "data set/recipe" for {}; as it is where the name is that alone."""
    pairs = [
        f"{dataset}/{recipe}"
        for dataset, recipes in get_models(study).items()
        for recipe, model in recipes.items()
        if not (trained and "images" in model)
    ]
    return [name.format(pair) if name == "{}" else f"results/{study}/{name.format(pair)}" for pair in pairs]


def get_subjects(study):
    """Scans of a study's cohort without their files: scan, subject, group and side of the split."""
    rows = get_scans(study).values()
    return [
        {key: row.get(key, "") for key in ("scan", "subject", "group")} | {"split": SPLITS[study][row["subject"]]}
        for row in rows
    ]


def get_study_files(study):
    """Every file that a study promises."""
    spec, scans = STUDIES[study], get_scans(study)
    files = [f"{name}.{end}" for part in ("tables", "comparisons") for name in spec[part] for end in ("tsv", "html")]
    files += [f"{name}.tsv" for name in spec["measures"]]
    files += [f"{name}.png" for name in spec["figures"]]
    files += [f"{name}_key.tsv" for name, figure in spec["figures"].items() if figure["figure"] == "panels"]
    files += [f"samples/{dataset}/{recipe}.npz" for dataset, recipes in get_models(study).items() for recipe in recipes]
    files += [
        f"models/{dataset}/{recipe}/{name}"
        for dataset, recipes in get_models(study).items()
        for recipe, settings in recipes.items()
        for name in ("history.tsv", "curves.png", "progress.png")
        if "images" not in settings
    ]
    files += [f"quiz_keys/{reader}.tsv" for reader in get_quizzes(study)]
    files += READ if spec["reader_study"] else []
    files += ["audit.tsv", "audit.html"] if get_printed_files(study) or spec["sums"] else []
    files += get_examination_files(study)
    files += [
        f"models/{dataset}/{recipe}/card.md" for dataset, recipes in get_models(study).items() for recipe in recipes
    ]
    files += ["training_set.tsv"] if get_plane_cuts(study) else []
    if spec["samples"]["write_images"]:
        files += [f"images/{cut}/{scan}" for cut in get_plane_cuts(study) for scan in scans]
    if study in get_aligned_studies("acpc"):
        files += [
            "acpc/contact_sheet.png",
            *(f"acpc/{scan}_{end}" for scan in scans for end in ("acpc.nii.gz", "acpc.png")),
        ]
        files += ["bids"] if spec["align"]["bids"] else []
    if study in get_aligned_studies("levels"):
        files += ["levels/contact_sheet.png"]
    return [
        f"results/{study}/{name}"
        for name in ["summary.html", "settings.html", "checklist.tsv", "checklist.html", *files]
    ]


def get_targets():
    """Studies, each a target of its own; none may be called like a rule."""
    taken = {"all"} | {rule.name for rule in workflow.rules}
    for study in STUDIES:
        if study in taken:
            raise plan.InputError(
                f"studies: {study}", f"'{study}', which is also a rule", "another name", "rename the study's folder"
            )
    return list(STUDIES)
