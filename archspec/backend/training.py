"""What the training programs of all backends say: the values of their templates that no framework decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archspec.layers.norm import BatchNormalization
from archspec.program.rendering import Code
from archspec.recipe.losses import Loss
from archspec.recipe.optimizers import WeightDecay
from archspec.recipe.plan import Penalised, Plan
from archspec.weights import canonical_name


@dataclass(frozen=True, slots=True)
class Compared:
    """What a loss compares: the texts of the output and of its target, and the number of classes.

    With `shared`, a target may be a vector of the classes' shares: soft labels, or mixed examples in training.
    """

    output: str
    target: str
    classes: int
    shared: bool


Expression = Callable[[Any, Compared], str]
"""The text of a loss, from its model and what it compares."""


def common_values(
    plan: Plan,
    module: str,
    entry_point: str,
    *,
    losses: Mapping[type, Expression],
    metrics: Mapping[str, str],
    batch: str,
    widened: str,
) -> dict[str, object]:
    """The values of a template of train.py that all frameworks share.

    `losses` has the text of each kind of loss, in terms of `output`, or `outputs` by name, and `batch`. `metrics` has
    the text of each metric with fields for the `value` and the `target`, which is in the variable `batch`. `widened` is
    the text of a value in float32, with a field for the value.
    """
    recipe = plan.recipe
    bfloat16 = recipe.precision == "bfloat16"
    several = has_several_outputs(plan)
    return {
        "title": f"Trains {plan.graph.name} by the recipe {recipe.name}: `python train.py`.",
        "module": Code(module),
        "entry_point": Code(entry_point),
        "several": several,
        "result": Code("outputs" if several else "output"),
        "losses": [
            _loss(plan, name, loss, losses, widened if bfloat16 else "{}") for name, loss in plan.losses.items()
        ],
        "total": Code(" + ".join(_weighted(plan, name, loss.weight) for name, loss in plan.losses.items())),
        "first_field": next(iter(plan.reads.values())),
        "accumulate": recipe.accumulate,
        "clip": recipe.clip,
        "average": recipe.average,
        "scores": ["loss", *recipe.metrics],
        "metrics": _metrics(plan, metrics, batch, widened if bfloat16 else "{}"),
        "seed": recipe.seed,
        "deterministic": recipe.deterministic,
        "bfloat16": bfloat16,
    }


def has_several_outputs(plan: Plan) -> bool:
    """Whether the network gives its outputs by name."""
    return len(plan.graph.outputs) > 1


def has_shares(plan: Plan, loss: Loss) -> bool:
    """Whether a target of the loss may be a vector of the classes' shares."""
    return plan.recipe.data.mix is not None or plan.recipe.data.kinds[loss.target] == "labels"


def penalties(plan: Plan) -> dict[str, Penalised]:
    """The penalties, by the names of the constants with their weights."""
    kinds = Counter(each.kind for each in plan.penalised)
    return {
        f"PENALISED_{each.kind}{f'_{number}' if kinds[each.kind] > 1 else ''}": each
        for number, each in enumerate(plan.penalised, start=1)
    }


def moves_statistics(plan: Plan) -> bool:
    """Whether training moves statistics of some batch normalisation."""
    return any(
        isinstance(node.layer, BatchNormalization) and canonical_name(node, weight) not in plan.fixed_statistics
        for node, weight in plan.graph.owned_weights()
        if weight.role == "mean"
    )


def decay_of(plan: Plan) -> WeightDecay | None:
    """The decay of weights; None also for a rate of 0."""
    decay = plan.recipe.optimizer.weight_decay
    return decay if decay is not None and decay.rate else None


def decays_partly(plan: Plan) -> bool:
    """Whether some trained weights decay and others do not."""
    return decay_of(plan) is not None and plan.decayed != plan.trained


def decays_matrices(plan: Plan, ranks: Mapping[str, int]) -> bool:
    """Whether the weights that decay are exactly those that are no vectors; `ranks` are by canonical names."""
    return {name for name in plan.trained if ranks[name] > 1} == plan.decayed


def called(name: str, first: str, arguments: Mapping[str, object]) -> Code:
    """A call with a first argument and others by name."""
    said = "".join(f", {key}={value!r}" for key, value in arguments.items())
    return Code(f"{name}({first}{said})")


def _loss(
    plan: Plan, output: str, loss: Loss, expressions: Mapping[type, Expression], widened: str
) -> dict[str, object]:
    value = widened.format(f"outputs[{output!r}]" if has_several_outputs(plan) else "output")
    target = f"batch[{loss.target!r}]"
    classes = plan.graph.outputs[output].type.axes[-1] or 0
    return {
        "name": Code(_name(plan, output)),
        "target": loss.target,
        "class_weights": getattr(loss, "class_weights", ()),
        "factor": Code("" if loss.weight == 1 or has_several_outputs(plan) else f"{loss.weight!r} * "),
        "value": Code(expressions[type(loss)](loss, Compared(value, target, classes, has_shares(plan, loss)))),
    }


def _name(plan: Plan, output: str) -> str:
    return f"{output}_loss" if has_several_outputs(plan) else "loss"


def _weighted(plan: Plan, output: str, weight: float) -> str:
    name = _name(plan, output)
    return name if weight == 1 else f"{weight!r} * {name}"


def _metrics(plan: Plan, texts: Mapping[str, str], batch: str, widened: str) -> list[dict[str, object]]:
    """The metrics of the first output with a loss."""
    output, loss = next(iter(plan.losses.items()))
    value = widened.format(f"outputs[{output!r}]" if has_several_outputs(plan) else "outputs")
    target = f"{batch}[{loss.target!r}]"
    return [
        {"name": name, "value": Code(texts[name].format(value=value, target=target))} for name in plan.recipe.metrics
    ]
