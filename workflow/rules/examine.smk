"""Examine created images without a reader: how real, how varied, how copied, how useful; and say so on a card and a page.

REQUIRED INPUTS: results/{study}/real/{dataset}.npz, training/{dataset}.npz; samples/{dataset}/{recipe}.npz of every model.
OUTPUTS: results/{study}/realism.tsv, measures.tsv, copying.tsv, copying_images.tsv, copying.png, use.tsv, summary.html;
    models/{dataset}/{recipe}/card.md, card.json, medigan.json
"""


rule realism:
    input:
        real=lambda wildcards: get_examined_real(wildcards.study, "real"),
        training=lambda wildcards: get_examined_real(wildcards.study, "training"),
        created=lambda wildcards: get_model_files(wildcards.study, "samples/{}.npz"),
    output:
        table=report(
            "results/{study}/realism.tsv",
            caption="../report/realism.rst",
            category=get_category,
            subcategory="Realism",
            labels={"table": "How real, how varied"},
        ),
        trust=report(
            "results/{study}/measures.tsv",
            caption="../report/measures.rst",
            category=get_category,
            subcategory="Realism",
            labels={"table": "Which measure to trust"},
        ),
    log:
        "logs/realism/{study}.log",
    conda:
        "../../envs/realism.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(120),
    params:
        sets=lambda wildcards: get_examined_sets(wildcards.study),
        side=lambda wildcards: get_side_name(wildcards.study),
        options=lambda wildcards: get_examination(wildcards.study, "images", "encoder_steps"),
        seed=SETTINGS["seed"],
        code=get_code("realism"),
    message:
        "Measuring how real the images of {wildcards.study} are"
    script:
        "../scripts/realism.py"


rule copying:
    input:
        real=lambda wildcards: get_examined_real(wildcards.study, "real"),
        training=lambda wildcards: get_examined_real(wildcards.study, "training"),
        created=lambda wildcards: get_model_files(wildcards.study, "samples/{}.npz"),
        cuts=lambda wildcards: [get_cut_file(wildcards.study, dataset) for dataset in get_models(wildcards.study)],
    output:
        table=report(
            "results/{study}/copying.tsv",
            caption="../report/copying.rst",
            category=get_category,
            subcategory="Copying",
            labels={"table": "Were training images copied?"},
        ),
        images="results/{study}/copying_images.tsv",
        sheet=report(
            "results/{study}/copying.png",
            caption="../report/copying_sheet.rst",
            category=get_category,
            subcategory="Copying",
            labels={"figure": "The closest pairs"},
        ),
    log:
        "logs/copying/{study}.log",
    conda:
        "../../envs/copying.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        sets=lambda wildcards: get_examined_sets(wildcards.study),
        side=lambda wildcards: get_side_name(wildcards.study),
        seed=SETTINGS["seed"],
        code=get_code("copying"),
    message:
        "Looking for copies of training images in {wildcards.study}"
    script:
        "../scripts/copying.py"


rule use:
    input:
        real=lambda wildcards: get_examined_real(wildcards.study, "real"),
        training=lambda wildcards: get_examined_real(wildcards.study, "training"),
        created=lambda wildcards: get_model_files(wildcards.study, "samples/{}.npz"),
    output:
        table=report(
            "results/{study}/use.tsv",
            caption="../report/use.rst",
            category=get_category,
            subcategory="Use",
            labels={"table": "Do created images help a classifier?"},
        ),
    log:
        "logs/use/{study}.log",
    conda:
        "../../envs/use.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        sets=lambda wildcards: get_examined_sets(wildcards.study),
        side=lambda wildcards: get_side_name(wildcards.study),
        repeats=lambda wildcards: get_examination(wildcards.study, "repeats")["repeats"],
        seed=SETTINGS["seed"],
        code=get_code("use"),
    message:
        "Training classifiers with and without created images of {wildcards.study}"
    script:
        "../scripts/use.py"


rule card:
    input:
        generator=lambda wildcards: get_trained_file(wildcards, "generator.keras"),
        samples="results/{study}/samples/{dataset}/{recipe}.npz",
        history=lambda wildcards: get_trained_file(wildcards, "history.tsv"),
        cut=lambda wildcards: get_cut_file(wildcards.study, wildcards.dataset),
        software=ROOT / "envs" / "train_gan.yaml",
        realism=lambda wildcards: get_examined(wildcards.study, "realism.tsv"),
        copying=lambda wildcards: get_examined(wildcards.study, "copying.tsv"),
        use=lambda wildcards: get_examined(wildcards.study, "use.tsv"),
        judgements=lambda wildcards: (
            [f"results/{wildcards.study}/judgements.tsv"] if STUDIES[wildcards.study]["reader_study"] else []
        ),
    output:
        card="results/{study}/models/{dataset}/{recipe}/card.md",
        record="results/{study}/models/{dataset}/{recipe}/card.json",
        collection="results/{study}/models/{dataset}/{recipe}/medigan.json",
    log:
        "logs/card/{study}/{dataset}/{recipe}.log",
    conda:
        "../../envs/card.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        recipe=lambda wildcards: get_recipe(wildcards) | {"name": wildcards.recipe},
        study=lambda wildcards: {key: STUDIES[wildcards.study][key] for key in ("title", "citation")},
        dataset="{dataset}",
        label=lambda wildcards: get_label(wildcards.study, wildcards.dataset),
        where=lambda wildcards: STUDIES[wildcards.study]["data"][wildcards.dataset]["where"],
        simulated=lambda wildcards: bool(get_remarks(wildcards)),
        seed=lambda wildcards: plan.training_seed(SETTINGS["seed"], wildcards.recipe),
        trained_by=lambda wildcards: (
            "" if is_imported(wildcards) else get_code("train_gan", algorithms=get_model(wildcards)["algorithm"])
        ),
        code=get_code("card"),
    message:
        "Writing the card of {wildcards.recipe}, {wildcards.dataset} of {wildcards.study}"
    script:
        "../scripts/card.py"
