"""quantize: which examples are for the quantiser and which for the figures, the figures, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import archspec
from archspec.errors import Source
from tests.unit.exporting.conftest import StandIn

SPEC = """\
archspec: 1
name: small
inputs: {image: [6, 6, 3]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, activation: relu}
  - {layer_type: GlobalAveragePooling2D}
  - {name: fc, layer_type: Dense, units: 3}
"""


def _network(spec: str = SPEC) -> archspec.Network:
    return archspec.load(Source("small.yaml", spec))


def _npz(folder: Path, count: int, shape: tuple[int, ...] = (6, 6, 3), **others: Any) -> str:
    """A file of different examples."""
    images = np.random.default_rng(0).random((count, *shape), np.float32)
    np.savez(folder / "data.npz", image=images, **others)
    return str(folder / "data.npz")


@pytest.mark.parametrize(
    ("count", "calibration", "measured", "same"), [(7, 7, 7, True), (40, 20, 20, False), (700, 128, 512, False)]
)
def test_the_figures_are_on_other_examples_unless_there_are_few(
    exporter: StandIn, tmp_path: Path, count: int, calibration: int, measured: int, same: bool
) -> None:
    report = archspec.quantize(_network(), "onnx", _npz(tmp_path, count), tmp_path / "small.onnx")
    assert (report.calibration, report.examples, report.same) == (calibration, measured, same)
    assert {each["image"].shape for each in exporter.seen} == {(1, 6, 6, 3)}
    seen = {each["image"].tobytes() for each in exporter.seen}
    assert len(seen) == calibration
    batches = [batch for batch, *_ in exporter.ran]
    assert batches[0] == 1
    assert sum(batches) == measured
    assert max(batches) <= 8
    assert report.outputs[0].agreement == 1
    assert report.outputs[0].error == 0


def test_the_figures_of_a_file_that_is_wrong_for_some_examples(exporter: StandIn, tmp_path: Path) -> None:
    """The outputs of the first example of each batch are those of another class, twice as large as its own."""

    def changed(outputs: Any) -> Any:
        wrong = {name: array.copy() for name, array in outputs.items()}
        wrong["fc"][0] = -wrong["fc"][0]
        return wrong

    exporter.changed = changed
    report = archspec.quantize(_network(), "onnx", _npz(tmp_path, 17), tmp_path / "small.onnx")
    (output,) = report.outputs
    assert output.agreement == pytest.approx(14 / 17)  # batches of 1, 8 and 8
    assert output.error == pytest.approx(2 * 3 / 17)


def test_an_output_without_classes_has_no_agreement(exporter: StandIn, tmp_path: Path) -> None:
    network = _network(SPEC.replace("units: 3", "units: 1"))
    report = archspec.quantize(network, "onnx", _npz(tmp_path, 5), tmp_path / "small.onnx")
    assert report.outputs[0].agreement is None


def test_files_of_images_are_resized(exporter: StandIn, tmp_path: Path) -> None:
    for name, shade in (("a", 0), ("b", 255)):
        (tmp_path / "images" / name).mkdir(parents=True)
        Image.new("RGB", (9, 7), (shade, shade, shade)).save(tmp_path / "images" / name / "0.png")
    report = archspec.quantize(_network(), "onnx", str(tmp_path / "images"), tmp_path / "small.onnx")
    assert report.examples == 2
    assert sorted(each["image"].mean() for each in exporter.seen) == [0, 1]


def test_the_seed_chooses_the_examples(exporter: StandIn, tmp_path: Path) -> None:
    chosen = []
    for seed in (0, 1, 0):
        exporter.seen.clear()
        archspec.quantize(_network(), "onnx", _npz(tmp_path, 30), tmp_path / "small.onnx", seed=seed)
        chosen.append({each["image"].tobytes() for each in exporter.seen})
    assert chosen[0] == chosen[2] != chosen[1]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("pt2", "pt2 has no quantiser; executorch, litert, onnx, openvino have one"),
        ("savedmodel", "savedmodel has no quantiser"),
        ("hub-folder", "hub-folder has no quantiser"),
    ],
)
def test_a_target_without_a_quantiser(exporter: StandIn, tmp_path: Path, target: str, said: str) -> None:
    with pytest.raises(archspec.ArchspecError, match=said):
        archspec.quantize(_network(), target, _npz(tmp_path, 5))


def test_a_quantiser_that_is_not_installed(exporter: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archspec.exporting.targets.find_spec", lambda name: None if name == "nncf" else name)
    with pytest.raises(archspec.BackendMissingError, match="the quantiser of openvino needs nncf: pip install nncf"):
        archspec.quantize(_network(), "openvino", "digits")


def test_data_of_another_shape_are_told_before_anything_is_written(exporter: StandIn, tmp_path: Path) -> None:
    data = _npz(tmp_path, 30, (6, 5, 3))
    with pytest.raises(archspec.ArchspecError, match=r"\(6, 5, 3\), and the network takes \(6, 6, 3\)"):
        archspec.quantize(_network(), "onnx", data, tmp_path / "small.onnx")
    assert not exporter.ran
    assert [path.name for path in tmp_path.iterdir()] == ["data.npz"]


def test_data_that_are_not_finite(exporter: StandIn, tmp_path: Path) -> None:
    np.savez(tmp_path / "nan.npz", image=np.full((3, 6, 6, 3), np.nan, np.float32))
    with pytest.raises(archspec.ArchspecError, match="the data have NaN or infinite numbers in image"):
        archspec.quantize(_network(), "onnx", str(tmp_path / "nan.npz"), tmp_path / "small.onnx")


def test_data_without_what_the_network_reads(exporter: StandIn, tmp_path: Path) -> None:
    np.savez(tmp_path / "labels.npz", label=np.zeros(3, np.int64))
    with pytest.raises(archspec.ArchspecError, match="small reads image, and an example of the data has label"):
        archspec.quantize(_network(), "onnx", str(tmp_path / "labels.npz"), tmp_path / "small.onnx")


def test_data_with_code_are_not_read(exporter: StandIn, tmp_path: Path) -> None:
    np.savez(tmp_path / "objects.npz", image=np.array([{"a": 1}, None], object))
    with pytest.raises(archspec.ArchspecError, match=r"objects\.npz cannot be read: Object arrays cannot be loaded"):
        archspec.quantize(_network(), "onnx", str(tmp_path / "objects.npz"), tmp_path / "small.onnx")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda array: array[:, :2], "fc should be (3,): onnx makes it (2,)"),
        (lambda array: array * np.nan, "the quantised file gives NaN or infinite numbers for fc"),
    ],
)
def test_a_file_that_is_wrong_is_not_left(exporter: StandIn, tmp_path: Path, changed: Any, said: str) -> None:
    exporter.changed = lambda outputs: {name: changed(array) for name, array in outputs.items()}
    data = _npz(tmp_path, 5)
    with pytest.raises(archspec.ArchspecError) as error:
        archspec.quantize(_network(), "onnx", data, tmp_path / "small.onnx")
    assert said in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["data.npz"]


def test_a_layer_that_the_quantiser_lacks_is_named_with_its_line(exporter: StandIn, tmp_path: Path) -> None:
    exporter.refuses = lambda graph: (
        "no such kernel" if any("Dense" in type(each.layer).__name__ for each in graph.nodes) else None
    )
    with pytest.raises(archspec.EmitError, match=r"onnx cannot express fc \(Dense\): ValueError: no such kernel"):
        archspec.quantize(_network(), "onnx", _npz(tmp_path, 5), tmp_path / "small.onnx")
