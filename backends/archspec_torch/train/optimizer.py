"""The optimizer of a training program, and the weights that it decays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archspec.backend.helpers import read_helpers
from archspec.backend.training import called, decay_of, decays_matrices, decays_partly
from archspec.program.rendering import Code
from archspec.recipe.optimizers import SGD, Adam, AdamW, RMSprop
from archspec.recipe.plan import Plan
from archspec_torch.places import places

_HELPERS = read_helpers(Path(__file__).parent / "helpers")


def optimizer_values(plan: Plan) -> dict[str, object]:
    """The template's values about the optimizer.

    PyTorch's optimizers have coupled decay, and Adam has a twin with decoupled decay. For the others the decoupled
    decay is a line before the step.
    """
    wanted, decay = plan.recipe.optimizer, decay_of(plan)
    before = decay is not None and decay.decoupled and not isinstance(wanted, Adam)
    inside = decay is not None and not before
    partly = decays_partly(plan)
    rate = decay.rate if decay is not None else 0.0
    name, arguments = _OPTIMIZERS[type(wanted)](wanted)
    if decay is not None and inside and decay.decoupled:
        name = _ADAMW
    if name == _ADAMW or (inside and not partly):
        arguments["weight_decay"] = rate if inside and not partly else 0.0
    groups = f'[{{"params": decayed, "weight_decay": {rate!r}}}, {{"params": others}}]'
    first = groups if inside and partly else "parameters"
    return {
        "optimizer_class": Code(_HELPERS.get(name, "")),
        "optimizer": called(name, first, {"lr": wanted.learning_rate, **arguments}),
        "trained": Code(_TRAINED if plan.frozen else "[*model.parameters()]"),
        "decayed": Code(_selection(plan, "") if partly else ""),
        "others": Code(_selection(plan, "not ") if inside and partly else ""),
        "decay_rate": rate if before else 0.0,
    }


def names_of_decayed(plan: Plan) -> list[str]:
    """The names in the state_dict of the weights that decay, if no simpler condition says which these are."""
    if not decays_partly(plan) or _is_by_rank(plan):
        return []
    return [place.native for place in places(plan.graph) if place.canonical in plan.decayed]


def _selection(plan: Plan, negation: str) -> str:
    """The list of the weights that decay, or of the others."""
    if _is_by_rank(plan):
        return f"[each for each in parameters if each.ndim {'<=' if negation else '>'} 1]"
    kept = " and each.requires_grad" if plan.frozen and negation else ""
    return f"[each for name, each in model.named_parameters() if name {negation}in DECAYED{kept}]"


def _is_by_rank(plan: Plan) -> bool:
    return decays_matrices(plan, {place.canonical: len(place.native_shape) for place in places(plan.graph)})


_TRAINED = "[each for each in model.parameters() if each.requires_grad]"
_ADAMW = "torch.optim.AdamW"


def _adam(name: str) -> Callable[[Any], tuple[str, dict[str, object]]]:
    return lambda wanted: (name, {"betas": (wanted.beta_1, wanted.beta_2), "eps": wanted.epsilon})


def _sgd(wanted: SGD) -> tuple[str, dict[str, object]]:
    said = {"momentum": wanted.momentum, "nesterov": wanted.nesterov}
    return "torch.optim.SGD", {name: value for name, value in said.items() if value}


def _rmsprop(wanted: RMSprop) -> tuple[str, dict[str, object]]:
    momentum = {"momentum": wanted.momentum} if wanted.momentum else {}
    return "RMSprop", {"rho": wanted.rho, **momentum, "eps": wanted.epsilon}


_OPTIMIZERS: Mapping[type, Callable[[Any], tuple[str, dict[str, object]]]] = MappingProxyType(
    {SGD: _sgd, Adam: _adam("torch.optim.Adam"), AdamW: _adam(_ADAMW), RMSprop: _rmsprop}
)
"""Each optimizer's class and its arguments."""
