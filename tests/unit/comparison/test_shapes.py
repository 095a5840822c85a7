"""An output of another shape than the compiler worked out is a difference, and a layer is named for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.cli import parity_text
from tests.parity.faults import text

pytest.importorskip("torch")
pytest.importorskip("keras")

DOCUMENT = {
    "archspec": 1,
    "name": "small",
    "inputs": {"image": [5, 5, 2]},
    "layers": [
        {"name": "conv", "layer_type": "Conv2D", "filters": 2, "kernel_size": 1},
        {"name": "pool", "layer_type": "MaxPooling2D", "pool_size": 2, "ceil_mode": True},
    ],
}

SAID = "pool should be (3, 3, 2): torch makes it (2, 2, 2)"


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> archspec.Network:
    """One that PyTorch pools to another size."""
    text("torch", ", ceil_mode=True", "")(monkeypatch)
    return archspec.load(DOCUMENT)


def test_in_inference(network: archspec.Network) -> None:
    report = archspec.parity(network, batch=3)
    assert not report.passed
    assert report.largest == np.inf
    assert report.record()["outputs"][0]["shape"] == {"expected": [3, 3, 2], "found": {"torch": [2, 2, 2]}}
    assert SAID in parity_text.inference(report).text()


def test_in_training_nothing_else_is_compared(network: archspec.Network) -> None:
    report = archspec.training_parity(network)
    assert not report.passed
    assert (report.largest, report.gradients, report.optimisers) == (np.inf, (), ())
    assert f"{SAID}. Nothing else is compared." in parity_text.training(report).text()


@pytest.mark.parametrize("training", [False, True])
def test_the_layer_is_named(network: archspec.Network, training: bool) -> None:
    report = archspec.layer_parity(network, training=training)
    assert [layer.path for layer in report.guilty] == ["pool"]
    assert report.record()["layers"][0]["shape"]["found"] == {"torch": [2, 2, 2]}
    assert SAID in parity_text.layers(report).text()


def test_backends_that_are_wrong_alike_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "tensorflow"):
        backend = find_backend(name)
        run = backend.run

        def shorter(*arguments: Any, run: Any = run) -> dict[str, Any]:
            return {key: array[:, 1:] if key == "pool" else array for key, array in run(*arguments).items()}

        monkeypatch.setattr(backend, "run", shorter, raising=False)
    report = archspec.parity(DOCUMENT, batch=3)
    assert report.outputs[0].other_shape.found == {"torch": (2, 3, 2), "tensorflow": (2, 3, 2)}
    assert not report.passed
    assert [layer.path for layer in archspec.layer_parity(DOCUMENT).layers] == ["pool"]
