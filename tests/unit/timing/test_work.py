"""What the processes do, here in this one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import FreezingBackend, find_backend
from archspec.errors import ArchspecError
from archspec.timing.work import Compiled, Job, sendable, take_memory, take_times

pytest.importorskip("torch")
pytest.importorskip("keras")

BACKENDS = ("torch", "tensorflow")


def _job(network: archspec.Network, backend: str, *peers: str, batches: tuple[int, ...] = (1, 2)) -> Job:
    compiled = {network.name: Compiled(network.emit(backend))}
    return Job(backend, sendable(network.graph), compiled, peers, batches, "cpu", rounds=2, seed=0)


def _skip_without(package: str) -> None:
    """A plain import of torchvision fails beside a build of PyTorch for CPUs, which the backend knows how to mend."""
    if find_spec(package) is None:
        pytest.skip(f"needs {package}")


def _clock() -> Callable[[], float]:
    """A clock on which a second passes whenever it is read."""
    now = iter(range(10**6))
    return lambda: float(next(now))


def _two_inputs() -> archspec.Network:
    """The inputs differ in kind, and one output is an image: a turned axis or an exchanged input cannot go unseen."""
    return archspec.load(
        {
            "archspec": 1,
            "name": "two",
            "inputs": {"image": [4, 6, 2], "vector": [5]},
            "layers": [
                {"name": "conv", "layer_type": "Conv2D", "filters": 5, "kernel_size": 1, "inputs": "image"},
                {"name": "mean", "layer_type": "GlobalAveragePooling2D"},
                {"name": "sum", "layer_type": "Add", "inputs": ["mean", "vector"]},
            ],
            "outputs": {"sum": "sum", "map": "conv"},
        }
    )


def test_a_network_of_blocks_with_expressions_goes_to_another_process() -> None:
    graph = sendable(archspec.load("mobilenet_v3_small").graph)
    assert [node.path for node in pickle.loads(pickle.dumps(graph)).nodes] == [node.path for node in graph.nodes]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_times_of_a_network_with_several_inputs_and_outputs(backend: str) -> None:
    found = take_times(_job(_two_inputs(), backend), _clock())
    assert list(found.times) == [1, 2]
    for batch, times in found.times.items():
        assert times.seconds == {"two": [1.0, 1.0]}
        assert times.again == [1.0, 1.0]
        image = (batch, 5, 4, 6) if backend == "torch" else (batch, 4, 6, 5)
        assert times.outputs == {"two": [(batch, 5), image]}
    assert found.device.startswith("cpu")
    assert found.threads >= 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_runner_runs_the_model_in_evaluation_mode(backend: str) -> None:
    network = archspec.load(
        {
            "archspec": 1,
            "name": "dropped",
            "inputs": {"vector": [50]},
            "layers": [{"layer_type": "Dropout", "rate": 0.5}],
        }
    )
    from archspec.timing.asked import timed_backend

    model = network.compile(backend, device="cpu")
    ones = np.ones((2, 50), np.float32)
    run = timed_backend(backend).runner(model, {"vector": ones})
    for _ in range(2):
        outputs: Any = run()
        assert (np.asarray(outputs) == ones).all()
        assert not getattr(outputs, "requires_grad", False)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_optimised_network_runs_beside_the_plain_one(backend: str) -> None:
    """It has its own source, layers and weights: with the plain network's nothing would load."""
    layers: list[dict[str, object]] = [
        {"name": "conv", "layer_type": "Conv2D", "filters": 3, "kernel_size": 1, "use_bias": False},
        {"name": "bn", "layer_type": "BatchNormalization"},
    ]
    network = archspec.load({"archspec": 1, "name": "folded", "inputs": {"image": [4, 4, 2]}, "layers": layers})
    fast = network.optimize().network
    assert len(fast.graph.nodes) < len(network.graph.nodes)
    job = _job(network, backend, batches=(1,))
    compiled = {**job.compiled, "fast": Compiled(fast.emit(backend), optimized=True)}
    times = take_times(replace(job, compiled=compiled), _clock()).times[1]
    assert times.seconds.keys() == {"folded", "fast"}
    assert times.outputs["folded"] == times.outputs["fast"]
    assert take_memory(replace(job, compiled=compiled), "fast").keys() == {1}


def test_a_frozen_pass_does_not_see_later_weights() -> None:
    layers = [{"layer_type": "Dense", "units": 3}]
    network = archspec.load({"archspec": 1, "name": "dense", "inputs": {"vector": [4]}, "layers": layers})
    job = replace(_job(network, "tensorflow"), compiled={"dense": Compiled(network.emit("tensorflow"), frozen=True)})
    assert take_times(job, _clock()).times[1].outputs == {"dense": [(1, 3)]}
    backend, model = find_backend("tensorflow"), network.compile("tensorflow", device="cpu")
    assert isinstance(backend, FreezingBackend)
    inputs = {"vector": np.ones((1, 4), np.float32)}
    frozen, plain = backend.frozen_runner(model, inputs), backend.runner(model, inputs)
    before = np.asarray(plain())
    assert np.abs(before).max() > 0
    assert np.asarray(frozen()) == pytest.approx(before, rel=1e-5)
    for weight in model.weights:
        weight.assign(0 * weight)
    assert np.asarray(frozen()) == pytest.approx(before, rel=1e-5)
    assert np.abs(np.asarray(plain())).max() == 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_memory_of_a_network_by_batch(backend: str) -> None:
    found = take_memory(_job(_two_inputs(), backend, batches=(2, 1)), "two")
    assert found.keys() == {1, 2}
    assert all(each is None or each >= 0 for each in found.values())


@pytest.mark.parametrize(
    ("network", "backend", "peer"),
    [
        ("squeezenet1_1", "torch", "torchvision:squeezenet1_1"),
        pytest.param("resnet18", "torch", "timm:resnet18", marks=pytest.mark.slow),
        pytest.param("mobilenet_v3_small_keras", "tensorflow", "keras:MobileNetV3Small", marks=pytest.mark.slow),
    ],
)
def test_a_third_partys_network_runs_beside_the_compiled_one(network: str, backend: str, peer: str) -> None:
    _skip_without(peer.partition(":")[0])
    small = archspec.load(network, inputs={"image": (64, 64, 3)}, params={"classes": 7})
    times = take_times(_job(small, backend, peer, batches=(1,)), _clock()).times[1]
    assert times.seconds.keys() == {network, peer}
    assert times.outputs[network] == times.outputs[peer] == [(1, 7)]


def test_faults_of_third_parties_are_refused() -> None:
    _skip_without("torchvision")
    gray = archspec.load("lenet5")
    with pytest.raises(ArchspecError, match="torchvision has no network 'resnet': near it are "):
        take_times(_job(gray, "torch", "torchvision:resnet"), _clock())
    with pytest.raises(ArchspecError, match=r"torchvision:squeezenet1_1 does not run as lenet5 does: .* 3 channels"):
        take_times(_job(gray, "torch", "torchvision:squeezenet1_1"), _clock())
    features = archspec.load("squeezenet1_1", inputs={"image": (64, 64, 3)}, outputs="stages")
    with pytest.raises(ArchspecError, match="they are not the same work"):
        take_times(_job(features, "torch", "torchvision:squeezenet1_1"), _clock())


def test_an_unknown_network_of_keras() -> None:
    with pytest.raises(ArchspecError, match=r"keras\.applications has no network 'resnet50': it has "):
        take_times(_job(archspec.load("lenet5"), "tensorflow", "keras:resnet50"), _clock())
