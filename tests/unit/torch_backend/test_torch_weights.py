"""Weights go to PyTorch and come back bit for bit, and a permuted network is the same function."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from archspec.ir import Graph, Input
from archspec.layers.activation import PReLU, ReLU
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.dense import Dense
from archspec.layers.norm import BatchNormalization, Scale
from archspec.layers.regularisation import Dropout
from archspec.layers.shape import Flatten
from archspec.weights import WeightsError
from archspec_torch import weights
from archspec_torch.emit.analysis import facts
from archspec_torch.emit.row import CHANNELS_FIRST
from tests.unit.graphs import Use, chain, graph
from tests.unit.torch_backend.torch_rows import SCOPE, Array, weights_for, written


def network() -> Graph:
    """Every kind of weight, before and after a flattening that keeps torch's order."""
    return chain(
        (6, 7, 4),
        Conv2D(filters=6, kernel_size=[3, 2], groups=2),
        BatchNormalization(),
        DepthwiseConv2D(kernel_size=3, depth_multiplier=2),
        Scale(),
        PReLU(),
        Flatten(),
        BatchNormalization(scale=False),
        Scale(),
        PReLU(),
        Dropout(rate=0.1),
        Dense(units=5),
        Dense(units=3, use_bias=False),
    )


def alike(first: dict[str, Array], second: dict[str, Array]) -> bool:
    return first.keys() == second.keys() and all(
        first[name].dtype == second[name].dtype
        and first[name].shape == second[name].shape
        and first[name].tobytes() == second[name].tobytes()
        for name in first
    )


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_there_and_back_is_exact(dtype: str) -> None:
    canonical = {name: array.astype(dtype) for name, array in weights_for(network()).items()}
    canonical["a:kernel"].flat[:4] = np.nan, np.inf, -0.0, 1e-7
    state = weights.to_native(network(), canonical)
    assert all(tensor.is_contiguous() for tensor in state.values())
    assert alike(canonical, weights.to_canonical(network(), state))


def test_bfloat16_comes_back_as_float32() -> None:
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    canonical = {name: array.astype(bfloat16) for name, array in weights_for(network()).items()}
    state = weights.to_native(network(), canonical)
    assert state["a.weight"].dtype is torch.bfloat16
    wide = {name: array.astype(np.float32) for name, array in canonical.items()}
    assert alike(wide, weights.to_canonical(network(), state))


def test_names_are_torchs() -> None:
    small = chain((4, 4, 3), Conv2D(filters=2, kernel_size=1), BatchNormalization())
    state = weights.to_native(small, weights_for(small))
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {
        "a.weight": (2, 3, 1, 1),
        "a.bias": (2,),
        "b.weight": (2,),
        "b.bias": (2,),
        "b.running_mean": (2,),
        "b.running_var": (2,),
        "b.num_batches_tracked": (),
    }
    assert state["b.num_batches_tracked"].dtype is torch.int64


def test_the_state_is_no_view_of_the_arrays() -> None:
    small = chain((1, 1, 3), Conv2D(filters=1, kernel_size=1), BatchNormalization())
    canonical = weights_for(small)
    before = {name: array.copy() for name, array in canonical.items()}
    for tensor in weights.to_native(small, canonical).values():
        tensor.zero_()
    assert alike(before, canonical)


def test_read_only_and_strided_arrays_are_taken() -> None:
    small = chain((3,), Dense(units=4))
    canonical = weights_for(small)
    kernel = canonical["a:kernel"].T.copy().T
    kernel.flags.writeable = False
    state = weights.to_native(small, canonical | {"a:kernel": kernel})
    assert np.array_equal(state["a.weight"].numpy(), kernel.T)


def test_shared_weights_are_there_once() -> None:
    uses: list[Use] = [("a", Dense(units=3), "@x"), ("b", Dense(units=3), "a", "a")]
    shared = graph({"x": (3,)}, uses, "b")
    assert weights.to_native(shared, weights_for(shared)).keys() == {"a.weight", "a.bias"}


def test_torchs_order_changes_no_result() -> None:
    graph_ = network()
    found = facts(graph_)
    assert CHANNELS_FIRST in found["f"]
    canonical = weights_for(graph_)
    state = weights.to_native(graph_, canonical)
    x = torch.from_numpy(np.random.default_rng(3).normal(size=(2, 4, 6, 7)))
    results = []
    for permuted in (True, False):
        y = x
        for node in graph_.nodes:
            shapes = [type_.shape for type_ in node.reads]
            text, _ = written(node.layer, *shapes, facts=found[node.path] if permuted else frozenset())
            module = eval(text, SCOPE).double().eval()
            mine = state if permuted else plain(graph_, canonical)
            prefix = node.path + "."
            module.load_state_dict({n.removeprefix(prefix): t for n, t in mine.items() if n.startswith(prefix)})
            y = module(y)
        results.append(y)
    torch.testing.assert_close(results[0], results[1], rtol=1e-12, atol=1e-13)


def plain(graph_: Graph, canonical: dict[str, Array]) -> dict[str, torch.Tensor]:
    """The state of the same network with every flattening channels-last."""
    state: dict[str, torch.Tensor] = {}
    for node in graph_.nodes:
        (read,) = node.reads
        alone = replace(node, inputs=(Input("x", read),))
        network_ = Graph("net", {"x": read}, (alone,), {"y": node.result})
        own = {name: array for name, array in canonical.items() if name.startswith(f"{node.path}:")}
        state |= weights.to_native(network_, own)
    return state


def test_a_slope_that_all_features_share_is_not_permuted() -> None:
    shared = chain((2, 3, 4), Flatten(), PReLU(shared_axes=(1,)), Dense(units=2))
    canonical = weights_for(shared)
    state = weights.to_native(shared, canonical)
    assert state["b.weight"].tolist() == canonical["b:alpha"].tolist()
    assert alike(canonical, weights.to_canonical(shared, state))


def test_what_does_not_fit_is_listed() -> None:
    small = chain((3,), Dense(units=4), ReLU(), Dense(units=2))
    canonical = weights_for(small)
    with pytest.raises(WeightsError, match="a:kernel is missing"):
        weights.to_native(small, {name: array for name, array in canonical.items() if name != "a:kernel"})
    state = weights.to_native(small, canonical)
    wrong = state | {"a.weight": torch.zeros(3, 4), "fc.bias": torch.zeros(2)}
    del wrong["c.bias"]
    with pytest.raises(WeightsError) as caught:
        weights.to_canonical(small, wrong)
    assert str(caught.value) == (
        "the state_dict is not one of net: c.bias is missing; fc.bias is not in the network; "
        "a.weight is (3, 4), and the network's is (4, 3)"
    )


def test_files(tmp_path: Path) -> None:
    state = weights.to_native(network(), weights_for(network()))
    weights.save(state, tmp_path / "model.safetensors")
    weights.save(state, tmp_path / "model.pth")
    for loaded in (load_file(tmp_path / "model.safetensors"), torch.load(tmp_path / "model.pth", weights_only=True)):
        assert loaded.keys() == state.keys()
        assert all(torch.equal(loaded[key], state[key]) for key in state)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}
