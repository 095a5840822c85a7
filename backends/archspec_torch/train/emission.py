"""The text of train.py for PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archspec.backend.training import Compared, Expression, common_values, moves_statistics, penalties
from archspec.program.rendering import Code, render
from archspec.recipe.losses import BinaryCrossEntropy, CrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from archspec.recipe.plan import Plan
from archspec_torch.emit.names import entry_point
from archspec_torch.places import places
from archspec_torch.train.optimizer import names_of_decayed, optimizer_values

_TEMPLATES = Path(__file__).parent / "templates"


def emit(plan: Plan, module: str) -> str:
    """The training program; `module` has the network's class."""
    native = {place.canonical: place.native for place in places(plan.graph)}
    constants = {
        "FIXED": sorted({native[name].rpartition(".")[0] for name in plan.fixed_statistics}),
        "FROZEN": sorted(native[name] for name in plan.frozen),
        **{name: sorted(native[own] for own in each.weights) for name, each in penalties(plan).items()},
        "DECAYED": names_of_decayed(plan),
    }
    inputs = Code(", ".join(f"tensors[{field!r}]" for field in plan.reads.values()))
    values = {
        **common_values(
            plan,
            module,
            entry_point(plan.graph),
            losses=_LOSSES,
            metrics=_METRICS,
            batch="tensors",
            widened="{}.float()",
        ),
        "constants": {name: tuple(value) for name, value in constants.items() if value},
        "inputs": inputs,
        **_step_loss(plan, inputs),
        "frozen": plan.frozen,
        "random": any(node.layer.random for node in plan.graph.nodes),
        **_engine(plan),
        "averaged": _averaged(plan),
        "validates": plan.recipe.validates,
        **optimizer_values(plan),
    }
    return render(_TEMPLATES, "train.py.jinja", values, ("loop", "processes", module))


def emit_processes(plan: Plan) -> str:
    """The part of the program by which processes communicate."""
    return render(_TEMPLATES, "processes.py.jinja", _engine(plan))


def _engine(plan: Plan) -> dict[str, object]:
    """The values about the processes that train together."""
    synchronised = plan.recipe.batch_norm == "synchronised"
    moves = moves_statistics(plan)
    return {
        "fsdp": plan.recipe.strategy == "fsdp",
        "synchronised": moves and synchronised,
        "averages_statistics": moves and not synchronised,
    }


def _step_loss(plan: Plan, inputs: str) -> dict[str, Code]:
    """The loss of a step, and its penalty if that is apart: FSDP has whole weights only while the network computes."""
    terms = []
    for constant, each in penalties(plan).items():
        power = "each.abs().sum()" if each.kind == "L1" else "each.square().sum()"
        chosen = f"for name, each in self.model.named_parameters() if name in {constant}"
        terms.append(f"{each.rate!r} * sum({power} {chosen})")
    if plan.recipe.strategy == "fsdp":
        return {"step_loss": Code(f"loss_of(self.model({inputs}), tensors)"), "penalty": Code(" + ".join(terms))}
    return {"step_loss": Code(" + ".join([f"loss_of(self.network({inputs}), tensors)", *terms])), "penalty": Code("")}


def _averaged(plan: Plan) -> Code:
    """The moving average of the weights. FSDP's parts cannot be averaged all at once."""
    average = plan.recipe.average
    if average is None:
        return Code("")
    function = "avg_fn=get_ema_avg_fn" if plan.recipe.strategy == "fsdp" else "multi_avg_fn=get_ema_multi_avg_fn"
    return Code(f"AveragedModel(model, {function}({average.decay!r}), use_buffers={average.statistics!r})")


def _cross_entropy(loss: Any, of: Compared) -> str:
    smoothing = f", label_smoothing={loss.label_smoothing!r}" if loss.label_smoothing else ""
    reduction = ', reduction="none"' if loss.class_weights else ""
    return f"F.cross_entropy({of.output}, {of.target}{smoothing}{reduction})"


_LOSSES: Mapping[type, Expression] = MappingProxyType(
    {
        CrossEntropy: _cross_entropy,
        BinaryCrossEntropy: lambda loss, of: f"F.binary_cross_entropy_with_logits({of.output}, {of.target})",
        MeanSquaredError: lambda loss, of: f"F.mse_loss({of.output}, {of.target})",
        MeanAbsoluteError: lambda loss, of: f"F.l1_loss({of.output}, {of.target})",
        Huber: lambda loss, of: f"F.huber_loss({of.output}, {of.target}, delta={loss.delta!r})",
    }
)

_METRICS: Mapping[str, str] = MappingProxyType(
    {
        "accuracy": "({value}.argmax(1) == {target}).double().mean()",
        "top_5_accuracy": "({value}.topk(5, 1).indices == {target}.unsqueeze(1)).any(1).double().mean()",
        "mean_absolute_error": "({value} - {target}).abs().double().mean()",
        "mean_squared_error": "({value} - {target}).square().double().mean()",
    }
)
