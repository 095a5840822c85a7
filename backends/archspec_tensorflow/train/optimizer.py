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
from archspec.recipe.schedules import Constant
from archspec.weights import weight_shapes

_HELPERS = read_helpers(Path(__file__).parent / "helpers")

Called = tuple[str, dict[str, object]]
"""The name of an optimizer's class and its arguments."""


def optimizer_values(plan: Plan) -> dict[str, object]:
    """The template's values about the optimizer.

    The weight decay of Keras's optimizers is decoupled, so coupled decay is added to the gradients.
    """
    wanted, decay = plan.recipe.optimizer, decay_of(plan)
    steady = isinstance(plan.recipe.schedule, Constant) and plan.recipe.schedule.warmup is None
    name, arguments = _OPTIMIZERS[type(wanted)](wanted, steady)
    decoupled = decay is not None and decay.decoupled
    rate = decay.rate if decay is not None else 0.0
    if decoupled:
        arguments["weight_decay"] = rate
    partly = decays_partly(plan)
    exempt = f"[each for each in self.trained if not ({_is_decayed(plan, 'each')})]"
    return {
        "optimizer_class": Code(_HELPERS.get(name, "")),
        "optimizer": called(name, repr(wanted.learning_rate), arguments),
        "coupled_rate": 0.0 if decoupled else rate,
        "is_decayed": _is_decayed(plan, "weight") if partly else "",
        "exempt": Code(exempt if partly and decoupled else ""),
    }


def names_of_decayed(plan: Plan) -> list[str]:
    """The paths of the variables that decay, if no simpler condition says which these are."""
    return sorted(map(variable_path, plan.decayed)) if decays_partly(plan) and not _is_by_rank(plan) else []


def variable_path(canonical: str) -> str:
    """The path of Keras's variable for a canonical name of a weight."""
    return canonical.replace(":", "/")


def _is_decayed(plan: Plan, variable: str) -> str:
    return f"len({variable}.shape) > 1" if _is_by_rank(plan) else f"{variable}.path in DECAYED"


def _is_by_rank(plan: Plan) -> bool:
    return decays_matrices(plan, {name: len(shape) for name, shape in weight_shapes(plan.graph).items()})


def _adam(wanted: Adam, steady: bool) -> Called:
    return "Adam", {"beta_1": wanted.beta_1, "beta_2": wanted.beta_2, "epsilon": wanted.epsilon}


def _sgd(wanted: SGD, steady: bool) -> Called:
    said = {"momentum": wanted.momentum, "nesterov": wanted.nesterov}
    name = "keras.optimizers.SGD" if steady or not wanted.momentum else "SGD"
    return name, {key: value for key, value in said.items() if value}


def _rmsprop(wanted: RMSprop, steady: bool) -> Called:
    momentum = {"momentum": wanted.momentum} if wanted.momentum else {}
    name = "keras.optimizers.RMSprop" if steady or not wanted.momentum else "RMSprop"
    return name, {"rho": wanted.rho, **momentum, "epsilon": wanted.epsilon}


_OPTIMIZERS: Mapping[type, Callable[[Any, bool], Called]] = MappingProxyType(
    {SGD: _sgd, Adam: _adam, AdamW: _adam, RMSprop: _rmsprop}
)
"""Each optimizer's class and arguments. Keras's own are used where the learning rate does not change, or does not
matter to the state."""
