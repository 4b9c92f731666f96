"""What rules ask of the configuration and the cohorts: functions named get_<thing>, each one lookup.

REQUIRED INPUTS: config and COHORTS, checked by common.smk.
"""


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
