"""What rules ask of a reader study: functions named get_<thing>, each one look-up.

REQUIRED INPUTS: STUDIES and ANSWERS, settled by common.smk.
"""

FEWEST_PLANNED = 4  # images that a power can be worked out for


def get_quizzes(study):
    """Names of the quizzes of a study's examination: its readers', one for each phase where there are any."""
    reading = STUDIES[study]["reader_study"]
    return list(sessions.quizzes(reading)) if reading else []


def get_phase_quiz(study, phase):
    """What makes the quizzes of a phase: blocks, practice cases, page, and whether images of earlier phases may come again."""
    reading = STUDIES[study]["reader_study"]
    return {
        "blocks": get_blocks(study, phase),
        "practice": sessions.practice(reading, phase),
        "page": sessions.page(reading, phase),
        "apart": reading["phases"][phase]["apart"] if phase else True,
    }


def get_quiz(wildcards):
    """What makes one reader's quiz."""
    reading = STUDIES[wildcards.study]["reader_study"]
    return get_phase_quiz(wildcards.study, sessions.quizzes(reading)[wildcards.reader][1])


def get_session(wildcards):
    """Whose quiz one is, in which phase, and their quizzes of earlier phases; nothing where a study has no phases."""
    reading = STUDIES[wildcards.study]["reader_study"]
    reader, phase = sessions.quizzes(reading)[wildcards.reader]
    quizzes = {name: get_phase_quiz(wildcards.study, name) for name in sessions.until(reading, phase)}
    earlier = [
        {key: quiz[key] for key in ("blocks", "practice", "apart")}
        | {"name": sessions.session_name(reader, name), "phase": name}
        for name, quiz in quizzes.items()
    ]
    own = {"reader": reader, "phase": phase, "apart": get_quiz(wildcards)["apart"], "earlier": earlier}
    return own if phase else {}


def get_drawn_blocks(wildcards):
    """Blocks whose images a quiz is drawn from: those of earlier phases, which are kept out of it, and its own."""
    earlier = [block for quiz in get_session(wildcards).get("earlier", []) for block in quiz["blocks"]]
    return [*earlier, *get_quiz(wildcards)["blocks"]]


def get_phases(study):
    """Phases and washout of an examination, which are decided beforehand; nothing where it has none."""
    reading = STUDIES[study]["reader_study"]
    return {key: reading[key] for key in ("phases", "washout_days")} if reading["phases"] else {}


def get_observer(wildcards):
    """The block of a model observer: which it is, and its options."""
    return STUDIES[wildcards.study]["observers"][wildcards.observer]


def get_observed(wildcards):
    """Judgements of a study's model observers."""
    return [f"results/{wildcards.study}/observers/{name}.tsv" for name in STUDIES[wildcards.study]["observers"]]


def get_blocks(study, phase=None):
    """Blocks of one phase, or of a whole examination, one model each; "every" stands for each model of the study that has images."""
    reading, blocks = STUDIES[study]["reader_study"], []
    for block in sessions.blocks(reading, phase):
        models = get_models(study)
        if block["every"]:
            named = [(dataset, recipe) for dataset in models for recipe in plan.first_trainings(models[dataset])]
        else:
            named = [(block["dataset"], block["recipe"])] if block["dataset"] in models else []
        rest = {key: value for key, value in block.items() if key != "every" and value is not None}
        blocks += [rest | {"dataset": dataset, "recipe": recipe} for dataset, recipe in named]
    if phase is None and reading["phases"]:
        # Model observers sit once, and judge each model once.
        return list({(block["dataset"], block["recipe"]): block for block in reversed(blocks)}.values())[::-1]
    return blocks


def get_design(study):
    """What of an examination differs from a set of its own for each reader, every image once."""
    return {key: STUDIES[study]["reader_study"][key] for key in ("same_set", "repeats")}


def get_sizing(study):
    """What a study's size is planned with; the protocol's margin, where it has one."""
    asked = STUDIES[study]["reader_study"]
    return asked["sizing"] | {"margin": asked["protocol"]["margin"] or asked["sizing"]["margin"]}


def get_own_sizes(study):
    """Readers and images of each model that an examination has."""
    images = [block.get("images") or block.get("real", 0) + block.get("created", 0) for block in get_blocks(study)]
    return [
        [len(STUDIES[study]["reader_study"]["readers"]), number]
        for number in dict.fromkeys(images)
        if number >= FEWEST_PLANNED
    ]


def get_pilot(wildcards):
    """Judgements that variances can be taken from: once answers of two readers have come back."""
    return [f"results/{wildcards.study}/judgements.tsv"] if len(ANSWERS[wildcards.study]) > 1 else []


def get_answers(wildcards):
    """Answer files that have come back, whatever they are called."""
    return ANSWERS[wildcards.study]


def get_model_labels(study):
    """What tables call each data set and recipe of an examination, in the order of its blocks."""
    return {
        "dataset": {block["dataset"]: get_label(study, block["dataset"]) for block in get_blocks(study)},
        "recipe": {
            block["recipe"]: get_recipe_label(study, block["dataset"], block["recipe"]) for block in get_blocks(study)
        },
    }
