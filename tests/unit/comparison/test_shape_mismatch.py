"""An output of another shape than the compiler worked out is a difference, and a layer is named for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.cli import parity_text
from archspec.comparison import BackendFailedError
from tests.parity.faults import text

pytest.importorskip("torch")
pytest.importorskip("keras")

DOCUMENT: dict[str, Any] = {
    "archspec": 1,
    "name": "small",
    "inputs": {"image": [5, 5, 2]},
    "layers": [
        {"name": "conv", "layer_type": "Conv2D", "filters": 2, "kernel_size": 1},
        {"name": "pool", "layer_type": "MaxPooling2D", "pool_size": 2, "ceil_mode": True},
    ],
}

DENSE: dict[str, Any] = {
    **DOCUMENT,
    "layers": [*DOCUMENT["layers"], {"layer_type": "Flatten"}, {"name": "fc", "layer_type": "Dense", "units": 2}],
}

SAID = "pool should be (3, 3, 2): torch makes it (2, 2, 2)"


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> archspec.Network:
    """One that PyTorch pools to another size."""
    text("torch", ", ceil_mode=True", "")(monkeypatch)
    return archspec.load(DOCUMENT)


def plain(record: dict[str, Any]) -> Any:
    """What a program reads of a report; JSON has no word for what is infinite."""
    return json.loads(json.dumps(record, allow_nan=False))


def test_in_inference(network: archspec.Network) -> None:
    report = archspec.parity(network, batch=3)
    assert not report.passed
    assert report.largest == np.inf
    record = plain(report.record())
    assert record["outputs"][0]["shape"] == {"expected": [3, 3, 2], "found": {"torch": [2, 2, 2]}}
    assert record["outputs"][0]["float64"] is None
    assert SAID in parity_text.inference(report).text()


def test_in_training_nothing_else_is_compared(network: archspec.Network) -> None:
    report = archspec.training_parity(network)
    assert not report.passed
    assert (report.largest, report.gradients, report.optimisers) == (np.inf, (), ())
    assert f"{SAID}. Nothing else is compared." in parity_text.training(report).text()
    assert plain(report.record())["outputs"] == [
        {"name": "pool", "difference": None, "passed": False, "zero": False, "rounding": False}
    ]


@pytest.mark.parametrize("training", [False, True])
def test_the_layer_is_named(network: archspec.Network, training: bool) -> None:
    report = archspec.layer_parity(network, training=training)
    assert [layer.path for layer in report.guilty] == ["pool"]
    record = plain(report.record())["layers"][0]
    assert record["shape"]["found"] == {"torch": [2, 2, 2]}
    assert record["difference"] is None
    assert SAID in parity_text.layers(report).text()


@pytest.mark.parametrize("compare", [archspec.parity, archspec.training_parity, archspec.layer_parity])
def test_a_framework_that_raises_is_told(network: archspec.Network, compare: Callable[..., Any]) -> None:
    """The layer that cannot run, and the one before it that made another shape."""
    with pytest.raises(BackendFailedError, match=r"^torch fails at fc \(Dense, .*\) of small: ") as caught:
        compare(DENSE)
    assert str(caught.value).endswith(f"Before that {SAID}")


def test_what_no_backend_raises_by_itself_is_raised_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(import_module("archspec.comparison.compare"), "relative_error", fail)
    with pytest.raises(KeyError, match="a bug"):
        archspec.parity(DOCUMENT, batch=3)


def test_backends_that_are_wrong_alike_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "tensorflow"):
        backend = find_backend(name)
        run = backend.run

        def shorter(*arguments: Any, run: Any = run) -> dict[str, Any]:
            return {key: array[:, 1:] if key == "pool" else array for key, array in run(*arguments).items()}

        monkeypatch.setattr(backend, "run", shorter, raising=False)
    report = archspec.parity(DOCUMENT, batch=3)
    assert report.outputs[0].shape_mismatch.found == {"torch": (2, 3, 2), "tensorflow": (2, 3, 2)}
    assert not report.passed
    assert [layer.path for layer in archspec.layer_parity(DOCUMENT).layers] == ["pool"]
