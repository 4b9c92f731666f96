"""Cut each study's images: planes turned about the AC-PC frame and sampled once from the raw scan, or sections of upright volumes.

REQUIRED INPUTS: the scans of the study's cohort; for planes results/{study}/acpc/{scan}_landmarks.json.
OUTPUTS: results/{study}/datasets/{dataset}.npz, real/{dataset}.npz; of planes training_set.tsv and, on request, images/{dataset}/{scan}/
"""


rule plane_dataset:
    input:
        scans=lambda wildcards: [scan["t1w"] for scan in get_scans(wildcards.study).values()],
        landmarks=lambda wildcards: [
            f"results/{wildcards.study}/acpc/{scan}_landmarks.json" for scan in get_scans(wildcards.study)
        ],
    output:
        dataset="results/{study}/datasets/{dataset}.npz",
    log:
        "logs/plane_dataset/{study}/{dataset}.log",
    wildcard_constraints:
        study=closed_list(get_plane_studies()),
    priority: 2
    conda:
        "../../envs/plane_dataset.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=60,
    params:
        scans=lambda wildcards: list(get_scans(wildcards.study).values()),
        planes=get_planes,
        code=get_code("plane_dataset"),
    message:
        "Preparing the planes of {wildcards.study}, data set {wildcards.dataset}"
    script:
        "../scripts/plane_dataset.py"


rule slice_dataset:
    input:
        scans=lambda wildcards: get_case_files(wildcards.study),
    output:
        dataset="results/{study}/datasets/{dataset}.npz",
    log:
        "logs/slice_dataset/{study}/{dataset}.log",
    wildcard_constraints:
        study=closed_list(get_studies("han", "miru")),
    conda:
        "../../envs/slice_dataset.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=60,
    params:
        cases=lambda wildcards: list(get_scans(wildcards.study).values()),
        spec=get_section_spec,
        code=get_code("slice_dataset"),
    message:
        "Cutting the sections of {wildcards.study}, data set {wildcards.dataset}"
    script:
        "../scripts/slice_dataset.py"


rule training_set:
    output:
        table=report(
            "results/{study}/training_set.tsv",
            caption="../report/training_set.rst",
            category="{study}",
            subcategory="Training set",
            labels={"table": "Images per scan"},
        ),
    log:
        "logs/training_set/{study}.log",
    conda:
        "../../envs/training_set.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        scans=lambda wildcards: list(get_scans(wildcards.study).values()),
        datasets=lambda wildcards: config["studies"][wildcards.study]["datasets"],
        code=get_code("training_set"),
    message:
        "Counting the training images of {wildcards.study}"
    script:
        "../scripts/training_set.py"


rule sample_real:
    input:
        dataset="results/{study}/datasets/{dataset}.npz",
    output:
        images="results/{study}/real/{dataset}.npz",
    log:
        "logs/sample_real/{study}/{dataset}.log",
    conda:
        "../../envs/sample_real.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=15,
    params:
        images=lambda wildcards: config["studies"][wildcards.study]["samples"]["real"],
        seed=config["seed"],
        code=get_code("sample_real"),
    message:
        "Drawing real images of {wildcards.dataset}"
    script:
        "../scripts/sample_real.py"


rule write_images:
    input:
        dataset="results/{study}/datasets/{dataset}.npz",
    output:
        folder=directory("results/{study}/images/{dataset}/{scan}"),
    log:
        "logs/write_images/{study}/{dataset}/{scan}.log",
    conda:
        "../../envs/write_images.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=120,
    params:
        code=get_code("write_images"),
    message:
        "Writing out the training images of {wildcards.scan}"
    script:
        "../scripts/write_images.py"
