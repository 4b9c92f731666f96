"""The embedded demo cohorts: simulated brains that look like MRI and SPECT, with the truth beside them.

REQUIRED INPUTS: none; the templates come with nilearn.
OUTPUTS: results/cohort/{cohort}/{scan}_{contrast}.nii.gz, {scan}_mask.nii.gz, {scan}_truth.json; results/config.yaml
"""

# A cohort's contrasts decide which files it has, so each simulated cohort has a rule of its own.
for cohort in [name for name in COHORTS if SETTINGS["cohorts"][name]["simulate"]]:
    phantom = SETTINGS["cohorts"][cohort]["simulate"]["phantom"]

    rule:
        name:
            f"simulate_{cohort}"
        output:
            images=[f"results/cohort/{cohort}/{{scan}}_{contrast}.nii.gz" for contrast in CONTRASTS[phantom]],
            mask=f"results/cohort/{cohort}/{{scan}}_mask.nii.gz",
            truth=f"results/cohort/{cohort}/{{scan}}_truth.json",
        log:
            f"logs/simulate/{cohort}/{{scan}}.log",
        priority: 2
        group:
            "scan"
        conda:
            "../../envs/simulate.yaml"
        threads: 1
        resources:
            mem_mb=growing(4000),
            runtime=growing(15),
        params:
            phantom=phantom,
            case=lambda wildcards, cohort=cohort: {
                key: value for key, value in COHORTS[cohort][wildcards.scan].items() if key != "images"
            },
            settings=get_simulation(cohort),
            seed=SETTINGS["seed"],
            code=get_code("simulate", phantom=phantom),
        message:
            "Simulating {wildcards.scan}"
        script:
            "../scripts/simulate.py"


rule resolved_config:
    output:
        config="results/config.yaml",
    log:
        "logs/resolved_config.log",
    conda:
        "../../envs/resolved_config.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        settings=SETTINGS,
        code=get_code("resolved_config"),
    message:
        "Writing the settings of this run"
    script:
        "../scripts/resolved_config.py"
