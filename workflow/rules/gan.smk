"""Train each model, and create images with it; or take in images that were made elsewhere.

REQUIRED INPUTS: results/{study}/cuts/{cut}.npz; the folder or archive of images made elsewhere.
OUTPUTS: results/{study}/models/{dataset}/{recipe}/generator.keras, training.npz, history.tsv, curves.png, progress.png;
    results/{study}/samples/{dataset}/{recipe}.npz

A training that was killed goes on where it was: its state lies in results/{study}/training_state, which no rule declares,
because Snakemake deletes what a failed rule declared. Trainings start as soon as they can, and what a training on planes waits for goes
before all else (priority), because these are the longest.
"""


rule train_gan:
    input:
        images=lambda wildcards: get_cut_file(wildcards.study, wildcards.dataset),
        checked=ancient(get_checks),
    output:
        generator=ensure("results/{study}/models/{dataset}/{recipe}/generator.keras", non_empty=True),
        record=ensure("results/{study}/models/{dataset}/{recipe}/training.npz", non_empty=True),
    log:
        "logs/train_gan/{study}/{dataset}/{recipe}.log",
    benchmark:
        "benchmarks/results/train_gan/{study}/{dataset}/{recipe}.tsv"
    priority: 1
    conda:
        "../../envs/train_gan.yaml"
    threads: get_training_threads
    resources:
        mem_mb=growing(12000),
        runtime=1440,  # a training that takes longer saves, ends and goes on at the next attempt
        gpu=int(plan.has_gpu()),
    params:
        recipe=get_recipe,
        where=lambda wildcards: STUDIES[wildcards.study]["data"][wildcards.dataset]["where"],
        seed=lambda wildcards: plan.training_seed(SETTINGS["seed"], wildcards.recipe),
        state="results/{study}/training_state/{dataset}/{recipe}",
        name="{study}, {dataset}, {recipe}",
        code=lambda wildcards: get_code("train_gan", algorithms=get_model(wildcards)["algorithm"]),
    message:
        "Training {wildcards.recipe} on {wildcards.dataset} of {wildcards.study}"
    script:
        "../scripts/train_gan.py"


rule draw_training:
    input:
        record="results/{study}/models/{dataset}/{recipe}/training.npz",
    output:
        history="results/{study}/models/{dataset}/{recipe}/history.tsv",
        curves=report(
            "results/{study}/models/{dataset}/{recipe}/curves.png",
            caption="../report/curves.rst",
            category=get_category,
            subcategory="Training",
            labels={"figure": "Losses", "model": "{dataset}, {recipe}"},
        ),
        progress=report(
            "results/{study}/models/{dataset}/{recipe}/progress.png",
            caption="../report/progress.rst",
            category=get_category,
            subcategory="Training",
            labels={"figure": "Samples over time", "model": "{dataset}, {recipe}"},
        ),
    log:
        "logs/draw_training/{study}/{dataset}/{recipe}.log",
    conda:
        "../../envs/draw_training.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=get_code("draw_training"),
    message:
        "Drawing how {wildcards.recipe} was trained on {wildcards.dataset} of {wildcards.study}"
    script:
        "../scripts/draw_training.py"


rule sample_gan:
    input:
        generator="results/{study}/models/{dataset}/{recipe}/generator.keras",
        cut=lambda wildcards: get_cut_file(wildcards.study, wildcards.dataset),
    output:
        images=ensure("results/{study}/samples/{dataset}/{recipe}.npz", non_empty=True),
    log:
        "logs/sample_gan/{study}/{dataset}/{recipe}.log",
    benchmark:
        "benchmarks/results/sample_gan/{study}/{dataset}/{recipe}.tsv"
    conda:
        "../../envs/sample_gan.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(30),
    params:
        recipe=get_recipe,
        where=lambda wildcards: STUDIES[wildcards.study]["data"][wildcards.dataset]["where"],
        number=lambda wildcards: STUDIES[wildcards.study]["samples"]["created"],
        labels=get_created_labels,
        seed=lambda wildcards: plan.training_seed(SETTINGS["seed"], wildcards.recipe),
        code=lambda wildcards: get_code("sample_gan", algorithms=get_model(wildcards)["algorithm"]),
    message:
        "Creating images with {wildcards.recipe}, trained on {wildcards.dataset}"
    script:
        "../scripts/sample_gan.py"


rule import_created:
    input:
        checked=lambda wildcards: get_imported_files(get_model(wildcards)["images"]),
        real=lambda wildcards: get_images(wildcards.study, wildcards.dataset),
    output:
        images=ensure("results/{study}/samples/{dataset}/{recipe}.npz", non_empty=True),
    log:
        "logs/import_created/{study}/{dataset}/{recipe}.log",
    wildcard_constraints:
        recipe=closed_list(name.split("/")[2] for name in get_made(elsewhere=True)),
    conda:
        "../../envs/import_created.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        made=lambda wildcards: get_model(wildcards)["images"],
        labels=get_created_labels,
        code=get_code("import_created"),
    message:
        "Taking in images of {wildcards.recipe} for {wildcards.dataset}"
    script:
        "../scripts/import_created.py"


ruleorder: import_created > sample_gan
