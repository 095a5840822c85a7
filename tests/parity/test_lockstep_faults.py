"""Lockstep finds the conventions in which the frameworks differ: each is planted into one framework's program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from archspec.backend import RecipeBackend
from archspec.recipe.plan import Plan
from archspec.training.program import recipe_backend
from tests.marks import rows_but
from tests.parity import recipes
from tests.parity.test_lockstep import in_lockstep

TORCH, KERAS = "torch", "tensorflow"


@dataclass(frozen=True)
class Fault:
    """A fault in one backend's train.py: each text is replaced by another. It shows after `step` at the earliest."""

    backend: str
    network: str
    recipe: Mapping[str, Any]
    replaced: Mapping[str, str]
    step: int = 1


class Planted:
    """A backend whose training program has a fault."""

    def __init__(self, backend: RecipeBackend, fault: Fault) -> None:
        self._backend = backend
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def emit_training(self, plan: Plan, module: str) -> str:
        text = self._backend.emit_training(plan, module)
        for old, new in self._fault.replaced.items():
            assert old in text, f"the program has no {old!r}"
            text = text.replace(old, new)
        return text


def _fault(
    backend: str,
    optimizer: str | dict[str, Any],
    replaced: dict[str, str],
    network: str = "convolutional",
    step: int = 1,
    **others: Any,
) -> Fault:
    words = recipes.OPTIMIZERS[optimizer] if isinstance(optimizer, str) else optimizer
    return Fault(backend, network, {"optimizer": words, **others}, replaced, step)


def _decayed(optimizer: str, **decay: Any) -> dict[str, Any]:
    return {**recipes.OPTIMIZERS[optimizer], "weight_decay": {"rate": 0.1, **decay}}


_MILESTONE = {"type": "Milestones", "epochs": [1], "factor": 0.1}
_NORM = {"type": "GlobalNorm", "at": 0.1}

_STEP = "        self.optimizer.step()\n"
_DECAY = """\
        with torch.no_grad():
            for parameter in self.decayed:
                parameter.mul_(1 - rate * 0.1)
"""
_CLIPPED = "        gradients, _ = tf.clip_by_global_norm(gradients, 0.1)\n"
_FIRST = "        self.losses = torch.zeros"

FAULTS: Mapping[str, Fault] = {
    "dampening": _fault(TORCH, "momentum", {"momentum=0.9": "momentum=0.9, dampening=0.1"}, step=2),
    "no Nesterov": _fault(TORCH, "nesterov", {", nesterov=True": ""}),
    "the rate inside of the velocity": _fault(
        KERAS,
        "momentum",
        {"self.optimizer = SGD(": "self.optimizer = keras.optimizers.SGD("},
        step=24,
        schedule=_MILESTONE,
    ),
    "the rate inside of RMSprop's velocity": _fault(
        KERAS,
        "rmsprop_momentum",
        {"self.optimizer = RMSprop(": "self.optimizer = keras.optimizers.RMSprop("},
        step=24,
        schedule=_MILESTONE,
    ),
    "a rate of the next step": _fault(
        TORCH,
        "sgd",
        {'group["lr"] = rate': 'group["lr"], self.rate = getattr(self, "rate", rate), rate'},
        step=24,
        schedule=_MILESTONE,
    ),
    "Adam's epsilon before the correction": _fault(
        KERAS, "adam", {"self.optimizer = Adam(": "self.optimizer = keras.optimizers.Adam("}
    ),
    "Adam without a correction": _fault(KERAS, "adam", {"rate * mean / (1 - beta_1**step)": "rate * mean"}),
    "Keras's usual epsilon": _fault(KERAS, "adamw", {"epsilon=1e-08": "epsilon=1e-07"}),
    "RMSprop's epsilon outside": _fault(
        TORCH, "rmsprop", {'(state["square"] + eps).sqrt()': '(state["square"].sqrt() + eps)'}
    ),
    "PyTorch's usual rho": _fault(TORCH, "rmsprop", {"rho=0.9, eps": "rho=0.99, eps"}),
    "decoupled in place of coupled": _fault(
        KERAS,
        _decayed("momentum"),
        {"gradient + 0.1 * weight": "gradient", "momentum=0.9": "momentum=0.9, weight_decay=0.1"},
        step=2,
    ),
    "coupled in place of decoupled": _fault(
        TORCH, _decayed("adam", decoupled=True), {"torch.optim.AdamW": "torch.optim.Adam"}
    ),
    "decay of biases": _fault(
        KERAS,
        _decayed("adamw", **{"except": ["bias"], "decoupled": True}),
        {"if not (len(each.shape) > 1)": "if False"},
        step=2,
    ),
    "decay without the rate": _fault(TORCH, _decayed("sgd", decoupled=True), {"1 - rate * 0.1": "1 - 0.1"}),
    "decay after the step": _fault(TORCH, _decayed("sgd", decoupled=True), {_DECAY + _STEP: _STEP + _DECAY}),
    "decay before the clipping": _fault(
        KERAS,
        _decayed("sgd"),
        {_CLIPPED: "", "        self.optimizer.apply(": f"{_CLIPPED}        self.optimizer.apply("},
        clip=_NORM,
    ),
    "an epsilon of clipping": _fault(
        TORCH,
        "sgd",
        {"0.1 / torch.linalg.vector_norm(norms)": "0.1 / (torch.linalg.vector_norm(norms) + 1e-6)"},
        clip=_NORM,
    ),
    "clipping by tensor": _fault(
        KERAS,
        "sgd",
        {_CLIPPED: "        gradients = [tf.clip_by_norm(each, 0.1) for each in gradients]\n"},
        clip=_NORM,
    ),
    "a sum over parts": _fault(TORCH, "sgd", {" * (examples * self.processes.size / count)": ""}, accumulate=2),
    "parts of equal weight": _fault(TORCH, "sgd", {"examples * self.processes.size / count": "1 / 3"}, accumulate=3),
    "the average begins with the first weights": _fault(
        TORCH,
        "sgd",
        {_FIRST: f"        self.average.update_parameters(model)\n{_FIRST}"},
        average={"decay": 0.9},
    ),
    "no average of statistics": _fault(
        TORCH, "sgd", {"use_buffers=True": "use_buffers=False"}, "residual", 2, average={"decay": 0.9}
    ),
    "no smoothing": _fault(
        KERAS,
        "sgd",
        {"label_smoothing=0.1": "label_smoothing=0.0"},
        loss={"type": "CrossEntropy", "label_smoothing": 0.1},
    ),
    "the mean over the classes' weights": _fault(
        TORCH,
        "sgd",
        {").mean()": ").sum() / class_weights[batch['label']].sum()"},
        loss={"type": "CrossEntropy", "class_weights": [1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 1.0, 1.0, 0.0, 1.0]},
    ),
    "half a penalty": _fault(
        TORCH, "sgd", {"+ 0.01 * sum": "+ 0.005 * sum"}, regularizers=[{"type": "L2", "rate": 0.01}]
    ),
    "a penalty of biases": _fault(
        KERAS, "sgd", {"if each.path in PENALISED_L2": ""}, step=2, regularizers=[{"type": "L2", "rate": 0.01}]
    ),
    "frozen normalisations in training mode": _fault(
        TORCH, "sgd", {"self.model.get_submodule(name).eval()": "pass"}, "residual", freeze=["block"]
    ),
    "frozen weights are trained": _fault(
        TORCH,
        "sgd",
        {"parameter.requires_grad = name not in FROZEN": "pass", "each.requires_grad": "True"},
        freeze=["conv"],
    ),
}

QUICK = ("the rate inside of the velocity", "an epsilon of clipping")


def test_there_are_twenty_faults() -> None:
    assert len(FAULTS) >= 20


def _check(fault: Fault) -> None:
    """The fault is found at its step, and is no rounding error."""
    found = [recipe_backend(name) for name in (TORCH, KERAS)]
    backends = [Planted(each, fault) if each.name == fault.backend else each for each in found]
    optimizer, others = fault.recipe["optimizer"], {k: v for k, v in fault.recipe.items() if k != "optimizer"}
    report = in_lockstep(fault.network, recipes.recipe(fault.network, optimizer, **others), fault.step + 2, *backends)
    assert report.first is not None
    assert report.first.step == fault.step
    assert not report.unstable


@pytest.mark.parametrize("name", QUICK)
def test_a_fault_is_named_with_its_step(name: str) -> None:
    _check(FAULTS[name])


FEW = (
    "no Nesterov",
    "RMSprop's epsilon outside",
    "Adam's epsilon before the correction",
    "decoupled in place of coupled",
    "decay before the clipping",
    "parts of equal weight",
    "the average begins with the first weights",
    "the mean over the classes' weights",
    "frozen normalisations in training mode",
)
"""One of each kind; `--tables` plants all."""


@pytest.mark.parametrize("name", rows_but((), FEW, FAULTS))
def test_every_fault_is_named_with_its_step(name: str) -> None:
    _check(FAULTS[name])
