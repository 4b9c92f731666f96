# NeuroTuring: train GANs on brain images and find out whether anybody can tell.
# This page is the table of contents: what is configured, which stages there are, and what can be asked for.
from snakemake.utils import min_version

min_version("9.17")


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/lookup.smk"
include: "workflow/rules/lookup_read.smk"
include: "workflow/rules/lookup_examine.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/align.smk"
include: "workflow/rules/cut.smk"
include: "workflow/rules/gan.smk"
include: "workflow/rules/read.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/examine.smk"
include: "workflow/rules/report.smk"


# Where jobs are sent to a cluster: what takes seconds is done where Snakemake runs.
localrules:
    all,
    audit,
    card,
    check_images,
    checklist,
    compare,
    draw_quiz,
    draw_training,
    figure,
    judgements,
    levels_contact_sheet,
    mrmc,
    panels,
    protocol,
    reader_table,
    reading,
    report_due,
    resolved_config,
    settings_page,
    sizing,
    summary,
    training_set,


rule all:
    default_target: True
    input:
        "results/config.yaml",
        [get_study_files(study) for study in STUDIES],
        get_report_due(),


# One target a study: snakemake --cores all koshino2018
for study in get_targets():

    rule:
        name:
            study
        input:
            "results/config.yaml",
            get_study_files(study),
            get_report_due(),
        localrule: True


onsuccess:
    write_report()
