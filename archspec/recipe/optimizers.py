"""Optimizers, and what happens to gradients before them. Each word has one formula, in every framework.

In all formulas w is a weight, g its gradient, e the learning rate, and t the number of the step, counted from 1.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from archspec.recipe.part import BY_TYPE, BelowOne, Count, NotNegative, Part, Positive, Several

Role = Literal["bias", "norm"]
"""`bias` is a bias of any layer but a normalisation; `norm` is a weight of a normalisation."""


class WeightDecay(Part):
    """Weight decay with the rate d, for all trained weights but those of the roles in `except`.

    Coupled, g + d w replaces g after clipping. Decoupled (Loshchilov and Hutter 2019), w - e d w replaces w before the
    step.
    """

    rate: NotNegative
    decoupled: bool = False
    excluded: Several[Role] = Field(default=(), alias="except")


def _by_rate(value: Any) -> Any:
    return {"rate": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


Decay = Annotated[WeightDecay, BeforeValidator(_by_rate)]


class SGD(Part):
    """Stochastic gradient descent: v = momentum v + g, w = w - e v; with Nesterov's, w = w - e (g + momentum v).

    The learning rate stands outside of v, so a new rate holds at once.
    """

    type: Literal["SGD"] = "SGD"
    learning_rate: Positive = 0.01
    momentum: BelowOne = 0.0
    nesterov: bool = False
    weight_decay: Decay | None = None

    @model_validator(mode="after")
    def _nesterov_with_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError("`nesterov` needs a `momentum` above 0")
        return self


class Adam(Part):
    """Algorithm 1 of Kingma and Ba 2015, arXiv:1412.6980.

    m = beta_1 m + (1 - beta_1) g, v = beta_2 v + (1 - beta_2) g^2,
    w = w - e m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon).
    """

    type: Literal["Adam"] = "Adam"
    learning_rate: Positive = 0.001
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: Positive = 1e-8
    weight_decay: Decay | None = None


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101)."""

    type: Literal["AdamW"] = "AdamW"  # type: ignore[assignment]  # each optimizer has its own word
    weight_decay: Decay = WeightDecay(rate=0.01, decoupled=True)

    @model_validator(mode="before")
    @classmethod
    def _decoupled(cls, value: Any) -> Any:
        """The decay is decoupled also where only its rate is given."""
        decay = value.get("weight_decay") if isinstance(value, dict) else None
        if decay is None:
            return value
        decay = {"decoupled": True, **decay} if isinstance(decay, dict) else {"rate": decay, "decoupled": True}
        return {**value, "weight_decay": decay}

    @model_validator(mode="after")
    def _not_coupled(self) -> Self:
        if not self.weight_decay.decoupled:
            raise ValueError("AdamW's weight decay is decoupled: take Adam for a coupled one")
        return self


class RMSprop(Part):
    """v = rho v + (1 - rho) g^2, b = momentum b + g / sqrt(v + epsilon), w = w - e b. Epsilon is inside of the root."""

    type: Literal["RMSprop"] = "RMSprop"
    learning_rate: Positive = 0.001
    rho: BelowOne = 0.9
    momentum: BelowOne = 0.0
    epsilon: Positive = 1e-7
    weight_decay: Decay | None = None


Optimizer = Annotated[Annotated[SGD | Adam | AdamW | RMSprop, Field(discriminator="type")], BY_TYPE]


class GlobalNorm(Part):
    """All gradients times min(1, at / n), where n is the root of the sum of all their squares."""

    type: Literal["GlobalNorm"] = "GlobalNorm"
    at: Positive = 1.0


class ClippedValue(Part):
    """Each element of a gradient is put between -at and at."""

    type: Literal["Value"] = "Value"
    at: Positive


Clipping = Annotated[Annotated[GlobalNorm | ClippedValue, Field(discriminator="type")], BY_TYPE]


class Average(Part):
    """The moving average a of each weight: w after the first step, then a = decay a + (1 - decay) w after each step.

    Moving statistics of normalisations are averaged too with `statistics`, otherwise they are the last ones. The
    averaged weights are evaluated and kept.
    """

    decay: BelowOne = 0.999
    statistics: bool = True


class Penalty(Part):
    """Adds rate times the sum of |w| (`L1`) or of w^2 (`L2`) to the loss.

    It is for the kernels of the layers of these types and at or below these paths; for all kernels without either.
    """

    type: Literal["L1", "L2"]
    rate: NotNegative
    layers: Several[str] = ()
    paths: Several[str] = ()


class EarlyStopping(Part):
    """Ends the training when the monitored metric has not improved by more than `min_delta` for `patience` epochs."""

    patience: Count
    min_delta: NotNegative = 0.0
