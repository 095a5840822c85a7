"""The text of train.py for PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archspec.program.rendering import Code, render
from archspec.recipe.losses import BinaryCrossEntropy, CrossEntropy, Huber, Loss, MeanAbsoluteError, MeanSquaredError
from archspec.recipe.plan import Plan
from archspec_torch.emit.names import entry_point
from archspec_torch.places import places
from archspec_torch.train.optimizer import names_of_decayed, optimizer_values

_HERE = Path(__file__).parent


def emit(plan: Plan, module: str) -> str:
    """The training program; `module` has the network's class."""
    return render(_HERE / "templates", "train.py.jinja", _values(plan, module), ("loop", module))


def _values(plan: Plan, module: str) -> Mapping[str, object]:
    recipe = plan.recipe
    native = {place.canonical: place.native for place in places(plan.graph)}
    constants = {
        "FROZEN": sorted(native[name] for name in plan.frozen),
        **{f"PENALISED_{each.kind}": sorted(native[name] for name in each.weights) for each in plan.penalised},
        "DECAYED": names_of_decayed(plan),
    }
    several = len(plan.graph.outputs) > 1
    losses = [_loss(name, loss, several) for name, loss in plan.losses.items()]
    read = [Code(f"tensors[{field!r}]") for field in plan.reads.values()]
    inputs = Code(", ".join(read))
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
        "frozen": plan.frozen,
        "fixed": plan.fixed,
        "accumulate": recipe.accumulate,
        "clip": recipe.clip,
        "average": recipe.average,
        "scores": ["loss", *[each["name"] for each in _metrics(plan, several)]],
        "metrics": _metrics(plan, several),
        "seed": recipe.seed,
        "deterministic": recipe.deterministic,
        **optimizer_values(plan),
    }


def _step_loss(plan: Plan, inputs: str) -> str:
    """The loss of a step, with penalties."""
    loss = f"loss_of(self.model({inputs}), tensors)"
    for each in plan.penalised:
        power = "each.abs().sum()" if each.kind == "L1" else "each.square().sum()"
        chosen = f"for name, each in self.model.named_parameters() if name in PENALISED_{each.kind}"
        loss += f" + {each.rate!r} * sum({power} {chosen})"
    return loss


def _weighted(output: str, weight: float, several: bool) -> str:
    name = f"{output}_loss" if several else "loss"
    return name if weight == 1 else f"{weight!r} * {name}"


def _loss(output: str, loss: Loss, several: bool) -> dict[str, Any]:
    """The expression of a loss, in terms of `outputs` and `batch`."""
    value = f"outputs[{output!r}]" if several else "output"
    target = f"batch[{loss.target!r}]"
    return {
        "name": Code(f"{output}_loss" if several else "loss"),
        "target": loss.target,
        "class_weights": getattr(loss, "class_weights", ()),
        "value": Code(_LOSSES[type(loss)](loss, value, target)),
    }


def _cross_entropy(loss: Any, value: str, target: str) -> str:
    smoothing = f", label_smoothing={loss.label_smoothing!r}" if loss.label_smoothing else ""
    reduction = ', reduction="none"' if loss.class_weights else ""
    return f"F.cross_entropy({value}, {target}{smoothing}{reduction})"


_LOSSES: Mapping[type, Callable[[Any, str, str], str]] = MappingProxyType(
    {
        CrossEntropy: _cross_entropy,
        BinaryCrossEntropy: lambda loss, value, target: f"F.binary_cross_entropy_with_logits({value}, {target})",
        MeanSquaredError: lambda loss, value, target: f"F.mse_loss({value}, {target})",
        MeanAbsoluteError: lambda loss, value, target: f"F.l1_loss({value}, {target})",
        Huber: lambda loss, value, target: f"F.huber_loss({value}, {target}, delta={loss.delta!r})",
    }
)


def _metrics(plan: Plan, several: bool) -> list[dict[str, str]]:
    """The metrics of the first output with a loss."""
    output, loss = next(iter(plan.losses.items()))
    value = f"outputs[{output!r}]" if several else "outputs"
    target = f"tensors[{loss.target!r}]"
    return [
        {"name": name, "value": Code(_METRICS[name].format(value=value, target=target))} for name in plan.recipe.metrics
    ]


_METRICS: Mapping[str, str] = MappingProxyType(
    {
        "accuracy": "({value}.argmax(1) == {target}).double().mean()",
        "top_5_accuracy": "({value}.topk(5, 1).indices == {target}.unsqueeze(1)).any(1).double().mean()",
        "mean_absolute_error": "({value} - {target}).abs().double().mean()",
        "mean_squared_error": "({value} - {target}).square().double().mean()",
    }
)
