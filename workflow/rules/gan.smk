"""Train one model for each data set and recipe, and create images with it.

REQUIRED INPUTS: results/{study}/datasets/{dataset}.npz
OUTPUTS: results/{study}/models/{dataset}/{recipe}/generator.keras, history.tsv, curves.png, progress.png;
    results/{study}/samples/{dataset}/{recipe}.npz

A training that was killed goes on where it was: its state lies in results/{study}/training_state, which no rule declares,
because Snakemake deletes what a failed rule declared. Trainings start as soon as they can, and what a training on planes waits for goes
before all else (priority), because these are the longest.
"""


rule train_gan:
    input:
        dataset="results/{study}/datasets/{dataset}.npz",
    output:
        generator=ensure("results/{study}/models/{dataset}/{recipe}/generator.keras", non_empty=True),
        history="results/{study}/models/{dataset}/{recipe}/history.tsv",
        curves=report(
            "results/{study}/models/{dataset}/{recipe}/curves.png",
            caption="../report/curves.rst",
            category="{study}",
            subcategory="Training",
            labels={"figure": "Losses", "model": "{dataset}, {recipe}"},
        ),
        progress=report(
            "results/{study}/models/{dataset}/{recipe}/progress.png",
            caption="../report/progress.rst",
            category="{study}",
            subcategory="Training",
            labels={"figure": "Samples over time", "model": "{dataset}, {recipe}"},
        ),
    log:
        "logs/train_gan/{study}/{dataset}/{recipe}.log",
    benchmark:
        "benchmarks/results/train_gan/{study}/{dataset}/{recipe}.tsv"
    priority: 1
    conda:
        "../../envs/train_gan.yaml"
    threads: get_training_threads
    resources:
        mem_mb=12000,
        runtime="7d",
    params:
        recipe=lambda wildcards: config["recipes"][wildcards.recipe],
        seed=config["seed"],
        state="results/{study}/training_state/{dataset}/{recipe}",
        code=get_code("train_gan"),
    message:
        "Training {wildcards.recipe} on {wildcards.dataset} of {wildcards.study}"
    script:
        "../scripts/train_gan.py"


rule sample_gan:
    input:
        generator="results/{study}/models/{dataset}/{recipe}/generator.keras",
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
        mem_mb=6000,
        runtime=30,
    params:
        recipe=lambda wildcards: config["recipes"][wildcards.recipe],
        images=get_created_images,
        seed=config["seed"],
        code=get_code("sample_gan"),
    message:
        "Creating images with {wildcards.recipe}, trained on {wildcards.dataset}"
    script:
        "../scripts/sample_gan.py"
