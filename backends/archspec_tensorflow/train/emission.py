"""The text of train.py for TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archspec.backend.training import Compared, Expression, common_values, has_shares, moves_statistics, penalties
from archspec.layers.regularisation import Dropout, SpatialDropout2D, StochasticDepth
from archspec.program.rendering import Code, render
from archspec.recipe.losses import BinaryCrossEntropy, CrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from archspec.recipe.plan import Plan
from archspec_tensorflow.emit.names import entry_point
from archspec_tensorflow.train.optimizer import names_of_decayed, optimizer_values, variable_path

_RANDOM = (Dropout, SpatialDropout2D, StochasticDepth)
"""The layers that draw random numbers: all become Keras's `Dropout`, or a subclass of it."""

_TEMPLATES = Path(__file__).parent / "templates"


def emit(plan: Plan, module: str) -> str:
    """The training program; `module` has the network's function."""
    fixed = {name.partition(":")[0] for name in plan.fixed_statistics}
    constants = {
        "FIXED": sorted(fixed),
        "FROZEN": sorted(variable_path(name) for name in plan.frozen if name.partition(":")[0] not in fixed),
        **{name: sorted(map(variable_path, each.weights)) for name, each in penalties(plan).items()},
        "DECAYED": names_of_decayed(plan),
    }
    inputs = Code(_inputs(plan))
    every = "model.trainable_variables"
    # A group that is applied several times is a model of its own.
    inner = (fixed or moves_statistics(plan)) and any(scope.shares is not None for scope in plan.graph.scopes)
    values = {
        **common_values(
            plan,
            module,
            entry_point(plan.graph),
            losses=_LOSSES,
            metrics=_METRICS,
            batch="batch",
            widened='ops.cast({}, "float32")',
        ),
        "inner": inner,
        "layers": Code("layers_of(model)" if inner else "model.layers"),
        "constants": {name: tuple(value) for name, value in constants.items() if value},
        "inputs": inputs,
        "shared": any(isinstance(each, CrossEntropy) and has_shares(plan, each) for each in plan.losses.values()),
        "synchronised": _is_synchronised(plan),
        "statistics_are_averaged": moves_statistics(plan) and not _is_synchronised(plan),
        "random": any(isinstance(node.layer, _RANDOM) for node in plan.graph.nodes),
        "step_loss": Code(_step_loss(plan, inputs)),
        "trained": Code(f"[each for each in {every} if each.path not in FROZEN]" if constants["FROZEN"] else every),
        **optimizer_values(plan),
    }
    return render(_TEMPLATES, "train.py.jinja", values, ("loop", "processes", module))


def _inputs(plan: Plan) -> str:
    read = [f"batch[{field!r}]" for field in plan.reads.values()]
    return read[0] if len(read) == 1 else f"[{', '.join(read)}]"


def emit_processes(plan: Plan) -> str:
    """The part of the program by which processes communicate."""
    return render(_TEMPLATES, "processes.py.jinja", {"synchronised": _is_synchronised(plan)})


def _is_synchronised(plan: Plan) -> bool:
    """Whether normalisations have the statistics of all processes' examples."""
    return plan.recipe.batch_norm == "synchronised" and moves_statistics(plan)


def _step_loss(plan: Plan, inputs: str) -> str:
    """The loss of a step, with penalties."""
    loss = f"loss_of(self.model({inputs}, training=True), batch)"
    for constant, each in penalties(plan).items():
        function = "ops.abs" if each.kind == "L1" else "ops.square"
        chosen = f"for each in self.trained if each.path in {constant}"
        loss += f" + {each.rate!r} * sum(ops.sum({function}(each)) {chosen})"
    return loss


def _cross_entropy(loss: Any, of: Compared) -> str:
    if not (loss.label_smoothing or of.shared):
        return f"keras.losses.sparse_categorical_crossentropy({of.target}, {of.output}, from_logits=True)"
    smoothing = f", label_smoothing={loss.label_smoothing!r}" if loss.label_smoothing else ""
    target = f"{'shares' if of.shared else 'ops.one_hot'}({of.target}, {of.classes})"
    return f"keras.losses.categorical_crossentropy({target}, {of.output}, from_logits=True{smoothing})"


_LOSSES: Mapping[type, Expression] = MappingProxyType(
    {
        CrossEntropy: _cross_entropy,
        BinaryCrossEntropy: lambda loss, of: (
            f"keras.losses.binary_crossentropy({of.target}, {of.output}, from_logits=True)"
        ),
        MeanSquaredError: lambda loss, of: f"keras.losses.mean_squared_error({of.target}, {of.output})",
        MeanAbsoluteError: lambda loss, of: f"keras.losses.mean_absolute_error({of.target}, {of.output})",
        Huber: lambda loss, of: f"keras.losses.huber({of.target}, {of.output}, delta={loss.delta!r})",
    }
)

_METRICS: Mapping[str, str] = MappingProxyType(
    {
        "accuracy": 'ops.mean(ops.cast(ops.equal(ops.argmax({value}, -1), {target}), "float64"))',
        "top_5_accuracy": 'ops.mean(ops.cast(ops.in_top_k({target}, ops.cast({value}, "float32"), 5), "float64"))',
        "mean_absolute_error": 'ops.mean(ops.cast(ops.abs({value} - {target}), "float64"))',
        "mean_squared_error": 'ops.mean(ops.cast(ops.square({value} - {target}), "float64"))',
    }
)
