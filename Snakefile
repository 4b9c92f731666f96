# NeuroTuring: train GANs on brain images and find out whether anybody can tell.
# This page is the table of contents: what is configured, which stages there are, and what can be asked for.
from snakemake.utils import min_version

min_version("9.8")


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/lookup.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/acpc.smk"
include: "workflow/rules/slices.smk"
include: "workflow/rules/gan.smk"
include: "workflow/rules/reader_study.smk"
include: "workflow/rules/turing_test.smk"
include: "workflow/rules/spect.smk"


rule all:
    default_target: True
    input:
        [get_study_files(study) for study in config["studies"]],


# One target a study: snakemake --cores all koshino2018
for study in config["studies"]:

    rule:
        name:
            study
        input:
            get_study_files(study),


onsuccess:
    write_report()
