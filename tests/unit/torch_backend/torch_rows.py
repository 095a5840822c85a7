"""Small networks, and their layers made as PyTorch's rows say: as a module and as a function."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from archspec.ir import Graph, Layer, Shape, TensorType
from archspec.program.calls import Call, Function, Site
from archspec.program.explain import literal
from archspec.program.rows import merged
from archspec.program.templates import template
from archspec_torch.emit import TorchLayer, row_for
from archspec_torch.emit.helpers import HELPERS
from archspec_torch.emit.module import IMPORTS
from archspec_torch.runtime import to_array
from archspec_torch.weights import to_native
from tests.unit.graphs import graph

Array = npt.NDArray[Any]

RANDOM = np.random.default_rng(7)


def described(layer: Layer, *shapes: Shape, facts: frozenset[str] = frozenset()) -> TorchLayer:
    """What the layer's row says for inputs of these shapes."""
    return row_for(layer).describe(
        Site(layer, shapes, layer.infer([TensorType(shape) for shape in shapes]).shape, facts)
    )


def written(layer: Layer, *shapes: Shape, facts: frozenset[str] = frozenset()) -> tuple[str, str]:
    """The source of the layer's module and of its function applied to x, y, z; "" for what it has not."""
    found = described(layer, *shapes, facts=facts)
    module = said(f"{found.module.callee}({{arguments}})", found.module) if found.module else ""
    names = ["x", "y", "z"][: len(shapes)]
    return module, said(found.function.template, found.function, *names) if found.function else ""


def said(text: str, made: Call | Function, *inputs: str) -> str:
    """The source of a template with the inputs and the arguments in place, those left out that are defaults."""
    form = merged([made], lambda _, values: literal(values[0]))
    assert form is not None
    filled = text if form.arguments else text.replace(", {arguments}", "")
    positional = [tree for argument, tree in form.arguments if argument.positional]
    keywords = {argument.name: tree for argument, tree in form.arguments if not argument.positional}
    return ast.unparse(template(filled, [ast.Name(name) for name in inputs], positional, keywords)).replace("'", '"')


def namespace() -> dict[str, Any]:
    """What emitted source sees: the imports, and the helpers."""
    scope: dict[str, Any] = {}
    for source in (*IMPORTS.values(), *HELPERS.values()):
        exec(source, scope)
    return scope


SCOPE = namespace()


def weights_for(network: Graph, seed: int = 0) -> dict[str, Array]:
    """Random canonical weights; variances are positive."""
    random = np.random.default_rng(seed)
    return {
        f"{owner.path}:{weight.slot}": random.uniform(0.5, 1.5, weight.shape)
        if weight.role == "variance"
        else random.normal(size=weight.shape)
        for owner, weight in network.owned_weights()
    }


def module_of(layer: Layer, *shapes: Shape, weights: Mapping[str, Array] | None = None) -> nn.Module:
    """The layer's module with its weights (by their slots), in float64 and inference mode."""
    network = graph({f"x{i}": shape for i, shape in enumerate(shapes)}, [("n", layer, _values(shapes))], "n")
    canonical = {f"n:{slot}": array for slot, array in weights.items()} if weights else weights_for(network)
    module: nn.Module = eval(written(layer, *shapes)[0], SCOPE)
    state = {name.removeprefix("n."): tensor for name, tensor in to_native(network, canonical).items()}
    module.double().load_state_dict(state, strict=True)
    return module.eval()


def forms(layer: Layer, *arrays: Array, weights: Mapping[str, Array] | None = None) -> list[Array]:
    """The layer's value for these channels-last inputs: of its module, and of its function if it has one."""
    shapes = tuple(array.shape[1:] for array in arrays)
    tensors = [to_tensor(array) for array in arrays]
    module, text = written(layer, *shapes)
    values = [module_of(layer, *shapes, weights=weights)(*tensors)] if module else []
    if text:
        values.append(eval(text, SCOPE | dict(zip("xyz", tensors, strict=False))))
    return [to_array(value) for value in values]


def to_tensor(array: Array) -> Tensor:
    """A value in torch's layout."""
    tensor = torch.from_numpy(array)
    return tensor.permute(0, 3, 1, 2).contiguous() if tensor.dim() == 4 else tensor


def _values(shapes: tuple[Shape, ...]) -> str:
    return " ".join(f"@x{i}" for i in range(len(shapes)))


def image(height: int = 5, width: int = 6, channels: int = 4) -> Array:
    return RANDOM.normal(size=(2, height, width, channels))


def agree(layer: Layer, expected: Array, *inputs: Array, weights: dict[str, Array] | None = None) -> None:
    """Both forms give `expected`, up to float64's rounding."""
    found = forms(layer, *inputs, weights=weights)
    assert found
    for value in found:
        np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-13)
