"""Read and check the configuration and the cohorts; hand rules what they ask for. No science here.

REQUIRED INPUTS: the configuration, and the cohort tables or BIDS folders that it names.
OUTPUTS: functions named get_<thing>, and the closed lists of wildcards.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

# TensorFlow's C++ side reports every missing GPU library otherwise.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(workflow.basedir) / "workflow" / "scripts"))

from neuroturing import configuration, provenance
from neuroturing.cohort import brats, plan, spect_tables, tables


def get_config_name():
    """The file that a message about a key should name."""
    return ", ".join(str(path) for path in workflow.overwrite_configfiles) or "config.yaml"


def get_cohort(name, spec):
    """Scans or cases of one cohort by name. A table or a folder replaces the simulation."""
    if "table" in spec:
        scans = tables.read_table(spec["table"])
    elif "bids" in spec:
        scans = tables.read_bids(spec["bids"])
    elif "brats_table" in spec:
        scans = brats.read_brats_table(spec["brats_table"], spec["allow_missing"])
    elif "brats_folder" in spec:
        scans = brats.read_brats_folder(spec["brats_folder"], spec["grades"], spec["allow_missing"])
    elif "simulate_glioma" in spec:
        scans = plan.planned_cases(spec["simulate_glioma"], config["seed"])
        for case in scans:
            case |= {key: f"results/cohort/{name}/{case['subject']}_{key}.nii.gz" for key in brats.SEQUENCES}
    elif "spect_table" in spec:
        scans = spect_tables.read_spect_table(spec["spect_table"])
    elif "simulate_spect" in spec:
        scans = plan.planned_spect(spec["simulate_spect"], config["seed"])
        for scan in scans:
            scan["spect"] = f"results/cohort/{name}/{scan['scan']}_spect.nii.gz"
    else:
        scans = plan.planned_scans(spec["simulate"], config["seed"])
        for scan in scans:
            scan["t1w"] = f"results/cohort/{name}/{scan['scan']}_T1w.nii.gz"
    return {scan.get("scan", scan["subject"]): scan for scan in scans}


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
    reader=closed_list(
        reader for study in config["studies"].values() for reader in study.get("quiz", {}).get("readers", [])
    ),


def write_report():
    """Make results/report.html of a whole run or a whole study, by the command that was just run."""
    if set(workflow.dag_settings.targets) <= {"all", *config["studies"]}:
        command = [sys.executable, "-m", "snakemake", *sys.argv[1:], "--report", "results/report.html", "--nolock"]
        done = subprocess.run(command, capture_output=True, text=True)
        failed = f"results/report.html could not be written:\n{done.stderr[-1000:]}"
        print(failed if done.returncode else "The report is in results/report.html", file=sys.stderr)
