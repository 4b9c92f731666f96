"""The typed model of the configuration and of a study: every key with its type, default, range and description, in one place.

`config/README.md` is made from it. Blocks whose keys depend on what they choose (a cut, a measure, a figure, a recipe) are typed beside
what they choose, see `registry`.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from ..errors import InputError
from .merge import nearest_key
from .types import TOLD_APART, Name, Options, Share

Names = Annotated[list[Name], Field(min_length=1)]
Chosen = dict  # keys of a registry entry, typed beside it
TableName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]*$")]


class Cohort(Options):
    """Where one cohort's images are: one of table, bids, brats and simulate; the first that is there wins over simulate."""

    table: str | None = Field(None, min_length=1, description="path of a tab-separated table, a scan per line")
    bids: str | None = Field(None, min_length=1, description="path of a BIDS folder")
    brats: str | None = Field(None, min_length=1, description="path of a BraTS folder as released, of any year")
    grades: list[Literal["HGG", "LGG"]] = Field(["HGG"], min_length=1, description="which grades of a BraTS folder that tells them apart")
    allow_missing: bool = Field(False, description="true leaves out a case that lacks a sequence, false stops at it")
    simulate: Chosen | None = Field(None, description="phantom: t1, glioma or spect, and its settings")

    @model_validator(mode="after")
    def _one_source(self):
        named = [name for name in ("table", "bids", "brats") if getattr(self, name)]
        if len(named) > 1:
            raise ValueError(f"{' and '.join(named)}: name one of them")
        if not named and not self.simulate:
            raise ValueError("no source: name your scans with table: cohort.tsv, bids: folder or brats: folder")
        return self


class Group(Options):
    """How a study calls the groups of its subjects."""

    name: TableName = Field("group", description="what tables call it")
    values: list[str] = Field([], description="the groups there are; empty: any")


class Split(Options):
    """Subjects kept from training."""

    held_out: float = Field(gt=0, lt=1, description="share of the subjects, of each group alike")
    validation: float = Field(0, ge=0, lt=1, description="share of the subjects kept to choose a training's moment with (keep: best)")

    @model_validator(mode="after")
    def _leaves_some_to_train_on(self):
        if self.held_out + self.validation >= 1:
            raise ValueError("held_out and validation leave no subject to train on")
        return self


class Align(Options):
    """How scans are brought into a common frame."""

    rule: Literal["acpc", "levels"] = Field(description="acpc (T1-weighted heads) or levels (perfusion scans)")
    heights_mm: dict[TableName, Annotated[float, Field(ge=-100, le=120)]] = Field(
        {}, description="levels: height of each in the perfusion template (MNI z), mm; a cohort table can give a scan its own"
    )
    left_out: dict[str, list[str]] = Field({}, description="levels: by group, those that are not taken where the cohort table names none")
    sides: dict[str, list[Literal["left", "right", "both"]]] = Field(
        {}, description="levels: by group, sides that the cohort table may name"
    )
    bids: bool = Field(False, description="acpc: true also lays the aligned scans out as a BIDS derivative, results/{study}/bids")

    @model_validator(mode="after")
    def _levels_have_heights(self):
        if (self.rule == "levels") != bool(self.heights_mm):
            raise ValueError("heights_mm belongs to rule: levels, and is needed there")
        if self.bids and self.rule != "acpc":
            raise ValueError("bids belongs to rule: acpc")
        if len({name.lower() for name in self.heights_mm}) < len(self.heights_mm):
            raise ValueError("two levels whose names differ by capitals alone: rename one")
        for group, names in self.left_out.items():
            for name in names:
                if name not in self.heights_mm:
                    raise ValueError(f"left_out.{group}: no level '{name}' under heights_mm ({', '.join(self.heights_mm)})")
        return self


class Data(Options):
    """One data set: the images of a cut, or those with some labels."""

    label: str | None = Field(None, min_length=1, description="what tables and figures call it; its name otherwise")
    cut: Name = Field(description="a name under cuts")
    where: dict[str, str | list[str]] = Field({}, description="which of its images, by label: {group: normal, level: [COR]}")


def _entry(value):
    return {"recipe": value} if isinstance(value, str) else value


class Model(Options):
    """A recipe trained on a data set, or images that were made elsewhere. Further keys replace those of the recipe."""

    model_config = Options.model_config | {"extra": "allow"}

    recipe: Name = Field(description="a file under recipes/, of the study or of the project; or a name for images made elsewhere")
    name: Name | None = Field(None, description="what its files are called, where one recipe is trained in two ways; recipe otherwise")
    images: str | None = Field(None, min_length=1, description="folder of PNG or NIfTI slices, or an .npz: images made elsewhere")


class Samples(Options):
    """How many images are created with each model, and drawn from each data set."""

    created: Annotated[int, Field(ge=1, le=1_000_000)] | Literal["as_real"] = Field(500, description="a number, or as_real")
    real: Annotated[int, Field(ge=1, le=1_000_000)] | Literal["as_real"] = Field(500, description="a number, or as_real: every image")
    write_images: bool = Field(False, description="true also writes every training image of turned planes as PNG")


class Part(Options):
    """One block of a reader's examination."""

    every: bool = Field(False, description="true: a block for every model of the study")
    dataset: Name | None = Field(None, description="a name under data")
    recipe: Name | None = Field(None, description="a model of that data set")
    images: int | None = Field(None, ge=1, le=10_000, description="images in all; needs created_share")
    created_share: Share | None = Field(None, description="least and largest share of created images; drawn for each reader")
    real: int | None = Field(None, ge=0, le=10_000, description="real images, instead of images")
    created: int | None = Field(None, ge=0, le=10_000, description="created images, beside real")
    stratify: TableName | None = Field(None, description="label whose values have equal numbers of real images")

    @model_validator(mode="after")
    def _says_what_and_how_many(self):
        if self.every == bool(self.dataset or self.recipe) or (not self.every and not (self.dataset and self.recipe)):
            raise ValueError("dataset and recipe, or every: true")
        share, counts = (self.images, self.created_share), (self.real, self.created)
        if (None in share) == (None in counts) or (None in share and share != (None, None)) or (None in counts and counts != (None, None)):
            raise ValueError("images and created_share, or real and created")
        return self


Text = Annotated[str, Field(pattern=r"^[A-Za-z]")]  # what becomes a key of the keyboard, and never a formula in a sheet


class Page(Options):
    """What the page of a quiz shows and asks."""

    instructions: str = Field(
        "You will see images one by one. Some are real, some were created by a computer. Say of each which it is.",
        min_length=1,
        description="what the first screen says; an empty line begins a paragraph",
    )
    seconds: float | None = Field(None, gt=0, le=3600, description="how long an image is shown, s; none: until it is answered")
    size_mm: float = Field(110, ge=20, le=400, description="longer side of an image on the screen, mm; less where the window is too small")
    rendering: Literal["pixelated", "auto"] = Field("pixelated", description="how the browser enlarges: pixelated, or auto (smooth)")
    answers: dict[Literal["real", "created", "unknown"], Text] = Field(
        {"real": "Real", "created": "Created", "unknown": "Unknown"},
        description="the answers there are, by what the buttons call them; unknown may be left out; each begins with a letter of its own",
    )
    confidence: bool = Field(True, description="true asks how sure the reader is, from 1 to 5")
    reasons: list[Text] = Field([], max_length=9, description="reasons that may be ticked")
    comment: bool = Field(True, description="true: reasons may be written too")

    @model_validator(mode="after")
    def _can_be_answered(self):
        if not {"real", "created"} <= set(self.answers):
            raise ValueError("answers: real and created are needed")
        letters = [text[0].lower() for text in self.answers.values()]
        if len(set(letters)) < len(letters):
            raise ValueError(f"answers {', '.join(self.answers.values())}: each must begin with a letter of its own, which is its key")
        return self


class Protocol(Options):
    """What is decided before a reader answers."""

    endpoint: Literal["accuracy", "auc"] = Field(
        "accuracy", description="what the study is decided by: accuracy, or auc (area below the ROC curve of confidence)"
    )
    design: str = Field("a set of images for each reader", min_length=1, description="who sees what")
    analysis: str = Field("accuracy of each reader with Wilson's 95 % interval", min_length=1, description="how it is decided")
    margin: float | None = Field(None, gt=0, description="largest difference that would not matter, in the unit of the endpoint")


class Sizing(Options):
    """What the size of a study is planned with, for its endpoint; a change here is none of the protocol."""

    effect: float = Field(0.1, gt=0, lt=0.5, description="distance from 0.5, and between two models, that the study should find")
    margin: float = Field(0.1, gt=0, lt=0.5, description="of equivalence, where the protocol has none")
    structure: Literal["HH", "HL", "LH", "LL"] = Field(
        "HH",
        description="variances assumed (Roe and Metz 1997, Table 1): correlation of readers by images, then variance between readers, "
        "each high or low; HH needs most",
    )
    readers: list[Annotated[int, Field(ge=2, le=1000)]] = Field(
        [2, 3, 4, 5, 6, 8, 10, 12, 15, 20], min_length=1, description="numbers of readers to plan with"
    )
    cases: list[Annotated[int, Field(ge=4, le=10_000)]] = Field(
        [20, 50, 100, 200], min_length=1, max_length=5, description="numbers of images of each reader and model, half of them created"
    )


def _observer(value):
    return {"observer": value} if isinstance(value, str) else value


class Observer(Options):
    """A model observer. Further keys are its own."""

    model_config = Options.model_config | {"extra": "allow"}

    observer: Name = Field(description="which: cho or nearest_neighbour")
    name: Name | None = Field(None, description="what tables call it, where one sits in two ways; observer otherwise")


class Phase(Options):
    """One session of every reader, where there are several."""

    instructions: str | None = Field(None, min_length=1, description="what its page tells the reader, instead of page.instructions")
    blocks: list[Part] = Field([], description="what is judged in it, another generator for one, instead of the study's blocks")
    practice: int | None = Field(None, ge=0, le=1000, description="images to practise on, instead of the study's")
    apart: bool = Field(True, description="true shows no image of an earlier phase again; false draws from all but earlier practice cases")


class ReaderStudy(Options):
    """The examination by readers."""

    readers: Names = Field(description="a name each; each gets a draw of their own")
    groups: dict[Name, TableName] = Field({}, description="by reader, what kind of reader it is: {NR1: neuroradiologist}")
    same_set: bool = Field(False, description="true shows every reader the same images, each in an order of their own")
    repeats: int = Field(
        0, ge=0, le=1000, description="test images that come twice, for agreement within a reader; the first answer is scored"
    )
    phases: dict[Name, Phase] = Field(
        {}, description="sessions by name, in order, a quiz for each: {reader}_{phase}; the reader sees the name, as that of the file"
    )
    washout_days: int = Field(0, ge=0, le=3650, description="days between two phases; the page says so")
    practice: int = Field(0, ge=0, le=1000, description="images to practise on, with their truth told")
    blocks: list[Part] = Field(min_length=1, description="what each reader judges")
    page: Page = Field(Page(), description="what a reader's page shows and asks")
    protocol: Protocol = Field(Protocol(), description="what is decided beforehand; its hash is in each quiz and its answers")
    sizing: Sizing = Field(Sizing(), description="what the power by readers and images is worked out with")
    observers: list[Annotated[Observer, BeforeValidator(_observer)]] = Field(
        [], description="model observers that sit a quiz of their own: a name, or {observer: name, ...} with its keys"
    )

    @model_validator(mode="after")
    def _readers_differ(self):
        names = [*self.readers, *(each.name or each.observer for each in self.observers)]
        folded = [name.casefold() for name in names]
        twice = sorted({name for name in names if folded.count(name.casefold()) > 1})
        if twice:
            raise ValueError(f"readers and observers {', '.join(twice)}: capitals alone do not tell names apart; number them, as NR1, NR2")
        sessions = [f"{reader}_{phase}".casefold() for reader in self.readers for phase in self.phases]
        twice = sorted({name for name in sessions if sessions.count(name) > 1})
        if twice:
            raise ValueError(f"two quizzes called {', '.join(twice)}, after their reader and phase: call a reader or a phase otherwise")
        if self.washout_days and len(self.phases) < 2:
            raise ValueError("washout_days lies between phases: name two at least, or leave it out")
        return self


class Contrast(Options):
    """Two recipes held against each other."""

    between: Literal["recipe"] = Field("recipe", description="what differs")
    first: str = Field(description="label of the first recipe")
    second: str = Field(description="label of the second")


class Output(Options):
    """What the report says of a table or figure."""

    title: str = Field("", description="its name in the report")
    caption: str = Field("", description="its caption")


class Printed(Options):
    """The design that a paper states of its printed rows."""

    images: int = Field(ge=1, description="images that each reader judged")
    created_share: Share = Field([0.5, 0.5], description="least and largest share of created images")


class Table(Output):
    """A table of readers."""

    rows: Literal["reader", "model"] = Field("model", description="a row for each reader, or for each reader and model")
    unit: Literal["count", "percent"] = Field("count", description="what the published rows are in")
    columns: list[str] = Field([], description="columns of the file, in order; all where empty")
    published: str | None = Field(None, description="file of the printed rows, beside study.yaml")
    published_title: str = Field("Published", description="what the page calls them")
    printed: Printed | None = Field(None, description="the design that a paper states of the rows that it prints")
    elsewhere: list[str] = Field([], description="printed rows of other studies, to find the same ones twice")
    contrast: Contrast | None = Field(None, description="two recipes held against each other below the table")


class Row(Options):
    """Which created images are held against which real ones."""

    set: str = Field(description="label of data sets whose created images are compared")
    against: str = Field("own", description="own: real images of the same data sets; or the label of others")


class Margin(Options):
    """The largest shift that would not matter, for each cell."""

    share: float = Field(0.5, gt=0, le=10, description="share of what it is taken from")
    of: Literal["between_subject_sd", "group_difference"] = Field("between_subject_sd", description="what it is a share of")
    reference: str | None = Field(None, description="group_difference: the group that others differ from")


class Comparison(Output):
    """Real and created images compared by what was measured of them."""

    of: TableName = Field(description="a name under measures")
    quantities: dict[str, str] = Field(min_length=1, description="columns of the measurements, by what the table calls them")
    rows: list[Row] = Field(min_length=1, description="what is held against what; each gives a row for each quantity and group")
    contrast: Annotated[list[str], Field(min_length=2, max_length=2)] | None = Field(None, description="two sets: is one closer to real?")
    margin: Margin = Field(Margin(), description="of equivalence")
    side: Literal["all", "train", "held_out"] = Field("all", description="which real subjects")
    minimum: int = Field(5, ge=2, le=1000, description="fewest images, and subjects, for a test")
    resamples: int = Field(2000, ge=100, le=100_000, description="of the bootstrap")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="of intervals")
    published: str | None = Field(None, description="file of the printed values, beside study.yaml")


class Examination(Options):
    """How created images are held against real ones without a reader."""

    images: int = Field(300, ge=20, le=100_000, description="most images of a set that are looked at, real and created alike")
    encoder_steps: int = Field(300, ge=1, le=100_000, description="updates of the encoder that learns from the training images")
    repeats: int = Field(3, ge=2, le=100, description="classifiers trained in each way, to see whether created images help")
    use: bool = Field(True, description="false leaves out those classifiers")


class Study(Options):
    """One study: what is cut, trained, judged, measured and shown."""

    title: str = Field(min_length=1, description="its name in the report")
    citation: str = Field("", description="the paper it carries out")
    cohort: Name | None = Field(None, description="a name under cohorts; none where all images are imported")
    contrasts: list[TableName] = Field([], description="images that each scan must have, columns of the cohort table")
    group: Group = Field(Group(), description="how groups of subjects are called")
    split: Literal["none"] | Split = Field("none", description="none, or {held_out: share}: subjects kept from training")
    align: Align | None = Field(None, description="how scans are aligned before they are cut")
    cuts: Annotated[dict[Name, Chosen], TOLD_APART] = Field(min_length=1, description="how images are cut from scans, or imported")
    data: Annotated[dict[Name, Data], TOLD_APART] = Field(min_length=1, description="data sets by name")
    models: dict[Name, list[Annotated[Model, BeforeValidator(_entry)]]] = Field({}, description="recipes by data set")
    seeds: int = Field(1, ge=1, le=100, description="how often each model is trained; the second training is called {recipe}~2")
    samples: Samples = Field(Samples(), description="how many images are created and drawn")
    examination: Examination = Field(Examination(), description="the examination without a reader")
    reader_study: ReaderStudy | None = Field(None, description="the examination by readers")
    tables: dict[TableName, Table] = Field({}, description="tables of the reader study, by file name")
    figures: dict[TableName, Chosen] = Field({}, description="figures, by file name")
    measures: dict[TableName, Chosen] = Field({}, description="what is measured of every image, by file name")
    comparisons: dict[TableName, Comparison] = Field({}, description="comparisons of measurements, by file name")


class Settings(Options):
    """The configuration of a run."""

    seed: int = Field(ge=0, le=2**32 - 1, description="every random draw of a run follows from it")
    size: Literal["demo", "paper"] = Field("demo", description="demo: small and quick; paper: as published")
    studies: list[str] = Field(min_length=1, description="which studies run: names under studies/, or paths of folders elsewhere")
    cohorts: Annotated[dict[Name, Cohort], TOLD_APART] = Field({}, description="where the scans are")
    readers: dict[str, Names] = Field({}, description="readers by study, instead of those that it names")
    pseudonyms: bool = Field(False, description="true: numbers stand for subjects and scans in all that a run makes, see above")
    responses: str = Field("responses", min_length=1, description="folder of the answers: {study}/{reader}.csv")
    override: dict[str, dict] = Field({}, description="by study, keys that replace its own; by recipes, the same for recipes")


def check(model, content, where):
    """Check a mapping against a model.

    Returns
    -------
    dict
        With every default filled in.

    Raises
    ------
    InputError
        Names the key at fault, what was found and what is expected; for an unknown key, the nearest known one.
    """
    try:
        return model.model_validate(content).model_dump()
    except ValidationError as error:
        # A mistyped key is also a missing one, and of the branches of a union the one that was meant: what was written says more.
        told = ("extra_forbidden", "value_error")
        fault = min(error.errors(), key=lambda fault: told.index(fault["type"]) if fault["type"] in told else len(told))
        raise _explained(model, fault, where) from None


def _explained(model, fault, where):
    path = [str(part) for part in fault["loc"] if not _is_tag(part)]
    place = f"{where}: {'.'.join(path)}" if path else str(where)
    if fault["type"] == "extra_forbidden":
        known = _fields_at(model, fault["loc"][:-1])
        key = fault["loc"][-1]
        return InputError(place, f"unknown key '{key}'", "only the keys of config/README.md", nearest_key(key, known))
    described = _description_at(model, fault["loc"])
    if fault["type"] == "missing":
        return InputError(place, f"no key '{path[-1]}'", f"it is needed here ({described})", "config/README.md explains every key")
    reason = fault["msg"].removeprefix("Value error, ")
    found = f"{fault['input']!r}"
    return InputError(
        place,
        found if len(found) < 120 else found[:117] + "...",
        f"{described}: {reason}" if described else reason,
        "config/README.md explains every key",
    )


def _is_tag(part):
    """Whether a place names a branch of a union, which no user wrote."""
    return (
        isinstance(part, str)
        and (part[:1].isupper() or "[" in part or part in ("int", "str", "constrained-int"))
        and part not in ("TP", "TN")
    )


def models_in(annotation):
    """The models that an annotation may hold."""
    found = [annotation] if isinstance(annotation, type) and hasattr(annotation, "model_fields") else []
    for part in getattr(annotation, "__args__", ()):
        found += models_in(part)
    return found


def _walk(model, loc):
    """The model that a place leads into, and the field named last."""
    field = None
    for part in loc:
        if isinstance(part, str) and model is not None and part in model.model_fields:
            field = model.model_fields[part]
            inner = models_in(field.annotation)
            model = inner[0] if inner else None
    return model, field


def _fields_at(model, loc):
    inner, _ = _walk(model, loc)
    return list((inner or model).model_fields)


def _description_at(model, loc):
    _, field = _walk(model, loc)
    return (field.description if field else "") or ""
