"""Cut each study's images: planes turned about the AC-PC frame, sections of upright volumes, levels of perfusion scans, or images
that were made elsewhere.

REQUIRED INPUTS: the scans of the study's cohort; where they are aligned, results/{study}/acpc/{scan}_landmarks.json or
    levels/{scan}_levels.json.
OUTPUTS: results/{study}/cuts/{cut}.npz, real/{dataset}.npz; of planes training_set.tsv and, on request, images/{cut}/{scan}/
"""


rule cut:
    input:
        scans=lambda wildcards: [
            row["images"][contrast]
            for row in get_scans(wildcards.study).values()
            for contrast in STUDIES[wildcards.study]["contrasts"]
            if get_cut(wildcards)["rule"] != "images"
        ],
        aligned=lambda wildcards: get_records(wildcards.study) if get_cut(wildcards)["rule"] != "images" else [],
        imported=lambda wildcards: [
            file
            for key in ("images", "labels")
            if get_cut(wildcards).get(key)
            for file in get_imported_files(get_cut(wildcards)[key])
        ],
    output:
        images=ensure("results/{study}/cuts/{cut}.npz", non_empty=True),
    log:
        "logs/cut/{study}/{cut}.log",
    priority: 2
    conda:
        "../../envs/cut.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        rule=lambda wildcards: get_cut(wildcards)["rule"],
        rows=get_cut_rows,
        spec=lambda wildcards: {key: value for key, value in get_cut(wildcards).items() if key != "rule"},
        split=get_cut_split,
        names=get_names_table,
        code=get_code("cut"),
    message:
        "Cutting the images of {wildcards.study}, {wildcards.cut}"
    script:
        "../scripts/cut.py"


rule training_set:
    output:
        table=report(
            "results/{study}/training_set.tsv",
            caption="../report/training_set.rst",
            category=get_category,
            subcategory="Training set",
            labels={"table": "Images per scan"},
        ),
    log:
        "logs/training_set/{study}.log",
    conda:
        "../../envs/training_set.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        rows=lambda wildcards: [
            {key: row[key] for key in ("subject", "scan")} for row in get_scans(wildcards.study).values()
        ],
        contrasts=lambda wildcards: STUDIES[wildcards.study]["contrasts"],
        spec=lambda wildcards: [STUDIES[wildcards.study]["cuts"][name] for name in get_plane_cuts(wildcards.study)],
        split=lambda wildcards: SPLITS[wildcards.study],
        code=get_code("training_set"),
    message:
        "Counting the training images of {wildcards.study}"
    script:
        "../scripts/training_set.py"


rule draw_real:
    input:
        cut=lambda wildcards: get_cut_file(wildcards.study, wildcards.dataset),
    output:
        images=ensure("results/{study}/{drawn}/{dataset}.npz", non_empty=True),
    log:
        "logs/draw_real/{study}/{drawn}/{dataset}.log",
    wildcard_constraints:
        drawn="real|training",
    conda:
        "../../envs/draw_real.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(15),
    params:
        dataset="{dataset}",
        where=lambda wildcards: STUDIES[wildcards.study]["data"][wildcards.dataset]["where"],
        side=lambda wildcards: "train" if wildcards.drawn == "training" else get_side(wildcards.study),
        number=lambda wildcards: STUDIES[wildcards.study]["samples"]["real"],
        seed=SETTINGS["seed"],
        code=get_code("draw_real"),
    message:
        "Drawing real images of {wildcards.dataset} ({wildcards.drawn})"
    script:
        "../scripts/draw_real.py"


rule write_images:
    input:
        cut="results/{study}/cuts/{cut}.npz",
    output:
        folder=directory("results/{study}/images/{cut}/{scan}"),
    log:
        "logs/write_images/{study}/{cut}/{scan}.log",
    conda:
        "../../envs/write_images.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(120),
    params:
        scan="{scan}",
        code=get_code("write_images"),
    message:
        "Writing out the training images of {wildcards.scan}"
    script:
        "../scripts/write_images.py"
