"""What the typed keys of the configuration are made of. Read while Snakemake plans: the standard library and pydantic alone.

An entry of a registry declares its keys as a class `Options(Options)` at the top of its module, with these names imported from here.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

__all__ = [
    "Annotated", "Any", "Axis", "BaseModel", "ClassVar", "Field", "Literal", "Name", "Options", "RecipeOptions", "Share", "Voxel",
    "field_validator", "model_validator",
]  # fmt: skip


class Options(BaseModel):
    """Keys with their types, ranges and descriptions; a key that is not declared is an error."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=False, validate_default=True)


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


def told_apart(names):
    """Names, or a mapping by name, as they are; ValueError where two differ by capitals alone."""
    seen = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise ValueError(f"{other} and {name}: capitals alone do not tell the names of files apart; rename one")
    return names


TOLD_APART = AfterValidator(told_apart)
Voxel = Annotated[list[Annotated[float, Field(ge=0.1, le=20)]], Field(min_length=3, max_length=3)]


def _ordered(value):
    if value[0] > value[1]:
        raise ValueError(f"the smaller share first: write [{value[1]}, {value[0]}]")
    return value


Share = Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=2, max_length=2), AfterValidator(_ordered)]


class Axis(Options):
    """Angles from first to last, both included."""

    first: float = Field(ge=-45, le=45, description="first angle, degrees; beyond 45 no plane is axial any more")
    last: float = Field(ge=-45, le=45, description="last angle, degrees")
    step: float = Field(gt=0, le=90, description="degrees from one angle to the next")

    @model_validator(mode="after")
    def _holds_an_angle(self):
        if self.first > self.last:
            raise ValueError(f"first {self.first:g} at most last {self.last:g}: swap them, the grid would be empty")
        return self


class RecipeOptions(Options):
    """What every recipe says beside `algorithm`. The size of an image is not among it: a model makes images as large as its data set's.

    An algorithm whose networks can be built for other sizes overrides SIZES or `check_size`.
    """

    SIZES: ClassVar = (16, 32, 64, 128, 256, 512)

    label: str | None = Field(None, min_length=1, description="what tables and figures call it")
    latent: int = Field(ge=1, le=4096, description="how many random numbers an image is made of")
    latent_distribution: Literal["uniform", "normal"] = Field(description="uniform (-1 to 1) or normal")
    batch: int = Field(ge=2, le=4096, description="images per update")
    steps: int | None = Field(None, ge=1, description="length of the training in updates (or epochs, not both)")
    epochs: float | None = Field(None, gt=0, description="length of the training in passes over the training set (or steps, not both)")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        description="auto: bfloat16 where the machine multiplies it in hardware; float32: the same arithmetic everywhere; bfloat16"
    )
    average: float = Field(
        0, ge=0, lt=1, description="share that the average of the generator's weights keeps of itself at each update; 0: no average"
    )
    keep: Literal["last", "best"] = Field(
        "last",
        description="which weights are saved: the last, or the best: those whose images were nearest to real ones (split.validation)",
    )

    @model_validator(mode="after")
    def _has_one_length(self):
        if (self.steps is None) == (self.epochs is None):
            found = "both steps and epochs" if self.epochs is not None else "neither steps nor epochs"
            raise ValueError(f"{found}; give one of them: steps counts updates, epochs passes over the training set")
        return self

    @classmethod
    def check_size(cls, size, recipe):
        """Raise ValueError unless the networks of a recipe can be built for images of `size` x `size` pixels."""
        if size not in cls.SIZES:
            raise ValueError(f"its networks make squares of {', '.join(map(str, cls.SIZES))} pixels")

    @classmethod
    def for_size(cls, recipe, size):
        """A recipe with what follows from the size of its images, or ValueError as by `check_size`.

        Parameters
        ----------
        recipe : dict
        size : int or None
            None where only the training will know it.
        """
        if size:
            cls.check_size(size, recipe)
        return recipe


class AdamOptions(RecipeOptions):
    """What a recipe says of Adam."""

    learning_rate: float = Field(gt=0, le=1, description="Adam's step size")
    beta_1: float = Field(ge=0, lt=1, description="Adam's memory of the gradient")
    beta_2: float = Field(ge=0, lt=1, description="Adam's memory of the squared gradient")
    epsilon: float = Field(gt=0, le=0.1, description="what Adam adds to its denominator")


class Filters4x4Options(Options):
    """What a recipe says of networks whose filters are all 4 x 4."""

    base_filters: int = Field(ge=1, le=1024, description="depth of the widest maps; the others double it")
    output: Literal["tanh", "linear"] = Field(
        description="tanh, or linear: then values beyond black and white are clipped where images are saved"
    )
    discriminator_activation: Literal["elu", "leaky_relu"] = Field(description="elu or leaky_relu")
    leak: float = Field(ge=0, le=1, description="slope of the discriminator's activation just below 0")
    weight_stddev: float = Field(gt=0, le=1, description="standard deviation of the first weights, about 0, and gains, about 1")
    norm_momentum: float = Field(ge=0, lt=1, description="share of the old statistics that batch normalisation keeps")
    norm_epsilon: float = Field(gt=0, le=0.1, description="what batch normalisation adds to the variance")
