"""Training for parity: gradients, moving statistics, and steps of PyTorch's optimisers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode

from archspec.backend import Gradients, Optimiser, TrainingStep
from archspec.backend.execution import LiveWeights
from archspec.ir import Graph
from archspec_torch import weights as native_weights
from archspec_torch.emit import row_for
from archspec_torch.places import places
from archspec_torch.runtime import apply, reproducible, to_array, to_tensor

Array = npt.NDArray[Any]


def gradients(
    graph: Graph, model: nn.Module, inputs: Mapping[str, Array], coefficients: Mapping[str, Array]
) -> Gradients:
    """See `TrainingBackend.gradients`; the model is in training mode afterwards."""
    model.train()
    tensors = {name: to_tensor(model, inputs[name]).clone().requires_grad_() for name in graph.inputs}
    parameters = dict(model.named_parameters())
    with reproducible(), ExactSixth(), biased_variances(model):
        outputs = _outputs(graph, model, tensors)
        loss = _loss(model, outputs, coefficients)
        targets = [*tensors.values(), *outputs.values(), *parameters.values()]
        found = iter(torch.autograd.grad(loss, targets, allow_unused=True, materialize_grads=True))
    of_inputs = {name: to_array(next(found)) for name in tensors}
    of_outputs = {name: to_array(next(found)) for name in outputs}
    native = {name: next(found) for name in parameters}
    moved = {place.canonical: place for place in places(graph)}
    state = model.state_dict()
    return Gradients(
        {name: to_array(value) for name, value in outputs.items()},
        float(loss.detach()),
        of_outputs,
        of_inputs,
        {
            name: place.move_to_canonical(native[place.native].numpy())
            for name, place in moved.items()
            if place.native in native
        },
        {
            name: place.move_to_canonical(state[place.native].detach().numpy())
            for name, place in moved.items()
            if place.native not in native
        },
        tuple(node.path for node in graph.nodes if row_for(node.layer).inexact),
    )


def train(
    graph: Graph,
    model: nn.Module,
    weights: Mapping[str, Array],
    inputs: Mapping[str, Array],
    coefficients: Mapping[str, Array],
    optimiser: Optimiser,
) -> Iterator[TrainingStep]:
    """See `TrainingBackend.train`; the weights of a step are read from the model on access."""
    model.train()
    model.load_state_dict(native_weights.to_native(graph, weights))
    tensors = {name: to_tensor(model, inputs[name]) for name in graph.inputs}
    parameters = list(model.parameters())
    native = OPTIMISERS[optimiser.name](parameters, optimiser) if parameters else None
    own = LiveWeights(weights, reader(graph, model))
    while True:
        with reproducible(), ExactSixth(), biased_variances(model):
            loss = _loss(model, _outputs(graph, model, tensors), coefficients)
            if native is not None:
                loss.backward()  # type: ignore[no-untyped-call]
                native.step()
                native.zero_grad()
        yield TrainingStep(float(loss.detach()), own)


def reader(graph: Graph, model: nn.Module) -> Callable[[str], Array]:
    """A function that reads a weight of the model by its canonical name."""
    found = {place.canonical: place for place in places(graph)}

    def read(name: str) -> Array:
        path, _, word = found[name].native.rpartition(".")
        own: Tensor = getattr(model.get_submodule(path), word)
        return found[name].move_to_canonical(own.detach().cpu().numpy())

    return read


def _outputs(graph: Graph, model: nn.Module, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    found = apply(model, tensors)
    return found if isinstance(found, Mapping) else dict(zip(graph.outputs, (found,), strict=True))


def _loss(model: nn.Module, outputs: Mapping[str, Tensor], coefficients: Mapping[str, Array]) -> Tensor:
    terms = [(outputs[name] * to_tensor(model, array)).sum() for name, array in coefficients.items()]
    return torch.stack(terms).sum()


class ExactSixth(TorchFunctionMode):
    """The gradient of the hard sigmoid with 1/6 in the tensor's precision.

    PyTorch 2.13 has 1/6 in float32 for float64 tensors too, an error of 4e-8 in the derivative.
    """

    def __torch_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), options: Mapping[str, Any] | None = None
    ) -> Any:
        if function is F.hardsigmoid:
            return F.relu6(arguments[0] + 3) / 6
        return function(*arguments, **(options or {}))


@contextmanager
def biased_variances(model: nn.Module) -> Iterator[None]:
    """Updates moving variances with the biased variance of the batch, as Keras does.

    PyTorch adds momentum n / (n - 1) variance. After each use, an n-th of the added part is subtracted again. Outputs
    in training mode do not depend on it.
    """
    before: dict[nn.Module, Tensor] = {}

    def remember(module: Any, arguments: tuple[Tensor, ...]) -> None:
        before[module] = module.running_var.clone()

    def correct(module: Any, arguments: tuple[Tensor, ...], output: Tensor) -> None:
        if not module.training:
            return
        count = arguments[0].numel() // len(module.running_var)
        kept = (1 - module.momentum) * before[module]
        # A new tensor, because the backward pass needs the old one unchanged.
        module.running_var = module.running_var - (module.running_var - kept) / count

    handles = []
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            handles += [module.register_forward_pre_hook(remember), module.register_forward_hook(correct)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class _ShiftedRMSprop(torch.optim.RMSprop):
    """RMSprop with epsilon inside of the root, by PyTorch's own step with epsilon 0; PyTorch has it outside.

    The state is v + epsilon instead of v. The step computes v' = rho v + (1 - rho) g^2. For the result v' + epsilon,
    the state must be v + epsilon / rho before the step.
    """

    def __init__(self, parameters: list[nn.Parameter], optimiser: Optimiser) -> None:
        super().__init__(parameters, lr=optimiser.learning_rate, alpha=optimiser.rho, eps=0.0)
        self._before = optimiser.epsilon / optimiser.rho
        self._after = optimiser.epsilon
        for parameter in parameters:
            self.state[parameter] = {
                "step": torch.zeros(()),
                "square_avg": torch.full_like(parameter, self._after),
            }

    def step(self, closure: Any = None) -> Any:
        for state in self.state.values():
            state["square_avg"] += self._before - self._after
        return super().step(closure)


OPTIMISERS: Mapping[str, Callable[[list[nn.Parameter], Optimiser], torch.optim.Optimizer]] = {
    "sgd": lambda parameters, wanted: torch.optim.SGD(parameters, wanted.learning_rate, wanted.momentum),
    "adam": lambda parameters, wanted: torch.optim.Adam(
        parameters, wanted.learning_rate, (wanted.beta_1, wanted.beta_2), wanted.epsilon
    ),
    "adamw": lambda parameters, wanted: torch.optim.AdamW(
        parameters, wanted.learning_rate, (wanted.beta_1, wanted.beta_2), wanted.epsilon, wanted.weight_decay
    ),
    "rmsprop": _ShiftedRMSprop,
}
