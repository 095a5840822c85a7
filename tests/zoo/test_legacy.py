"""PyTorch's older exporters do what docs/export.md says of them; with `--regenerate` it is tried again and kept."""

from __future__ import annotations

from itertools import product

import pytest

from tests.marks import rows_but
from tests.zoo.legacy_kept import LEGACY
from tests.zoo.small import NETWORKS

pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

FEW = (("convnext_tiny", "script"), ("shufflenet_v2_x0_5", "onnx"))
"""A helper that once called `super().forward`, and an operation that the exporter lacks."""


@pytest.mark.parametrize("row", rows_but((), FEW, product(NETWORKS, ("script", "onnx"))))
def test_what_an_older_exporter_does(row: tuple[str, str], request: pytest.FixtureRequest) -> None:
    from tests.zoo.legacy import tried

    name, exporter = row
    reason, known = tried(name, exporter), LEGACY.read().get(name, {})
    if request.config.getoption("--regenerate"):
        LEGACY.write(name, {**known, exporter: reason})
    else:
        assert bool(reason) == bool(known[exporter]), reason
