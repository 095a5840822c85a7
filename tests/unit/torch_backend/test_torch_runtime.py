"""Emitted source becomes a live model, with its lines, its weights, and channels-last arrays in and out."""

from __future__ import annotations

import inspect
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.overrides import TorchFunctionMode

import archspec
from archspec.errors import ArchspecError, BackendMissingError
from archspec.layers.conv import Conv2D
from archspec.layers.norm import BatchNormalization
from archspec.layers.shape import Flatten
from archspec.weights import WeightsError
from archspec_torch import runtime, weights
from tests.unit.graphs import chain, graph
from tests.unit.torch_backend.torch_rows import weights_for

SOURCE = '''import torch
from torch import Tensor, nn


class Net(nn.Module):
    """A convolution and its normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3)
        self.b = nn.BatchNorm2d(4, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] != 3:
            raise ValueError("three channels")
        return self.b(self.a(x))
'''
NET = chain((5, 6, 3), Conv2D(filters=4, kernel_size=3), BatchNormalization())


def test_a_loaded_model_has_the_weights_and_is_in_inference_mode() -> None:
    canonical = weights_for(NET)
    model = runtime.load(NET, SOURCE, "Net", canonical, dtype="float64", device="cpu")
    assert not model.training
    assert not any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    assert all(parameter.requires_grad for parameter in model.parameters())
    back = weights.to_canonical(NET, model.state_dict())
    assert all(np.array_equal(back[name], canonical[name]) for name in canonical)


def test_nothing_is_drawn_for_a_model_that_is_given_its_weights() -> None:
    layers = [
        {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "kernel_initializer": name}
        for name in ("orthogonal", "he_normal", "random_uniform", "truncated_normal", "glorot_uniform", 0.5)
    ]
    network = archspec.load({"inputs": {"x": [16, 16, 3]}, "layers": layers})
    before = torch.get_rng_state()
    for _ in range(2):
        model = network.compile("torch", device="cpu")
    assert torch.equal(torch.get_rng_state(), before)
    type(model)()
    assert not torch.equal(torch.get_rng_state(), before)


INITIALIZERS = ("normal_", "uniform_", "kaiming_uniform_")


class Spy(TorchFunctionMode):
    """Notes the functions that are called."""

    def __init__(self) -> None:
        super().__init__()
        self.called: set[Any] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.called.add(func)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(("place", "drawn"), [(runtime.without_values(), False), (torch.device("meta"), True)])
def test_a_model_without_values_calls_no_drawing_function(place: Any, drawn: bool) -> None:
    with Spy() as spy, place:
        layer = torch.nn.Linear(3, 4)
        torch.nn.init.normal_(layer.weight)
        layer.weight.detach().normal_().uniform_()
    assert layer.weight.is_meta
    assert layer.bias.shape == (4,)
    drawing = {torch.Tensor.normal_, torch.Tensor.uniform_, *(getattr(torch.nn.init, word) for word in INITIALIZERS)}
    assert spy.called & drawing == (drawing if drawn else set())


def test_only_what_is_compiled_is_left_undrawn() -> None:
    """Other threads make layers meanwhile."""
    made: list[torch.Tensor] = []

    def elsewhere() -> None:
        torch.manual_seed(3)
        made.append(torch.nn.Conv2d(2, 2, 2).weight)

    source = SOURCE.replace("super().__init__()", "super().__init__()\n        meanwhile()")
    runtime.execute(source, NET.name).meanwhile = lambda: _in_a_thread(elsewhere)  # type: ignore[attr-defined]
    runtime.load(NET, source, "Net", weights_for(NET), device="cpu")
    elsewhere()
    assert torch.equal(*made)


def _in_a_thread(work: Callable[[], None]) -> None:
    thread = Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize(
    ("line", "other", "message"),
    [
        (
            "self.a = nn.Conv2d(3, 4, 3)",
            "self.a = nn.Conv2d(3, 4, 3, bias=False)",
            r"Unexpected key\(s\) in state_dict: \"a.bias\"",
        ),
        (
            "self.a = nn.Conv2d(3, 4, 3)",
            "self.a = nn.Conv2d(3, 4, 5)",
            r"size mismatch for a.weight: .*\[4, 3, 3, 3\].*\[4, 3, 5, 5\]",
        ),
        (
            "super().__init__()",
            "super().__init__(); self.more = nn.Linear(2, 2)",
            r"Missing key\(s\) in state_dict: \"more.weight\", \"more.bias\"",
        ),
    ],
)
def test_a_model_has_just_the_weights_of_its_network(line: str, other: str, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        runtime.load(NET, SOURCE.replace(line, other), "Net", weights_for(NET), device="cpu")


@pytest.mark.parametrize(
    "line",
    ['self.register_buffer("more", torch.arange(4.0), persistent=False)', "self.more = torch.arange(4.0)"],
)
def test_a_tensor_that_is_no_weight_has_its_values_from_the_source(line: str) -> None:
    source = SOURCE.replace("super().__init__()", f"super().__init__(); {line}")
    canonical = weights_for(NET)
    model = runtime.load(NET, source, "Net", canonical, dtype="float64", device="cpu")
    assert model.more.tolist() == [0, 1, 2, 3]
    back = weights.to_canonical(NET, model.state_dict())
    assert all(np.array_equal(back[name], canonical[name]) for name in canonical)


def test_what_the_source_does_not_train_stays_so() -> None:
    source = SOURCE.replace("def forward", "    self.a.bias.requires_grad_(False)\n\n    def forward")
    model = runtime.load(NET, source, "Net", weights_for(NET), device="cpu")
    frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    assert frozen == ["a.bias"]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_run_takes_and_gives_channels_last_arrays(dtype: str) -> None:
    model = runtime.load(NET, SOURCE, "Net", weights_for(NET), dtype=dtype, device="auto")
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3))
    out = runtime.run(model, {"x": x})["output"]
    assert out.shape == (2, 3, 4, 4)
    assert out.dtype == np.dtype({"bfloat16": "float32"}.get(dtype, dtype))
    exact = runtime.load(NET, SOURCE, "Net", weights_for(NET), dtype="float64", device="cpu")
    expected = exact(torch.from_numpy(x).permute(0, 3, 1, 2)).detach().permute(0, 2, 3, 1)
    tolerance = {"float64": 1e-13, "float32": 1e-5, "float16": 2e-2, "bfloat16": 2e-1}[dtype]
    np.testing.assert_allclose(out, expected, rtol=tolerance, atol=tolerance)


def test_run_names_the_output() -> None:
    model = runtime.load(NET, SOURCE, "Net", weights_for(NET), device="cpu")
    assert runtime.run(model, {"image": np.zeros((1, 5, 6, 3))}, ("fc",)).keys() == {"fc"}


def test_several_inputs_and_outputs() -> None:
    source = """from torch import Tensor, nn


class Net(nn.Module):
    def forward(self, left: Tensor, right: Tensor) -> dict[str, Tensor]:
        return {"first": left, "flat": right.permute(0, 2, 3, 1).flatten(1)}
"""
    pair = graph({"left": (4,), "right": (2, 3, 4)}, [("f", Flatten(), "@right")], "f")
    model = runtime.load(pair, source, "Net", {}, device="cpu")
    random = np.random.default_rng(0)
    left, right = random.normal(size=(2, 4)), random.normal(size=(2, 2, 3, 4))
    for given in ({"left": left, "right": right}, {"right": right, "left": left}):
        out = runtime.run(model, given)
        assert np.array_equal(out["first"], left)
        assert np.array_equal(out["flat"], right.reshape(2, -1))


def test_the_source_can_be_seen() -> None:
    model = runtime.load(NET, SOURCE, "Net", weights_for(NET), device="cpu")
    assert inspect.getsource(type(model)) in SOURCE
    assert "class Net(nn.Module):" in inspect.getsource(type(model))
    with pytest.raises(ValueError, match="three channels") as caught:
        model(torch.zeros(1, 2, 5, 6))
    assert 'raise ValueError("three channels")' in "".join(traceback.format_exception(caught.value))


def test_the_same_source_is_the_same_class_and_can_be_pickled() -> None:
    first, second = (runtime.load(NET, SOURCE, "Net", weights_for(NET), device="cpu") for _ in range(2))
    assert type(first) is type(second)
    assert pickle.loads(pickle.dumps(first)).state_dict().keys() == first.state_dict().keys()


def test_source_that_fails_leaves_nothing_behind() -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            runtime.execute("1 / 0", "net")


def test_faults_are_told() -> None:
    with pytest.raises(WeightsError, match="a:kernel is missing"):
        runtime.load(NET, SOURCE, "Net", {}, device="cpu")
    with pytest.raises(ArchspecError, match="there is no dtype 'int3'"):
        runtime.load(NET, SOURCE, "Net", weights_for(NET), dtype="int3", device="cpu")
    with pytest.raises(ArchspecError, match="there is no device 'tpu9'"):
        runtime.load(NET, SOURCE, "Net", weights_for(NET), device="tpu9")
    if not torch.cuda.is_available():
        with pytest.raises(BackendMissingError, match="no GPU"):
            runtime.load(NET, SOURCE, "Net", weights_for(NET), device="cuda")


def test_settings_are_given_back() -> None:
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    with runtime.reproducible():
        assert not torch.backends.cudnn.allow_tf32
        assert not torch.backends.cuda.matmul.allow_tf32
    assert (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32) == before


def test_weights_are_saved_as_safetensors(tmp_path: Path) -> None:
    model = runtime.load(NET, SOURCE, "Net", weights_for(NET), device="cpu")
    runtime.save_weights(model, tmp_path / "model.safetensors")
    loaded = load_file(tmp_path / "model.safetensors")
    assert all(torch.equal(tensor, loaded[name]) for name, tensor in model.state_dict().items())


def test_devices_are_described() -> None:
    assert runtime.describe_device("cpu").startswith("cpu (")
    assert torch.__version__ in runtime.describe_device()
