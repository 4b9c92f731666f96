"""Find the anterior and posterior commissures of each scan and turn it into its AC-PC frame.

REQUIRED INPUTS: the scans of the study's cohort.
OUTPUTS: results/{study}/acpc/{scan}_landmarks.json, {scan}_acpc.nii.gz, {scan}_acpc.png, contact_sheet.png
"""


rule acpc_landmarks:
    input:
        scan=get_scan_file,
        manual=get_manual_file,
    output:
        landmarks="results/{study}/acpc/{scan}_landmarks.json",
    log:
        "logs/acpc_landmarks/{study}/{scan}.log",
    priority: 2
    conda:
        "../../envs/acpc_landmarks.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        manual=lambda wildcards: get_scans(wildcards.study)[wildcards.scan],
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
    conda:
        "../../envs/acpc_reslice.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
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
    conda:
        "../../envs/acpc_picture.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        code=get_code("acpc_picture"),
    message:
        "Drawing the AC-PC check of {wildcards.scan}"
    script:
        "../scripts/acpc_picture.py"


rule acpc_contact_sheet:
    input:
        scans=lambda wildcards: [scan["t1w"] for scan in get_scans(wildcards.study).values()],
        landmarks=lambda wildcards: [
            f"results/{wildcards.study}/acpc/{scan}_landmarks.json" for scan in get_scans(wildcards.study)
        ],
    output:
        sheet=report(
            "results/{study}/acpc/contact_sheet.png",
            caption="../report/acpc_contact_sheet.rst",
            category="{study}",
            subcategory="AC-PC alignment",
            labels={"figure": "AC and PC of every scan"},
        ),
    log:
        "logs/acpc_contact_sheet/{study}.log",
    conda:
        "../../envs/acpc_contact_sheet.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        code=get_code("acpc_contact_sheet"),
    message:
        "Drawing the AC-PC contact sheet of {wildcards.study}"
    script:
        "../scripts/acpc_contact_sheet.py"
