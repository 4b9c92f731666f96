"""Read and check the configuration and the cohorts; hand rules what they ask for. No science here.

REQUIRED INPUTS: the configuration, and the cohort tables or BIDS folders that it names.
OUTPUTS: functions named get_<thing>, and the closed lists of wildcards.
"""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow" / "scripts"))

from neuroturing import configuration, provenance
from neuroturing.cohort import plan, tables


def get_config_name():
    """The file that a message about a key should name."""
    return ", ".join(str(path) for path in workflow.overwrite_configfiles) or "config.yaml"


def get_cohort(name, spec):
    """Scans of one cohort by name. A table or a BIDS folder replaces the simulation."""
    if "table" in spec:
        scans = tables.read_table(spec["table"])
    elif "bids" in spec:
        scans = tables.read_bids(spec["bids"])
    else:
        scans = plan.planned_scans(spec["simulate"], config["seed"])
        for scan in scans:
            scan["t1w"] = f"results/cohort/{name}/{scan['scan']}_T1w.nii.gz"
    return {scan["scan"]: scan for scan in scans}


configuration.validate_config(config, Path(workflow.basedir) / "workflow" / "schemas", get_config_name())
COHORTS = {name: get_cohort(name, spec) for name, spec in config["cohorts"].items()}


def closed_list(names):
    """A wildcard constraint that admits these names alone."""
    return "|".join(re.escape(name) for name in sorted(set(names))) or "none"


wildcard_constraints:
    study=closed_list(config["studies"]),
    cohort=closed_list(COHORTS),
    dataset=closed_list(name for study in config["studies"].values() for name in study["datasets"]),
    recipe=closed_list(config["recipes"]),
    scan=closed_list(scan for cohort in COHORTS.values() for scan in cohort),
    reader=closed_list(reader for study in config["studies"].values() for reader in study["quiz"]["readers"]),


def get_code(rule_name):
    """Hash of the script of a rule and of the library modules it imports, so that an edit of either reruns the rule."""
    return provenance.code_hash(Path(workflow.basedir) / "workflow" / "scripts" / f"{rule_name}.py")


def get_scans(study):
    """Scans of a study's cohort by name, each a dict with subject, scan, group and t1w."""
    return COHORTS[config["studies"][study]["cohort"]]


def get_scan_file(wildcards):
    """Image file of one scan of a study."""
    return get_scans(wildcards.study)[wildcards.scan]["t1w"]


def get_planes(wildcards):
    """The `planes` block of a data set."""
    return config["studies"][wildcards.study]["datasets"][wildcards.dataset]["planes"]


def get_study_files(study):
    """Every file that a study promises."""
    spec, base = config["studies"][study], f"results/{study}"
    files = [f"{base}/{name}" for name in ("training_set.tsv", "figure1a.png", "figure1b.png", "table1.tsv")]
    files += [f"{base}/acpc/{scan}_{end}" for scan in get_scans(study) for end in ("acpc.nii.gz", "acpc.png")]
    files += [f"{base}/acpc/contact_sheet.png"]
    files += [f"{base}/quiz_keys/{reader}.tsv" for reader in spec["quiz"]["readers"]]
    for dataset, recipes in spec["models"].items():
        files += [f"{base}/samples/{dataset}/{recipe}.npz" for recipe in recipes]
        if spec["datasets"][dataset]["write_images"]:
            files += [f"{base}/images/{dataset}/{scan}" for scan in get_scans(study)]
    return files


def write_report():
    """Make results/report.html of a whole run or a whole study, by the command that was just run."""
    if set(workflow.dag_settings.targets) <= {"all", *config["studies"]}:
        command = [sys.executable, "-m", "snakemake", *sys.argv[1:], "--report", "results/report.html", "--nolock"]
        done = subprocess.run(command, capture_output=True, text=True)
        failed = "results/report.html could not be written:\n" + done.stderr[-1000:]
        print(failed if done.returncode else "The report is in results/report.html", file=sys.stderr)
