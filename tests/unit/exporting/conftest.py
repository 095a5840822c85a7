"""A stand-in for the exporters of PyTorch models: its file runs in PyTorch, and can be made wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from archspec.backend import find_backend
from archspec.ir import Graph

Outputs = Mapping[str, Any]


@dataclass
class StandIn:
    """What it does to networks and outputs, and the batch sizes and the inputs' shapes that it ran."""

    refuses: Callable[[Graph], str | None] = lambda graph: None
    changed: Callable[[Outputs], Outputs] = lambda outputs: outputs
    ran: list[tuple[int, ...]] = field(default_factory=list)
    seen: list[Mapping[str, Any]] = field(default_factory=list)
    """The examples that it calibrated on."""
    _models: dict[bytes, Any] = field(default_factory=dict)

    def export(self, graph: Graph, model: Any, target: str, path: Path) -> None:
        assert target in {"aotinductor", "executorch", "onnx", "openvino", "pt2"}
        if (reason := self.refuses(graph)) is not None:
            raise RuntimeError("the exporter failed") from ValueError(f"{reason}\nand much more about it")
        file = path / "model" if path.is_dir() else path
        file.write_bytes(str(len(self._models)).encode())
        self._models[file.read_bytes()] = model

    def export_quantized(
        self, graph: Graph, model: Any, target: str, path: Path, calibration: Sequence[Mapping[str, Any]]
    ) -> None:
        self.seen += calibration
        self.export(graph, model, target, path)

    def open_exported(self, graph: Graph, target: str, path: Path) -> Callable[[Mapping[str, Any]], Outputs]:
        model = self._models[(path / "model" if path.is_dir() else path).read_bytes()]

        def run(inputs: Mapping[str, Any]) -> Outputs:
            self.ran.append(next(iter(inputs.values())).shape)
            return self.changed(find_backend("torch").run(graph, model, inputs))

        return run


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in, in the place of PyTorch's exporters; no target needs a package."""
    pytest.importorskip("torch")
    found = StandIn()
    monkeypatch.setattr(find_backend("torch"), "export", found.export, raising=False)
    monkeypatch.setattr(find_backend("torch"), "open_exported", found.open_exported, raising=False)
    monkeypatch.setattr(find_backend("torch"), "export_quantized", found.export_quantized, raising=False)
    monkeypatch.setattr("archspec.exporting.targets.find_spec", lambda name: name)
    return found
