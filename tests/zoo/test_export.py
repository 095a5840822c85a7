"""A network of each family goes through the exporters, at a small image, and Keras's files load in a new process.

`pytest tests/zoo/test_export.py --export '*'` exports all of them to every target, `--export 'vgg*'` some, `--export
unmeasured` those of which docs/export.md has no times; with `--regenerate` the numbers are kept for it. Times are those
of the processor, with one thread, but a busy machine makes them larger: keep those of an idle one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.comparison import random_inputs
from archspec.weights import randomised
from tests.docs.pages import ROOT
from tests.marks import rows_but
from tests.zoo.exported import PACKAGES, TARGETS, export, keep, milliseconds, named, record
from tests.zoo.small import NETWORKS

pytest.importorskip("keras")
pytest.importorskip("torch")

FEW = (
    ("y_network", "pt2"),
    ("mtcnn_onet", "onnx"),
    ("shufflenet_v2_x0_5", "openvino"),
    ("lenet5", "aotinductor"),
    ("y_network", "savedmodel"),
    ("mtcnn_onet", "litert"),
)
"""A network for each target that runs without `--tables`: several inputs, several outputs, exchanged channels."""

FEW_SAVED = ("mtcnn_onet",)
"""The networks whose `.keras` files are loaded without `--tables`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Export what `--export` names, or a network of each family to every target."""
    wanted = metafunc.config.getoption("--export")
    if "target" in metafunc.fixturenames:
        rows = rows_but((), FEW, product(NETWORKS, TARGETS)) if wanted is None else map(pytest.param, named(wanted))
        metafunc.parametrize(("name", "target"), [pytest.param(*row.values[0], marks=row.marks) for row in rows])


@pytest.mark.usefixtures("forgotten")
def test_the_file_is_the_same_function(name: str, target: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for package in PACKAGES.get(target, ()):
        if find_spec(package) is None:
            pytest.skip(f"{target} needs {package}")
    if target == "aotinductor" and shutil.which("g++") is None:
        pytest.skip(f"{target} needs g++")
    regenerate = request.config.getoption("--regenerate")
    try:
        network, report = export(name, target, tmp_path)
    except archspec.ArchspecError as error:
        if not regenerate:
            raise
        shapes = [kind.shape for kind in archspec.load(name, **NETWORKS[name]).inputs.values()]
        keep(name, shapes, target, {"reason": str(error).replace(f"{ROOT}/", "")})
        return
    assert report.passed
    assert [output.name for output in report.outputs] == list(network.outputs)
    if regenerate:
        found = {**record(report), **milliseconds(network, report)}
        keep(name, [kind.shape for kind in network.inputs.values()], target, found)


LOAD = """
import keras, numpy
import source
model = keras.models.load_model("model.keras")
given = numpy.load("inputs.npz")
made = model({name: given[name] for name in given} if len(given) > 1 else given[given.files[0]])
made = made if isinstance(made, dict) else {"output": made}
numpy.savez("outputs.npz", **{name: numpy.asarray(array) for name, array in made.items()})
"""


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("name", rows_but((), FEW_SAVED, NETWORKS))
def test_a_keras_file_loads_in_a_new_process(name: str, tmp_path: Path) -> None:
    network = archspec.load(name, **NETWORKS[name])
    model = network.compile("tensorflow", weights=randomised(network.graph, 0), device="cpu")
    inputs = {name: array.astype("float32") for name, array in random_inputs(network.graph, 0, batch=3).items()}
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "inputs.npz", **inputs)
    (tmp_path / "source.py").write_text(network.emit("tensorflow"), encoding="utf-8")
    subprocess.run([sys.executable, "-c", LOAD], cwd=tmp_path, check=True)
    found = np.load(tmp_path / "outputs.npz")
    expected = find_backend("tensorflow").run(network.graph, model, inputs)
    assert len(found.files) == len(expected)
    for made, wanted in zip((found[name] for name in found.files), expected.values(), strict=True):
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(made / scale, wanted / scale, atol=1e-4)
