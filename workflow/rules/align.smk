"""Align scans: the AC-PC frame of T1-weighted heads, the levels of perfusion scans.

REQUIRED INPUTS: the scans of the study's cohort.
OUTPUTS: results/{study}/acpc/{scan}_landmarks.json, {scan}_acpc.nii.gz, {scan}_acpc.png, contact_sheet.png; bids/;
    results/{study}/levels/{scan}_levels.json, {scan}_levels.png
"""


rule acpc_landmarks:
    input:
        scan=get_scan_file,
        manual=lambda wildcards: get_scans(wildcards.study)[wildcards.scan].get("landmarks") or [],
    output:
        landmarks="results/{study}/acpc/{scan}_landmarks.json",
    log:
        "logs/acpc_landmarks/{study}/{scan}.log",
    wildcard_constraints:
        study=closed_list(get_aligned_studies("acpc")),
    priority: 2
    group:
        "scan"
    conda:
        "../../envs/acpc_landmarks.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(10),
    params:
        name="{scan}",
        row=get_row,
        code=get_code("acpc_landmarks"),
    message:
        "Finding AC and PC of {wildcards.scan}"
    script:
        "../scripts/acpc_landmarks.py"


rule acpc_reslice:
    input:
        scan=get_scan_file,
        landmarks="results/{study}/acpc/{scan}_landmarks.json",
    output:
        resliced="results/{study}/acpc/{scan}_acpc.nii.gz",
    log:
        "logs/acpc_reslice/{study}/{scan}.log",
    group:
        "scan"
    conda:
        "../../envs/acpc_reslice.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(10),
    params:
        code=get_code("acpc_reslice"),
    message:
        "Reslicing {wildcards.scan} into its AC-PC frame"
    script:
        "../scripts/acpc_reslice.py"


rule acpc_picture:
    input:
        scan=get_scan_file,
        landmarks="results/{study}/acpc/{scan}_landmarks.json",
    output:
        picture="results/{study}/acpc/{scan}_acpc.png",
    log:
        "logs/acpc_picture/{study}/{scan}.log",
    group:
        "scan"
    conda:
        "../../envs/acpc_picture.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(10),
    params:
        name="{scan}",
        code=get_code("acpc_picture"),
    message:
        "Drawing the AC-PC check of {wildcards.scan}"
    script:
        "../scripts/acpc_picture.py"


rule acpc_contact_sheet:
    input:
        scans=lambda wildcards: [
            row["images"][STUDIES[wildcards.study]["contrasts"][0]] for row in get_scans(wildcards.study).values()
        ],
        landmarks=lambda wildcards: get_records(wildcards.study),
    output:
        sheet=report(
            "results/{study}/acpc/contact_sheet.png",
            caption="../report/acpc_contact_sheet.rst",
            category=get_category,
            subcategory="AC-PC alignment",
            labels={"figure": "AC and PC of every scan"},
        ),
    log:
        "logs/acpc_contact_sheet/{study}.log",
    conda:
        "../../envs/acpc_contact_sheet.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        code=get_code("acpc_contact_sheet"),
    message:
        "Drawing the AC-PC contact sheet of {wildcards.study}"
    script:
        "../scripts/acpc_contact_sheet.py"


rule acpc_bids:
    input:
        resliced=lambda wildcards: [
            f"results/{wildcards.study}/acpc/{scan}_acpc.nii.gz" for scan in get_scans(wildcards.study)
        ],
        landmarks=lambda wildcards: get_records(wildcards.study),
    output:
        folder=directory("results/{study}/bids"),
    log:
        "logs/acpc_bids/{study}.log",
    wildcard_constraints:
        study=closed_list(get_aligned_studies("acpc")),
    conda:
        "../../envs/acpc_bids.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(30),
    params:
        rows=lambda wildcards: [
            {key: row[key] for key in ("subject", "scan", "group")} for row in get_scans(wildcards.study).values()
        ],
        code=get_code("acpc_bids"),
    message:
        "Laying out the aligned scans of {wildcards.study} as a BIDS derivative"
    script:
        "../scripts/acpc_bids.py"


rule perfusion_levels:
    input:
        scan=get_scan_file,
    output:
        levels="results/{study}/levels/{scan}_levels.json",
        picture="results/{study}/levels/{scan}_levels.png",
    log:
        "logs/perfusion_levels/{study}/{scan}.log",
    wildcard_constraints:
        study=closed_list(get_aligned_studies("levels")),
    group:
        "scan"
    conda:
        "../../envs/perfusion_levels.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        row=get_row,
        heights_mm=lambda wildcards: STUDIES[wildcards.study]["align"]["heights_mm"],
        code=get_code("perfusion_levels"),
    message:
        "Finding the levels of {wildcards.scan}"
    script:
        "../scripts/perfusion_levels.py"


rule levels_contact_sheet:
    input:
        pictures=lambda wildcards: [
            f"results/{wildcards.study}/levels/{scan}_levels.png" for scan in get_scans(wildcards.study)
        ],
    output:
        sheet=report(
            "results/{study}/levels/contact_sheet.png",
            caption="../report/levels_contact_sheet.rst",
            category=get_category,
            subcategory="Levels",
            labels={"figure": "Levels of every scan"},
        ),
    log:
        "logs/levels_contact_sheet/{study}.log",
    wildcard_constraints:
        study=closed_list(get_aligned_studies("levels")),
    conda:
        "../../envs/levels_contact_sheet.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=get_code("levels_contact_sheet"),
    message:
        "Drawing the contact sheet of levels of {wildcards.study}"
    script:
        "../scripts/levels_contact_sheet.py"
