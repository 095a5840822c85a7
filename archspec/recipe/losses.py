"""Losses. Each is a mean over the examples of the batch, and over the positions of a target that has several.

y is the target and z the output. An output that ends in softmax or sigmoid is trained without it, on its logits z.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from archspec.recipe.part import BY_TYPE, BelowOne, NotNegative, Part, Positive, Several
from archspec.recipe.source import Kind


class _Loss(Part):
    """`target` is the field of an example, and `weight` multiplies the loss in the sum over the outputs."""

    TARGETS: ClassVar[tuple[Kind, ...]] = ("values", "image")
    """The kinds of fields that the loss compares with."""

    OF_CLASSES: ClassVar[bool] = False
    """Whether the output has a logit for each class."""

    target: str = "label"
    weight: NotNegative = 1.0


class CrossEntropy(_Loss):
    """-sum_k q_k log softmax(z)_k, with q = (1 - label_smoothing) onehot(y) + label_smoothing / K.

    With `class_weights` c, each example's loss is multiplied by c_y. The sum is divided by the number of examples, not
    by the sum of the c_y.
    """

    TARGETS = ("label", "labels", "mask")
    OF_CLASSES = True

    type: Literal["CrossEntropy"] = "CrossEntropy"
    label_smoothing: BelowOne = 0.0
    class_weights: Several[NotNegative] = ()


class BinaryCrossEntropy(_Loss):
    """The mean over classes of -y log s(z) - (1 - y) log(1 - s(z)), with the logistic function s: several labels."""

    TARGETS = ("labels",)
    OF_CLASSES = True

    type: Literal["BinaryCrossEntropy"] = "BinaryCrossEntropy"
    target: str = "labels"


class MeanSquaredError(_Loss):
    """The mean of (z - y)^2."""

    type: Literal["MeanSquaredError"] = "MeanSquaredError"
    target: str = "values"


class MeanAbsoluteError(_Loss):
    """The mean of |z - y|."""

    type: Literal["MeanAbsoluteError"] = "MeanAbsoluteError"
    target: str = "values"


class Huber(_Loss):
    """The mean of d^2 / 2 for d = |z - y| at most `delta`, and of delta (d - delta / 2) above it."""

    type: Literal["Huber"] = "Huber"
    target: str = "values"
    delta: Positive = 1.0


Loss = Annotated[
    Annotated[
        CrossEntropy | BinaryCrossEntropy | MeanSquaredError | MeanAbsoluteError | Huber, Field(discriminator="type")
    ],
    BY_TYPE,
]
