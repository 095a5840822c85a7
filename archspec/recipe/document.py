"""A recipe: one training of one network, in any framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from archspec.recipe.data import Data
from archspec.recipe.losses import Loss
from archspec.recipe.optimizers import SGD, Average, Clipping, EarlyStopping, Optimizer, Penalty
from archspec.recipe.part import MOST_ENTRIES, Count, Part, Several
from archspec.recipe.schedules import Constant, Plateau, Schedule
from archspec.recipe.source import Text

VERSION = 1
"""The version of recipes that this archspec reads."""

USUAL_EPOCHS = 10
"""The length of a training whose recipe has none."""

MOST_WEIGHT_SEEDS = 2**32


def _by(key: str) -> BeforeValidator:
    """A text alone is the value of this key."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


class Trained(Part):
    """The network: a network of the zoo or a spec file, whose path is relative to the recipe's folder."""

    spec: str
    variant: str | None = None
    params: dict[str, Any] = Field(default_factory=dict, max_length=MOST_ENTRIES)
    inputs: dict[str, list[int | None]] = Field(default_factory=dict, max_length=MOST_ENTRIES)


class Start(Part):
    """The weights at the beginning: a checkpoint, read as by `archspec.read_checkpoint`."""

    file: str
    key: str | None = None
    only_matching: bool = False
    by_order: bool = False


class Freeze(Part):
    """The weights at or below these paths are not trained.

    With `statistics: fixed`, normalisations there use their moving statistics as they are; with `moving`, they use
    those of the batch, and the moving statistics go on.
    """

    paths: Several[str]
    statistics: Literal["fixed", "moving"] = "fixed"


def _as_freeze(value: Any) -> Any:
    return {"paths": value} if isinstance(value, list | tuple) else value


class Monitor(Part):
    """The metric that tells the best checkpoint, by default the validation's accuracy if there is one, else its loss.

    `highest` and `lowest` say which values are better; the default is that of the metric.
    """

    metric: str
    best: Literal["highest", "lowest"] | None = None


class Checkpoints(Part):
    """The newest `keep` checkpoints are kept, and the best. There is one an epoch, and one every `steps` steps."""

    keep: Count = 1
    steps: Count | None = None


Metric = Literal["accuracy", "top_5_accuracy", "mean_absolute_error", "mean_squared_error"]


class Recipe(Part):
    """A recipe. `losses` are by output; `loss` is that of the only output.

    `inputs` say which field of an example each input of the network reads. An epoch passes all examples once, in
    batches of `batch_size`; each is one step, of `accumulate` parts with the mean of their gradients. A training ends
    after `epochs`, or after `steps`; exactly one of the two is a number.

    With several processes, a step's examples are shared out. Each process has the whole network (`ddp`), or a shard of
    all weights (`fsdp`). Batch normalisations have the statistics of a process's own examples, or `synchronised` those
    of all.
    """

    recipe: Literal[1]
    name: Text = "training"
    description: str | None = None
    source: str | None = None
    network: Annotated[Trained, _by("spec")]
    weights: Annotated[Start, _by("file")] | None = None
    freeze: Annotated[Freeze, BeforeValidator(_as_freeze)] | None = None
    data: Data
    inputs: dict[str, str] = Field(default_factory=dict, max_length=MOST_ENTRIES)
    loss: Loss | None = None
    losses: dict[str, Loss] = Field(default_factory=dict, max_length=MOST_ENTRIES)
    optimizer: Optimizer = SGD()
    schedule: Schedule = Constant()
    epochs: Count | None = None
    steps: Count | None = None
    batch_size: Count = 32
    accumulate: Count = 1
    clip: Clipping | None = None
    regularizers: Several[Penalty] = ()
    average: Average | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    recompute: bool = False
    strategy: Literal["ddp", "fsdp"] = "ddp"
    batch_norm: Literal["local", "synchronised"] = "local"
    seed: Annotated[int, Field(ge=0, lt=MOST_WEIGHT_SEEDS)] = 0
    metrics: Several[Metric] = ()
    monitor: Annotated[Monitor, _by("metric")] | None = None
    early_stopping: EarlyStopping | None = None
    checkpoints: Checkpoints = Checkpoints()
    deterministic: bool = False

    @model_validator(mode="before")
    @classmethod
    def _usual_length(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and value.get("epochs") is None and value.get("steps") is None:
            return {**value, "epochs": USUAL_EPOCHS}
        return value

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if self.epochs is not None and self.steps is not None:
            raise ValueError(
                "a training ends after `epochs` or after `steps`: give one of the two, and null for the other"
            )
        return self

    @model_validator(mode="after")
    def _one_way_to_say_losses(self) -> Self:
        if (self.loss is None) == (not self.losses):
            raise ValueError("a recipe has a `loss`, or `losses` by output")
        return self

    def count_steps(self, epoch_steps: int) -> int:
        """The number of all steps, if an epoch has `epoch_steps`."""
        return self.steps if self.steps is not None else (self.epochs or USUAL_EPOCHS) * epoch_steps

    @property
    def validates(self) -> bool:
        """Whether there is a validation set."""
        return self.data.validation is not None

    @property
    def judges(self) -> bool:
        """Whether a metric decides about the learning rate or the end."""
        return isinstance(self.schedule, Plateau) or self.early_stopping is not None
