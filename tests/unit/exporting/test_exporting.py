"""export: the comparison before a file is left, and all that it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import archspec
from archspec.errors import Source, Span
from archspec.ir import Graph
from archspec.weights import randomised
from tests.unit.exporting.conftest import StandIn

SPEC = """\
archspec: 1
name: small
inputs: {image: [6, 6, 2]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, activation: relu}
  - {layer_type: GlobalAveragePooling2D}
  - {name: fc, layer_type: Dense, units: 3}
"""


def _network(spec: str = SPEC) -> archspec.Network:
    return archspec.load(Source("small.yaml", spec))


@pytest.mark.parametrize(("target", "name"), [("pt2", "small.pt2"), ("onnx", "small.onnx"), ("openvino", "folder")])
def test_the_file_is_left_after_two_batches_of_different_sizes(
    exporter: StandIn, tmp_path: Path, target: str, name: str
) -> None:
    report = archspec.export(_network(), target, tmp_path / name)
    assert report.passed
    assert (report.network, report.target, report.backend) == ("small", target, "torch")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert report.size == 1
    (first, *axes), (others, *_) = exporter.ran
    assert (first, axes) == (1, [6, 6, 2])
    assert others > 1
    (output,) = report.outputs
    assert output.name == "fc"
    assert output.difference <= output.allowed
    assert 0 < output.exported <= output.allowed < 1e-5


def test_the_usual_path_is_in_the_current_folder(
    exporter: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    archspec.export(_network(), "pt2")
    archspec.export(_network(), "aotinductor")
    archspec.export(_network(), "openvino")
    assert {path.name for path in tmp_path.iterdir()} == {"small.pt2", "small_aotinductor.pt2", "small_openvino"}


@pytest.mark.parametrize("target", ["pt2", "openvino"])
@pytest.mark.parametrize("factor", [1 + 1e-4, np.nan])
def test_another_function_leaves_nothing(exporter: StandIn, tmp_path: Path, target: str, factor: float) -> None:
    exporter.changed = lambda outputs: {name: array * factor for name, array in outputs.items()}
    with pytest.raises(archspec.ExportError, match="fc differs by more than float32 explains") as error:
        archspec.export(_network(), target, tmp_path / "small.pt2")
    assert not error.value.report.passed
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_there_stays_if_the_new_one_is_wrong(exporter: StandIn, tmp_path: Path) -> None:
    (tmp_path / "small.pt2").write_text("old")
    exporter.changed = lambda outputs: {name: array + 1 for name, array in outputs.items()}
    with pytest.raises(archspec.ExportError):
        archspec.export(_network(), "pt2", tmp_path / "small.pt2")
    assert (tmp_path / "small.pt2").read_text() == "old"


def test_a_wrong_result_in_one_of_the_batches_is_found(exporter: StandIn, tmp_path: Path) -> None:
    exporter.changed = lambda outputs: {name: array[:1].repeat(len(array), 0) for name, array in outputs.items()}
    with pytest.raises(archspec.ExportError):
        archspec.export(_network(), "pt2", tmp_path / "small.pt2")


def test_another_shape_is_told(exporter: StandIn, tmp_path: Path) -> None:
    exporter.changed = lambda outputs: {name: array[:, :2] for name, array in outputs.items()}
    with pytest.raises(archspec.ExportError) as error:
        archspec.export(_network(), "pt2", tmp_path / "small.pt2")
    (output,) = error.value.report.outputs
    assert output.mismatch is not None
    assert output.mismatch.sentence() == "fc should be (3,): pt2 makes it (2,)"


def test_a_network_of_any_size_is_compared_at_two_sizes(exporter: StandIn, tmp_path: Path) -> None:
    report = archspec.export(_network(SPEC.replace("[6, 6, 2]", "[null, null, 2]")), "pt2", tmp_path / "small.pt2")
    assert len({tuple(each.inputs["image"]) for each in report.outputs}) == 2
    assert len({shape[1:] for shape in exporter.ran}) == 2


def test_a_target_with_a_largest_batch_gets_no_larger_one(exporter: StandIn, tmp_path: Path) -> None:
    archspec.export(_network(), "executorch", tmp_path / "small.pte")
    assert [batch for batch, *_ in exporter.ran] == [1, 8]


def test_the_weights_are_the_given_ones(exporter: StandIn, tmp_path: Path) -> None:
    network = _network()
    seen = []
    exporter.changed = lambda outputs: seen.append(outputs["fc"]) or outputs  # type: ignore[func-returns-value]
    zeros = {name: np.zeros_like(array) for name, array in network.weights().items()}
    archspec.export(network, "pt2", tmp_path / "a.pt2", weights=zeros | {"fc:bias": np.arange(3, dtype="float32")})
    assert (np.concatenate(seen) == [0, 1, 2]).all()


NORMALISED = """\
archspec: 1
name: normalised
inputs: {image: [6, 6, 2]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, use_bias: false}
  - {name: bn, layer_type: BatchNormalization}
  - {layer_type: GlobalAveragePooling2D}
  - {name: fc, layer_type: Dense, units: 3}
"""


def test_an_optimised_network_is_compared_with_the_one_before(exporter: StandIn, tmp_path: Path) -> None:
    network = archspec.load(Source("normalised.yaml", NORMALISED))
    weights = randomised(network.graph, 0)
    layers: list[set[str]] = []

    def refuses(graph: Graph) -> None:
        layers.append({type(node.layer).__name__ for node in graph.nodes})

    exporter.refuses = refuses
    assert archspec.export(network.optimize(weights), "pt2", tmp_path / "a.pt2").passed
    assert archspec.export(network, "pt2", tmp_path / "b.pt2", weights=weights).passed
    assert layers[1] - layers[0] == {"BatchNormalization"}


def _has(layer_type: str, reason: str = "no such operation") -> object:
    return lambda graph: reason if layer_type in {type(node.layer).__name__ for node in graph.nodes} else None


@pytest.mark.parametrize(("layer_type", "path", "line"), [("Conv2D", "conv", 5), ("Dense", "fc", 7)])
def test_a_layer_that_the_target_lacks_is_named_with_its_line(
    exporter: StandIn, tmp_path: Path, layer_type: str, path: str, line: int
) -> None:
    exporter.refuses = _has(layer_type)  # type: ignore[assignment]
    with pytest.raises(archspec.EmitError) as error:
        archspec.export(_network(), "pt2", tmp_path / "small.pt2")
    assert error.value.message == f"pt2 cannot express {path} ({layer_type}): ValueError: no such operation"
    assert isinstance(error.value.where, Span)
    assert error.value.where.line == line
    assert list(tmp_path.iterdir()) == []


def test_a_reason_without_a_layer_is_one_line(exporter: StandIn, tmp_path: Path) -> None:
    """It fails with the network, and with no part of it."""
    reasons = ["the whole is too much"]
    exporter.refuses = lambda graph: reasons.pop() if reasons else None
    with pytest.raises(archspec.ArchspecError) as error:
        archspec.export(_network(), "pt2", tmp_path / "small.pt2")
    assert str(error.value) == "small cannot be exported to pt2: ValueError: the whole is too much"


def test_a_runtime_that_fails_is_a_reason_too(exporter: StandIn, tmp_path: Path) -> None:
    def changed(outputs: object) -> object:
        raise RuntimeError("a batch of 1 only")

    exporter.changed = changed  # type: ignore[assignment]
    with pytest.raises(archspec.EmitError, match=r"pt2 cannot express conv .*: RuntimeError: a batch of 1 only"):
        archspec.export(_network(), "pt2", tmp_path / "small.pt2")


def test_a_lack_of_memory_is_none_of_the_target(exporter: StandIn, tmp_path: Path) -> None:
    def refuses(graph: Graph) -> str:
        raise MemoryError

    exporter.refuses = refuses
    with pytest.raises(archspec.OutOfMemoryError):
        archspec.export(_network(), "pt2", tmp_path / "small.pt2")


def test_weights_that_are_not_finite(exporter: StandIn, tmp_path: Path) -> None:
    network = _network()
    weights = network.weights() | {"fc:bias": np.full(3, np.inf, "float32")}
    with pytest.raises(archspec.ArchspecError, match="fc:bias has NaN or infinite numbers"):
        archspec.export(network, "pt2", tmp_path / "small.pt2", weights=weights)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("onx", "onnx"),
        ("tflite", "litert"),
        ("pte", "executorch"),
        ("saved_model", "savedmodel"),
        ("TorchScript", "pt2"),
        ("torch.compile", "aotinductor"),
    ],
)
def test_an_unknown_target(name: str, meant: str) -> None:
    with pytest.raises(archspec.ArchspecError, match=f"there is no target '{name}'.*; did you mean {meant}"):
        archspec.export(_network(), name)


def test_packages_that_are_missing_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archspec.exporting.targets.find_spec", lambda name: None if name == "onnxscript" else name)
    said = "the target onnx needs onnxscript: pip install onnx onnxscript onnxruntime"
    with pytest.raises(archspec.BackendMissingError, match=f"^{said}$"):
        archspec.export(_network(), "onnx")


def test_a_folder_with_files_is_refused(exporter: StandIn, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(FileExistsError, match="it has files: take a folder that is new or empty"):
        archspec.export(_network(), "openvino", tmp_path)
    (tmp_path / "mine").unlink()
    archspec.export(_network(), "openvino", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_file_with_another_ending_is_refused(exporter: StandIn, tmp_path: Path) -> None:
    path = tmp_path / "small.onnx"
    with pytest.raises(archspec.ArchspecError, match=re.escape(f"ends in .pt2, and not as {path} does")):
        archspec.export(_network(), "pt2", path)


def test_a_missing_folder_and_a_file_that_is_read_are_refused(exporter: StandIn, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        archspec.export(_network(), "pt2", tmp_path / "nowhere" / "small.pt2")
    spec = tmp_path / "small.pt2"
    spec.write_text(SPEC)
    network = archspec.load(Source("small.pt2", SPEC, spec))
    with pytest.raises(FileExistsError, match="it would replace what is read"):
        archspec.export(network, "pt2", spec)
