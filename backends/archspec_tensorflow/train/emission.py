"""The text of train.py for TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archspec.program.rendering import Code, render
from archspec.recipe.losses import BinaryCrossEntropy, CrossEntropy, Huber, Loss, MeanAbsoluteError, MeanSquaredError
from archspec.recipe.plan import Plan
from archspec_tensorflow.emit.names import entry_point
from archspec_tensorflow.train.optimizer import names_of_decayed, optimizer_values, variable_path

_TEMPLATES = Path(__file__).parent / "templates"


def emit(plan: Plan, module: str) -> str:
    """The training program; `module` has the network's function."""
    return render(_TEMPLATES, "train.py.jinja", _values(plan, module), ("loop", module))


def _values(plan: Plan, module: str) -> Mapping[str, object]:
    recipe = plan.recipe
    several = len(plan.graph.outputs) > 1
    constants = {
        "FIXED": sorted({node.path for node in plan.graph.nodes if _is_fixed(plan, node.path)}),
        "FROZEN": [] if plan.fixed else sorted(map(variable_path, plan.frozen)),
        **{f"PENALISED_{each.kind}": sorted(map(variable_path, each.weights)) for each in plan.penalised},
        "DECAYED": names_of_decayed(plan),
    }
    losses = [_loss(name, loss, several, plan) for name, loss in plan.losses.items()]
    inputs = Code(_inputs(plan))
    every = "model.trainable_variables"
    return {
        "title": f"Trains {plan.graph.name} by the recipe {recipe.name}: `python train.py [--resume]`.",
        "module": Code(module),
        "entry_point": Code(entry_point(plan.graph)),
        "constants": {name: tuple(value) for name, value in constants.items() if value},
        "several": several,
        "result": Code("outputs" if several else "output"),
        "losses": losses,
        "total": Code(" + ".join(_weighted(name, loss.weight, several) for name, loss in plan.losses.items())),
        "inputs": inputs,
        "step_loss": Code(_step_loss(plan, inputs)),
        "first_field": next(iter(plan.reads.values())),
        "trained": Code(f"[each for each in {every} if each.path not in FROZEN]" if constants["FROZEN"] else every),
        "fixed": plan.fixed,
        "accumulate": recipe.accumulate,
        "clip": recipe.clip,
        "average": recipe.average,
        "scores": ["loss", *recipe.metrics],
        "metrics": _metrics(plan, several),
        "seed": recipe.seed,
        "deterministic": recipe.deterministic,
        "precision": recipe.precision,
        **optimizer_values(plan),
    }


def _is_fixed(plan: Plan, path: str) -> bool:
    return any(path == each or path.startswith(f"{each}.") for each in plan.fixed)


def _inputs(plan: Plan) -> str:
    read = [f"batch[{field!r}]" for field in plan.reads.values()]
    return read[0] if len(read) == 1 else f"[{', '.join(read)}]"


def _step_loss(plan: Plan, inputs: str) -> str:
    """The loss of a step, with penalties."""
    loss = f"loss_of(self.model({inputs}, training=True), batch)"
    for each in plan.penalised:
        function = "ops.abs" if each.kind == "L1" else "ops.square"
        chosen = f"for each in self.trained if each.path in PENALISED_{each.kind}"
        loss += f" + {each.rate!r} * sum(ops.sum({function}(each)) {chosen})"
    return loss


def _weighted(output: str, weight: float, several: bool) -> str:
    name = f"{output}_loss" if several else "loss"
    return name if weight == 1 else f"{weight!r} * {name}"


def _loss(output: str, loss: Loss, several: bool, plan: Plan) -> dict[str, Any]:
    """The expression of a loss, in terms of `outputs` and `batch`."""
    value = f"outputs[{output!r}]" if several else "output"
    classes = plan.graph.outputs[output].type.axes[-1]
    return {
        "name": Code(f"{output}_loss" if several else "loss"),
        "output": Code(value),
        "target": loss.target,
        "class_weights": getattr(loss, "class_weights", ()),
        "value": Code(_LOSSES[type(loss)](loss, value, f"batch[{loss.target!r}]", classes)),
    }


def _cross_entropy(loss: Any, value: str, target: str, classes: object) -> str:
    if not loss.label_smoothing:
        return f"keras.losses.sparse_categorical_crossentropy({target}, {value}, from_logits=True)"
    target = f"ops.one_hot({target}, {classes})"
    smoothing = f"label_smoothing={loss.label_smoothing!r}"
    return f"keras.losses.categorical_crossentropy({target}, {value}, from_logits=True, {smoothing})"


_LOSSES: Mapping[type, Callable[[Any, str, str, object], str]] = MappingProxyType(
    {
        CrossEntropy: _cross_entropy,
        BinaryCrossEntropy: lambda loss, value, target, classes: (
            f"keras.losses.binary_crossentropy({target}, {value}, from_logits=True)"
        ),
        MeanSquaredError: lambda loss, value, target, classes: f"keras.losses.mean_squared_error({target}, {value})",
        MeanAbsoluteError: lambda loss, value, target, classes: f"keras.losses.mean_absolute_error({target}, {value})",
        Huber: lambda loss, value, target, classes: f"keras.losses.huber({target}, {value}, delta={loss.delta!r})",
    }
)


def _metrics(plan: Plan, several: bool) -> list[dict[str, str]]:
    """The metrics of the first output with a loss."""
    output, loss = next(iter(plan.losses.items()))
    value = f"outputs[{output!r}]" if several else "outputs"
    target = f"batch[{loss.target!r}]"
    return [
        {"name": name, "value": Code(_METRICS[name].format(value=value, target=target))} for name in plan.recipe.metrics
    ]


_METRICS: Mapping[str, str] = MappingProxyType(
    {
        "accuracy": 'ops.mean(ops.cast(ops.equal(ops.argmax({value}, -1), {target}), "float64"))',
        "top_5_accuracy": 'ops.mean(ops.cast(ops.in_top_k({target}, {value}, 5), "float64"))',
        "mean_absolute_error": 'ops.mean(ops.cast(ops.abs({value} - {target}), "float64"))',
        "mean_squared_error": 'ops.mean(ops.cast(ops.square({value} - {target}), "float64"))',
    }
)
