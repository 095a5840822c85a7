"""Schedules of the learning rate, as factors of the optimizer's `learning_rate`.

t is the number of a step, counted from 0; S is the number of steps of an epoch; T is the number of all steps.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from archspec.recipe.part import BY_TYPE, BelowOne, Count, Fraction, NotNegative, Part, Positive, Several


class Warmup(Part):
    """For W = epochs S steps, the schedule's factor times start + (1 - start) (t + 1) / W."""

    epochs: Positive
    start: Fraction = 0.0


class Constant(Part):
    """The factor 1."""

    type: Literal["Constant"] = "Constant"
    warmup: Warmup | None = None


class Milestones(Part):
    """The factor is `factor`^k after k of the epochs have begun, counted from 0; or the k-th of several factors."""

    type: Literal["Milestones"] = "Milestones"
    epochs: Several[Count]
    factor: Positive | Several[Positive] = 0.1
    warmup: Warmup | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if list(self.epochs) != sorted(set(self.epochs)):
            raise ValueError("the `epochs` of milestones rise")
        if isinstance(self.factor, tuple) and len(self.factor) != len(self.epochs):
            raise ValueError(f"there are {len(self.epochs)} `epochs` and {len(self.factor)} factors")
        return self

    @property
    def factors(self) -> tuple[float, ...]:
        """The factor from each of the epochs on."""
        if isinstance(self.factor, tuple):
            return self.factor
        return tuple(self.factor ** (number + 1) for number in range(len(self.epochs)))


class Cosine(Part):
    """The factor end + (1 - end) (1 + cos(pi (t - W) / (T - W))) / 2, after W steps of warm-up; 1 during it."""

    type: Literal["Cosine"] = "Cosine"
    end: Fraction = 0.0
    warmup: Warmup | None = None


class Exponential(Part):
    """The factor `factor`^(t / (epochs S)); in `stairs` with the exponent's whole part."""

    type: Literal["Exponential"] = "Exponential"
    factor: Positive
    epochs: Positive = 1.0
    stairs: bool = False
    warmup: Warmup | None = None


class Plateau(Part):
    """The factor is multiplied by `factor` when the monitored metric did not improve for `patience` epochs in a row.

    An improvement is one by more than `min_delta`, absolute. After a fall, `cooldown` epochs do not count. The factor
    is at least `end`.
    """

    type: Literal["Plateau"] = "Plateau"
    factor: BelowOne = 0.1
    patience: Count = 10
    min_delta: NotNegative = 1e-4
    cooldown: Annotated[int, Field(ge=0, le=10**9)] = 0
    end: Fraction = 0.0
    warmup: Warmup | None = None


Schedule = Annotated[
    Annotated[Constant | Milestones | Cosine | Exponential | Plateau, Field(discriminator="type")], BY_TYPE
]
