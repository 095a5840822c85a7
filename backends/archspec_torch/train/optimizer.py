"""The optimizer of a training program, and the weights that it decays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archspec.backend.helpers import read_helpers
from archspec.program.rendering import Code
from archspec.recipe.optimizers import SGD, Adam, AdamW, RMSprop
from archspec.recipe.plan import Plan
from archspec_torch.places import Place, places

_HELPERS = read_helpers(Path(__file__).parent / "helpers")


def optimizer_values(plan: Plan) -> dict[str, object]:
    """The template's values about the optimizer.

    PyTorch's optimizers have coupled decay, and Adam has a twin with decoupled decay. For the others the decoupled
    decay is a line before the step.
    """
    wanted, rate = plan.recipe.optimizer, _rate(plan)
    before = rate != 0 and _is_decoupled(plan) and not isinstance(wanted, Adam)
    inside = rate != 0 and not before
    name, arguments = _OPTIMIZERS[type(wanted)](wanted)
    if inside and _is_decoupled(plan):
        name = "torch.optim.AdamW"
    if name == "torch.optim.AdamW" or (inside and not _is_partial(plan)):
        arguments["weight_decay"] = rate if inside and not _is_partial(plan) else 0.0
    parameters = "parameters"
    if inside and _is_partial(plan):
        parameters = f'[{{"params": decayed, "weight_decay": {rate!r}}}, {{"params": others}}]'
    said = "".join(f", {key}={value!r}" for key, value in arguments.items())
    every = "[*model.parameters()]"
    return {
        "optimizer_class": Code(_HELPERS.get(name, "")),
        "optimizer": Code(f"{name}({parameters}, lr={wanted.learning_rate!r}{said})"),
        "trained": Code("[each for each in model.parameters() if each.requires_grad]" if plan.frozen else every),
        "decayed": Code(_selection(plan, "") if rate and _is_partial(plan) else ""),
        "others": Code(_selection(plan, "not ") if inside and _is_partial(plan) else ""),
        "decay_rate": rate if before else 0.0,
    }


def names_of_decayed(plan: Plan) -> list[str]:
    """The names in the state_dict of the weights that decay, if no simpler condition says which these are."""
    return [place.native for place in _decayed(plan)] if _is_partial(plan) and not _is_by_rank(plan) else []


def _selection(plan: Plan, negation: str) -> str:
    if _is_by_rank(plan):
        return f"[each for each in parameters if each.ndim {'<=' if negation else '>'} 1]"
    kept = " and each.requires_grad" if plan.frozen and negation else ""
    return f"[each for name, each in model.named_parameters() if name {negation}in DECAYED{kept}]"


def _is_by_rank(plan: Plan) -> bool:
    """Whether exactly the weights decay that are no vectors."""
    matrices = {place.canonical for place in _trained(plan) if len(place.native_shape) > 1}
    return matrices == plan.decayed


def _is_partial(plan: Plan) -> bool:
    return _rate(plan) != 0 and plan.decayed != plan.trained


def _rate(plan: Plan) -> float:
    decay = plan.recipe.optimizer.weight_decay
    return decay.rate if decay is not None else 0.0


def _is_decoupled(plan: Plan) -> bool:
    decay = plan.recipe.optimizer.weight_decay
    return decay is not None and decay.decoupled


def _trained(plan: Plan) -> list[Place]:
    return [place for place in places(plan.graph) if place.canonical in plan.trained]


def _decayed(plan: Plan) -> list[Place]:
    return [place for place in places(plan.graph) if place.canonical in plan.decayed]


def _adam(name: str) -> Callable[[Any], tuple[str, dict[str, object]]]:
    return lambda wanted: (name, {"betas": (wanted.beta_1, wanted.beta_2), "eps": wanted.epsilon})


def _sgd(wanted: SGD) -> tuple[str, dict[str, object]]:
    said = {"momentum": wanted.momentum, "nesterov": wanted.nesterov}
    return "torch.optim.SGD", {name: value for name, value in said.items() if value}


def _rmsprop(wanted: RMSprop) -> tuple[str, dict[str, object]]:
    momentum = {"momentum": wanted.momentum} if wanted.momentum else {}
    return "RMSprop", {"rho": wanted.rho, **momentum, "eps": wanted.epsilon}


_OPTIMIZERS: Mapping[type, Callable[[Any], tuple[str, dict[str, object]]]] = MappingProxyType(
    {SGD: _sgd, Adam: _adam("torch.optim.Adam"), AdamW: _adam("torch.optim.AdamW"), RMSprop: _rmsprop}
)
"""Each optimizer's class and its arguments."""
