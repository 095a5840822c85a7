"""A third party's network as a third vote, with its own weights carried over by their names or their order."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

import archspec
from archspec.backend import find_backend
from archspec.errors import ArchspecError
from archspec.weights import WeightsError

pytest.importorskip("torch")
pytest.importorskip("keras")


def _needs(package: str) -> None:
    # Importing torchvision takes more than the name where its compiled part does not load.
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")


def small(name: str, size: int) -> archspec.Network:
    return archspec.load(name, inputs={"": (size, size, 3)})


@pytest.mark.parametrize(
    ("name", "size", "peer"),
    [
        ("resnet18", 32, "torchvision:resnet18"),
        ("resnet18", 32, "timm:resnet18"),
        ("mobilenet_v2_keras", 32, "keras:MobileNetV2"),
    ],
)
def test_both_backends_are_the_third_partys_function(name: str, size: int, peer: str) -> None:
    _needs(peer.partition(":")[0])
    report = archspec.peer_parity(small(name, size), peer)
    assert report.passed, report
    assert {*report.differences} == {*small(name, size).outputs}
    assert all(each.keys() == {"torch", "tensorflow"} for each in report.differences.values())


def test_backends_that_are_wrong_together_are_told_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """They agree with each other, so nothing else would see it."""
    _needs("torchvision")
    for name in ("torch", "tensorflow"):
        backend = find_backend(name)
        run = backend.run

        def wrong(*arguments: Any, run: Any = run) -> dict[str, Any]:
            return {word: array * 1.001 for word, array in run(*arguments).items()}

        monkeypatch.setattr(backend, "run", wrong, raising=False)
    network = small("resnet18", 32)
    assert archspec.parity(network, batch=2).largest < 1e-10
    assert not archspec.peer_parity(network, "torchvision:resnet18").passed


def test_what_is_no_network_of_a_third_party_is_explained() -> None:
    _needs("torchvision")
    network = small("resnet18", 32)
    for peer, said in {
        "torchvision": "say PACKAGE:NAME, of keras, torchvision, timm",
        "caffe:alexnet": "say PACKAGE:NAME",
        "torchvision:nothing": "torchvision has no network 'nothing'",
        "keras:Nothing": "keras.applications has no network 'Nothing'",
    }.items():
        with pytest.raises(ArchspecError, match=said):
            archspec.peer_parity(network, peer)
    with pytest.raises(WeightsError, match="does not fit resnet18"):
        archspec.peer_parity(network, "torchvision:squeezenet1_1")
