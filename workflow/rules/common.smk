"""Settle what a run consists of; hand rules what they ask for. No science here: neuroturing.plan merges and checks.

REQUIRED INPUTS: the configuration, the studies' folders, and the cohort tables or folders that it names.
OUTPUTS: SETTINGS, STUDIES, COHORTS, SPLITS; functions named get_<thing>; the closed lists of wildcards.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from snakemake.exceptions import WorkflowError

ROOT = Path(os.path.relpath(Path(str(workflow.current_basedir)).resolve().parents[1]))
SCRIPTS = ROOT / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))

from neuroturing.screen.view import take_over

# Before anything can fail: the calm view, and an InputError without lines of the Snakefile.
take_over(workflow)

from neuroturing import plan, provenance
from neuroturing.cohort.split import split_subjects
from neuroturing.cut.files import image_files
from neuroturing.read import sessions
from neuroturing.render.report_pictures import lighten
from phantom import PHANTOMS
from phantom.plan import CONTRASTS, plan_cohort

REPORT = "results/report.html"
NEEDED = {"pygments": "pygments", "PIL": "pillow"}  # modules and packages that a report is written with
IMPORTED = None if workflow.modifier.is_main_snakefile() else config  # what a workflow that imports this one hands over
SMALL_BATCH_PIXELS = 16 * 64**2


def get_config_name():
    """The file that a message about a key should name."""
    files = workflow.overwrite_configfiles or ([] if IMPORTED is None else workflow.configfiles)
    return ", ".join(str(path) for path in files) or "config.yaml"


def get_simulated(cohort, settings):
    """Rows of a simulated cohort, with where their images will be."""
    rows = plan_cohort(settings["phantom"], settings, SETTINGS["seed"])
    for row in rows:
        files = [f"results/cohort/{cohort}/{row['scan']}_{name}.nii.gz" for name in CONTRASTS[settings["phantom"]]]
        row["images"] = dict(zip(CONTRASTS[settings["phantom"]], files))
    return rows


def get_user_settings():
    """What the command line says of this workflow: nothing, where another one imports it and hands over a part of its own settings."""
    own = IMPORTED is None or IMPORTED is workflow.modifier_stack[0].globals["config"]
    return workflow.config_settings.overwrite_config if own else {}


for path in workflow.overwrite_configfiles:
    if Path(path).suffix != ".json":
        plan.read_yaml(path)  # Snakemake has read it, and passes over a key that stands twice
SETTINGS = plan.load(ROOT, get_user_settings(), get_config_name(), PHANTOMS, IMPORTED)
STUDIES = SETTINGS["studies"]
ANSWERS = plan.find_answer_files(SETTINGS, get_config_name())
COHORTS = plan.read_cohorts(SETTINGS, get_simulated, get_config_name())
SPLITS = {
    name: split_subjects(COHORTS.get(study["cohort"], {}).values(), study["split"], SETTINGS["seed"])
    for name, study in STUDIES.items()
}


def closed_list(names):
    """A wildcard constraint that admits these names alone."""
    return "|".join(re.escape(name) for name in sorted(set(names))) or "none"


def get_names(part):
    """Names of one part of all studies: cuts, data, figures, tables, measures, comparisons."""
    return [name for study in STUDIES.values() for name in study[part]]


def get_aligned_studies(rule_name):
    """Studies whose scans are aligned by one rule: acpc or levels."""
    return [name for name, study in STUDIES.items() if study["align"] and study["align"]["rule"] == rule_name]


def get_figures(*kinds, other=False):
    """Names of figures of some kinds, or of all others."""
    figures = [
        (name, figure["figure"] in kinds) for study in STUDIES.values() for name, figure in study["figures"].items()
    ]
    return [name for name, chosen in figures if chosen != other]


wildcard_constraints:
    study=closed_list(STUDIES),
    cohort=closed_list(COHORTS),
    cut=closed_list(get_names("cuts")),
    dataset=closed_list(get_names("data")),
    recipe=closed_list(name for study in STUDIES.values() for models in study["trained"].values() for name in models),
    scan=closed_list(scan for cohort in COHORTS.values() for scan in cohort),
    reader=closed_list(
        name for study in STUDIES.values() if study["reader_study"] for name in sessions.quizzes(study["reader_study"])
    ),
    observer=closed_list(get_names("observers")),
    figure=closed_list(get_names("figures")),
    table=closed_list(get_names("tables")),
    measure=closed_list(get_names("measures")),
    comparison=closed_list(get_names("comparisons")),


def get_code(rule_name, **chosen):
    """Hash of a rule's script and of the library modules that it uses, so that an edit of either reruns the rule."""
    return provenance.code_hash(SCRIPTS / f"{rule_name}.py", **chosen)


def growing(first):
    """A resource that a job asks for: what the first attempt gets, twice that for the second, and so on."""
    return lambda wildcards, attempt: first * attempt


def get_category(wildcards):
    """What the report calls a study."""
    return STUDIES[wildcards.study]["title"]


def get_figure_report_labels(wildcards):
    """What the report calls a figure."""
    return {"figure": STUDIES[wildcards.study]["figures"][wildcards.figure]["title"] or wildcards.figure}


def get_scans(study):
    """Scans of a study's cohort by name, each a row of the cohort."""
    return COHORTS.get(STUDIES[study]["cohort"], {})


def get_scan_file(wildcards):
    """Image of one scan of a study, the first contrast that it names."""
    study = STUDIES[wildcards.study]
    return get_scans(wildcards.study)[wildcards.scan]["images"][study["contrasts"][0]]


def get_records(study):
    """Alignment records of a study's scans, in the order of its cohort; none where scans are not aligned."""
    place = plan.folder_of(STUDIES[study])
    return [f"results/{study}/{place[0]}/{scan}{place[1]}" for scan in get_scans(study)] if place else []


def has_images(study, dataset):
    """Whether a data set can hold an image: a cohort without one of the groups leaves its models out, and the others are made."""
    return plan.has_images(STUDIES[study], dataset, get_scans(study).values())


def get_models(study):
    """Recipes by data set and name, of the data sets that have images."""
    return {dataset: models for dataset, models in STUDIES[study]["trained"].items() if has_images(study, dataset)}


def get_model(wildcards):
    """The recipe of one model of a study."""
    return STUDIES[wildcards.study]["trained"][wildcards.dataset][wildcards.recipe]


def get_images(study, dataset, recipe=None):
    """Image set of a data set's real images, or of those that a recipe created."""
    return f"results/{study}/samples/{dataset}/{recipe}.npz" if recipe else f"results/{study}/real/{dataset}.npz"


def get_cut_file(study, dataset):
    """Image set of the cut that a data set is taken from."""
    return f"results/{study}/cuts/{STUDIES[study]['data'][dataset]['cut']}.npz"


def get_label(study, dataset):
    """What tables and figures call a data set."""
    return STUDIES[study]["data"][dataset]["label"] or dataset


def get_recipe_label(study, dataset, recipe):
    """What tables and figures call a recipe, and which training of it."""
    number = plan.training_number(recipe)
    label = STUDIES[study]["trained"][dataset][recipe].get("label") or recipe
    return f"{label}, training {number}" if number > 1 else label


def get_side(study):
    """Which side readers' real images are of: subjects kept from training, where there are some."""
    return "held_out" if STUDIES[study]["split"] != "none" else "all"


def get_remarks(wildcards):
    """What a table's page must say of a cohort that is not of people."""
    cohort = SETTINGS["cohorts"].get(STUDIES[wildcards.study]["cohort"] or "", {})
    return ["The real images of this run are simulated."] if cohort.get("simulate") else []


def has_report():
    """Whether this run ends with a report: a whole run, or whole studies, to their end."""
    chosen = workflow.dag_settings
    partial = chosen.until or chosen.omit_from or chosen.batch or chosen.target_jobs
    return not partial and set(chosen.targets) <= {"all", *STUDIES}


def get_report_due():
    """What makes a run that lacks its report one that has something to do: Snakemake ends one that has not before the report.

    A workflow that imports this one makes its own report.
    """
    main = Path(str(workflow.main_snakefile)).resolve()
    own = main in ((ROOT / name).resolve() for name in ("Snakefile", "workflow/Snakefile"))
    return ["results/.report_due"] if own and not Path(REPORT).exists() else []


def get_report_command():
    """Snakemake's command for the report of this run: its own settings, whatever the order and form in which they were given."""
    chosen = workflow.config_settings
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow.main_snakefile), "--report", REPORT]
    command += ["--nolock", "--cores", "1", "--profile", "none", "--workflow-profile", "none"]
    if chosen.configfiles:
        command += ["--configfile", *map(str, chosen.configfiles)]
    if chosen.config_args:
        command += ["--config", *chosen.config_args]  # as they were given
    if chosen.replace_workflow_config:
        command += ["--replace-workflow-config"]
    return [*command, "--", *sorted(workflow.dag_settings.targets)]


def get_cause(messages):
    """Why a Snakemake command failed, from what it printed, as one sentence."""
    parts = re.split(r"(?m)^\w*(?:Error|Exception)\b.*:$", messages)
    lines = [line.strip() for line in parts[-1].splitlines() if line.strip() and not line.startswith('  File "')]
    return " ".join(lines if len(parts) > 1 else lines[-1:]).rstrip(".") or "no reason is known"


def write_report():
    """Make results/report.html; a WorkflowError, and so an exit status other than 0, where it cannot be written."""
    if not has_report():
        return
    Path("results/.report_due").unlink(missing_ok=True)
    log = Path("logs/report.log")
    missing = [name for module, name in NEEDED.items() if not importlib.util.find_spec(module)]
    if not missing:
        done = subprocess.run(get_report_command(), capture_output=True, text=True, errors="replace")
        log.parent.mkdir(exist_ok=True)
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        cause = get_cause(done.stderr) + f" ({log} has all of it)" if done.returncode else ""
    else:
        cause = f"the Python package {missing[0]} is missing: pip install {missing[0]}, then run the same command again"
    if cause:
        Path(REPORT).unlink(missing_ok=True)  # an older one would pass for this run's
        raise WorkflowError(f"{REPORT} could not be written: {cause}")
    lighten(REPORT)
    print(f"The report is in {REPORT}", file=sys.stderr)
