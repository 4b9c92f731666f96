"""The embedded demo cohort: simulated brains that look like MRI, with the truth beside them.

REQUIRED INPUTS: none; the templates come with nilearn.
OUTPUTS: results/cohort/{cohort}/{scan}_T1w.nii.gz, {scan}_truth.json, {scan}_lesion.nii.gz
"""


rule simulate_scan:
    output:
        scan="results/cohort/{cohort}/{scan}_T1w.nii.gz",
        truth="results/cohort/{cohort}/{scan}_truth.json",
        lesion="results/cohort/{cohort}/{scan}_lesion.nii.gz",
    log:
        "logs/simulate_scan/{cohort}/{scan}.log",
    conda:
        "../../envs/simulate_scan.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=15,
    params:
        scan=lambda wildcards: COHORTS[wildcards.cohort][wildcards.scan],
        settings=lambda wildcards: config["cohorts"][wildcards.cohort]["simulate"],
        seed=config["seed"],
        code=get_code("simulate_scan"),
    message:
        "Simulating the T1-weighted scan {wildcards.scan}"
    script:
        "../scripts/simulate_scan.py"
