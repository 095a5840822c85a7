"""What exporters and quantisers write: the names of axes, and int8 that is near to float32."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import archspec
from archspec.errors import Source, Span
from archspec.weights import randomised
from tests.zoo.exported import PACKAGES

SPEC = """\
archspec: 1
name: small
inputs: {image: [null, null, 3], other: [4]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, activation: relu, inputs: image}
  - {name: pool, layer_type: GlobalAveragePooling2D}
  - {name: sum, layer_type: Add, inputs: [pool, other]}
  - {name: fc, layer_type: Dense, units: 3}
"""

STRIDED = """\
archspec: 1
name: strided
inputs: {image: [null, null, 3]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, strides: 2, padding: same}
  - {name: pool, layer_type: GlobalAveragePooling2D}
"""

QUANTISERS = {"onnx": (".onnx", ()), "openvino": ("", ("nncf",)), "litert": (".tflite", ()), "executorch": (".pte", ())}
"""The ending of each target's files, and what its quantiser needs beside the target's packages."""


def _need(target: str, *further: str) -> None:
    pytest.importorskip("keras" if target == "litert" else "torch")
    for package in (*PACKAGES[target], *further):
        if find_spec(package) is None:
            pytest.skip(f"{target} needs {package}")


def test_packages_of_compiled_code_need_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("CXX", "no-such-compiler -O3")
    said = "the target aotinductor compiles C++, and there is no no-such-compiler: install it, or set CXX to a compiler"
    with pytest.raises(archspec.BackendMissingError, match=re.escape(said)):
        archspec.export(archspec.load(Source("strided.yaml", STRIDED)), "aotinductor", tmp_path / "strided.pt2")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_axes_of_any_length_have_names_in_onnx(tmp_path: Path) -> None:
    _need("onnx")
    import onnx

    archspec.export(archspec.load(Source("small.yaml", SPEC)), "onnx", tmp_path / "small.onnx")
    graph = onnx.load(tmp_path / "small.onnx").graph
    axes = {
        each.name: [axis.dim_param or axis.dim_value for axis in each.type.tensor_type.shape.dim]
        for each in (*graph.input, *graph.output)
    }
    assert axes == {"image": ["batch", 3, "image_height", "image_width"], "other": ["batch", 4], "fc": ["batch", 3]}


@pytest.mark.slow
def test_a_layer_without_a_kernel_in_executorch_is_named_with_its_line(tmp_path: Path) -> None:
    _need("executorch")
    spec = STRIDED.replace("null, null", "8, 8").replace("GlobalAveragePooling2D", "LocalResponseNormalization")
    with pytest.raises(archspec.EmitError, match=r"executorch cannot express pool .* has no kernel for one") as error:
        archspec.export(archspec.load(Source("strided.yaml", spec)), "executorch", tmp_path / "strided.pte")
    assert isinstance(error.value.where, Span)
    assert error.value.where.line == 6


@pytest.mark.slow
def test_margins_that_depend_on_the_size_are_computed_in_openvino(tmp_path: Path) -> None:
    _need("openvino")
    report = archspec.export(archspec.load(Source("strided.yaml", STRIDED)), "openvino", tmp_path / "strided")
    assert {each.inputs["image"][0] % 2 for each in report.outputs} == {0, 1}


@pytest.mark.slow
@pytest.mark.parametrize("target", QUANTISERS)
def test_a_quantised_file_is_near_to_the_model(target: str, tmp_path: Path) -> None:
    ending, further = QUANTISERS[target]
    _need(target, *further)
    network = archspec.load(Source("small.yaml", SPEC), inputs={"image": (12, 12, 3)})
    generator = np.random.default_rng(0)
    arrays = {"image": generator.random((60, 12, 12, 3)), "other": generator.random((60, 4))}
    np.savez(tmp_path / "data.npz", **{name: array.astype("float32") for name, array in arrays.items()})
    report = archspec.quantize(
        network,
        target,
        str(tmp_path / "data.npz"),
        tmp_path / f"small{ending}",
        weights=randomised(network.graph, 0),
    )
    assert report.examples == 30
    (output,) = report.outputs
    assert 0 < output.error < 0.2  # another function is as far as 1
    assert output.agreement is not None
    assert output.agreement > 0.8
