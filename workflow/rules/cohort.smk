"""The embedded demo cohorts: simulated brains that look like MRI, with the truth beside them.

REQUIRED INPUTS: none; the templates come with nilearn.
OUTPUTS: results/cohort/{cohort}/{scan}_T1w.nii.gz, {scan}_lesion.nii.gz, {scan}_{t1,t1c,t2,flair,seg}.nii.gz,
    or {scan}_spect.nii.gz, {scan}_defect.nii.gz; {scan}_truth.json
"""


rule simulate_scan:
    output:
        scan="results/cohort/{cohort}/{scan}_T1w.nii.gz",
        truth="results/cohort/{cohort}/{scan}_truth.json",
        lesion="results/cohort/{cohort}/{scan}_lesion.nii.gz",
    log:
        "logs/simulate_scan/{cohort}/{scan}.log",
    wildcard_constraints:
        cohort=closed_list(name for name, spec in config["cohorts"].items() if "simulate" in spec),
    priority: 2
    conda:
        "../../envs/simulate_scan.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=15,
    params:
        scan=lambda wildcards: COHORTS[wildcards.cohort][wildcards.scan],
        settings=lambda wildcards: get_simulation(wildcards, "simulate"),
        seed=config["seed"],
        code=get_code("simulate_scan"),
    message:
        "Simulating the T1-weighted scan {wildcards.scan}"
    script:
        "../scripts/simulate_scan.py"


rule simulate_glioma:
    output:
        t1="results/cohort/{cohort}/{scan}_t1.nii.gz",
        t1c="results/cohort/{cohort}/{scan}_t1c.nii.gz",
        t2="results/cohort/{cohort}/{scan}_t2.nii.gz",
        flair="results/cohort/{cohort}/{scan}_flair.nii.gz",
        seg="results/cohort/{cohort}/{scan}_seg.nii.gz",
        truth="results/cohort/{cohort}/{scan}_truth.json",
    log:
        "logs/simulate_glioma/{cohort}/{scan}.log",
    wildcard_constraints:
        cohort=closed_list(name for name, spec in config["cohorts"].items() if "simulate_glioma" in spec),
    conda:
        "../../envs/simulate_glioma.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=15,
    params:
        case=lambda wildcards: COHORTS[wildcards.cohort][wildcards.scan],
        seed=config["seed"],
        code=get_code("simulate_glioma"),
    message:
        "Simulating the glioma case {wildcards.scan}"
    script:
        "../scripts/simulate_glioma.py"


rule simulate_spect:
    output:
        scan="results/cohort/{cohort}/{scan}_spect.nii.gz",
        truth="results/cohort/{cohort}/{scan}_truth.json",
        defect="results/cohort/{cohort}/{scan}_defect.nii.gz",
    log:
        "logs/simulate_spect/{cohort}/{scan}.log",
    wildcard_constraints:
        cohort=closed_list(name for name, spec in config["cohorts"].items() if "simulate_spect" in spec),
    conda:
        "../../envs/simulate_spect.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=15,
    params:
        case=lambda wildcards: COHORTS[wildcards.cohort][wildcards.scan],
        settings=lambda wildcards: get_simulation(wildcards, "simulate_spect"),
        seed=config["seed"],
        code=get_code("simulate_spect"),
    message:
        "Simulating the perfusion scan {wildcards.scan}"
    script:
        "../scripts/simulate_spect.py"
