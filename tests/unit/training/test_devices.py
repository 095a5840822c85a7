"""Several devices of a machine: what is refused, and what the processes are told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from archspec.backend import RecipeBackend
from archspec.cli.advice import said
from archspec.training import devices
from archspec.training.devices import Devices, devices_of, environments
from archspec.training.program import recipe_backend
from archspec.training.reading import read_recipe
from archspec.training.runs import RunError


class Backend:
    """Stands for a backend with so many GPUs."""

    name = "torch"
    thread_variables = ("OMP_NUM_THREADS", "MORE_THREADS")

    def __init__(self, gpus: int = 0) -> None:
        self.gpus = gpus

    def count_gpus(self) -> int:
        return self.gpus

    def environments(self, ports: Sequence[int], gpus: bool) -> Sequence[Mapping[str, str]]:
        return [{"PORTS": str(len(set(ports))), "GPUS": str(gpus), "RANK": str(rank)} for rank in range(len(ports))]


def _devices(gpus: int, count: int, device: str, **words: Any) -> Devices:
    document = {"recipe": 1, "network": "lenet", "data": {"source": "mnist"}, "loss": "CrossEntropy", **words}
    backend: Any = Backend(gpus)
    return devices_of(backend, read_recipe(document).recipe, count, device)


@pytest.fixture(autouse=True)
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_cores", lambda: 8)
    for name in Backend.thread_variables:
        monkeypatch.delenv(name, raising=False)


def test_devices_are_gpus_if_there_are_some() -> None:
    assert _devices(4, 3, "auto") == Devices(3, gpus=True)
    assert _devices(4, 3, "cuda") == Devices(3, gpus=True)
    assert _devices(4, 3, "cpu") == Devices(3, gpus=False)
    assert _devices(0, 3, "auto") == Devices(3, gpus=False)
    assert _devices(0, 1, "cuda") == Devices()


@pytest.mark.parametrize(("gpus", "device"), [(2, "auto"), (2, "cuda"), (0, "cuda")])
def test_more_devices_than_gpus_are_refused(gpus: int, device: str) -> None:
    with pytest.raises(RunError) as caught:
        _devices(gpus, 3, device)
    assert said(caught.value) == f"3 devices are 3 GPUs, and torch finds {gpus}; --device cpu trains on the processor"


def test_more_devices_than_examples_are_refused() -> None:
    with pytest.raises(RunError, match="a batch of 8 examples is enough for 8 devices, not for 9"):
        _devices(0, 9, "cpu", batch_size=8)
    with pytest.raises(RunError, match="a batch of 8 examples in 3 parts is enough for 2 devices, not for 3"):
        _devices(0, 3, "cpu", batch_size=8, accumulate=3)


def test_what_several_devices_are_is_told() -> None:
    assert Devices().told == ""
    assert Devices(2, gpus=True).told == " on 2 GPUs"
    assert Devices(16).told == " by 16 processes, which share 8 cores"


def test_processes_share_the_cores_unless_the_user_says_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    backend: Any = Backend()
    monkeypatch.setenv("MORE_THREADS", "5")
    for count, threads in ((3, "2"), (16, "1")):
        told = environments(backend, Devices(count))
        assert [each["RANK"] for each in told] == [*map(str, range(count))]
        assert {each["PORTS"] for each in told} == {str(count)}
        assert {each["OMP_NUM_THREADS"] for each in told} == {threads}
        assert {each["MORE_THREADS"] for each in told} == {"5"}
    (alone,) = environments(backend, Devices())
    assert "OMP_NUM_THREADS" not in alone
    assert "RANK" not in alone


def _told(name: str, gpus: bool) -> Sequence[Mapping[str, str]]:
    found = recipe_backend(name)
    assert isinstance(found, RecipeBackend)
    return found.environments([5000, 5001], gpus)


def test_pytorch_is_told_as_by_torchrun() -> None:
    together = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "5000"}
    assert _told("torch", True) == [{**together, "RANK": rank, "LOCAL_RANK": rank} for rank in "01"]


@pytest.mark.parametrize(
    ("visible", "gpus", "seen"),
    [
        (None, True, ["0", "1"]),
        ("3,GPU-7", True, ["3", "GPU-7"]),
        (None, False, ["-1", "-1"]),
        ("3", False, ["-1"] * 2),
    ],
)
def test_tensorflow_is_told_its_cluster_and_its_gpu(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, gpus: bool, seen: list[str]
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    told = _told("tensorflow", gpus)
    assert [each["CUDA_VISIBLE_DEVICES"] for each in told] == seen
    for rank, each in enumerate(told):
        assert json.loads(each["TF_CONFIG"]) == {
            "cluster": {"worker": ["127.0.0.1:5000", "127.0.0.1:5001"]},
            "task": {"type": "worker", "index": rank},
        }
