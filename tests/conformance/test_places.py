"""A layer type has four places; a test that fails names the one that is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from archspec.ir import CompositeLayer, Layer
from archspec.layers import layer_types
from tests.conformance.cases import FAMILIES
from tests.conformance.places import BACKENDS, missing_places


@pytest.mark.parametrize("name", layer_types())
def test_a_layer_type_is_in_all_its_places(name: str) -> None:
    missing = missing_places(layer_types()[name])
    assert not missing, f"{name} is missing in {' and in '.join(missing)}"


def test_nothing_is_left_of_a_layer_type_that_is_gone() -> None:
    known = set(layer_types())
    for family, table in FAMILIES.items():
        assert set(table) <= known, f"tests/conformance/cases/{family}.py has cases for what is no layer type"
        for backend in BACKENDS:
            rows = {kind.__name__ for kind in import_module(f"{backend}.emit.{family}").ROWS}
            assert rows <= known, f"backends/{backend}/emit/{family}.py has rows for what is no layer type"


def test_the_missing_places_are_named() -> None:
    class Softer(Layer):
        """A layer that has only begun."""

    Softer.__module__ = "archspec.layers.activation"
    assert missing_places(Softer) == [
        "backends/archspec_torch/emit/activation.py",
        "backends/archspec_tensorflow/emit/activation.py",
        "tests/conformance/cases/activation.py",
    ]
    Softer.__module__ = "archspec.layers.soft"
    assert missing_places(Softer) == [
        "backends/archspec_torch/emit/soft.py",
        "backends/archspec_tensorflow/emit/soft.py",
        "tests/conformance/cases/soft.py",
    ]


def test_a_layer_made_of_others_needs_no_rows() -> None:
    class Twice(CompositeLayer):
        """A layer that has only begun."""

    Twice.__module__ = "archspec.layers.conv"
    assert missing_places(Twice) == ["tests/conformance/cases/conv.py"]


PLANTED: Mapping[str, str] = {
    "archspec/layers/soft.py": """
from archspec.ir import Elementwise

class HardTanh(Elementwise):
    def value(self, x):
        return min(max(x, -1.0), 1.0)
""",
    "backends/archspec_torch/emit/soft.py": """
from archspec.program.calls import Call, Function
from archspec.layers.soft import HardTanh
from archspec_torch.emit.row import Row, TorchLayer

ROWS = {HardTanh: Row(lambda site: TorchLayer(Call("nn.Hardtanh"), Function("F.hardtanh({0})")))}
""",
    "backends/archspec_tensorflow/emit/soft.py": """
from archspec.program.calls import Function
from archspec.layers.soft import HardTanh
from archspec_tensorflow.emit.row import Row

ROWS = {HardTanh: Row(lambda site: (Function("ops.hard_tanh({0})"),))}
""",
    "tests/conformance/cases/soft.py": """
import numpy as np
from tests.conformance.reference import Conformance, case

TABLE = {"HardTanh": Conformance(lambda x: np.clip(x, -1, 1), [case({}, (3, 4, 2)), case({}, (5,))])}
""",
}
"""A layer type of a new family in its four places."""

TRY = """
import archspec

def test_a_network_with_HardTanh():
    layers = [
        {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3},
        {"layer_type": "HardTanh"},
        {"layer_type": "Flatten"},
        {"name": "bounded", "layer_type": "HardTanh"},
        {"layer_type": "Dense", "units": 3},
    ]
    network = archspec.load({"inputs": {"image": [6, 6, 2]}, "layers": layers})
    assert archspec.parity(network).passed
    assert archspec.training_parity(network, steps=1).passed
"""


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A copy of the compiler, the backends and the tests of conformance, with the layer type."""
    root = Path(__file__).parents[2]
    for folder in ("archspec", "backends", "tests/conformance"):
        shutil.copytree(root / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in PLANTED.items():
        (tmp_path / path).write_text(text)
    return tmp_path


def _python(folder: Path, *arguments: str) -> str:
    """What Python says at the end of a program in the copy; empty if it ends well."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(folder / "backends")])}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def _tests(folder: Path, *files: str) -> str:
    paths = [f"tests/conformance/{file}.py" for file in files]
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-k", "HardTanh"]
    return _python(folder, "-m", "pytest", *options, *paths)


def test_four_places_are_all_that_a_layer_type_needs(planted: Path) -> None:
    assert not _tests(planted, "test_places", "test_traits")


@pytest.mark.slow
def test_a_planted_layer_type_is_the_same_function_in_both_backends(planted: Path) -> None:
    (planted / "tests/conformance/test_try.py").write_text(TRY)
    assert not _tests(planted, "test_layers", "test_try")


MISSING = """
from archspec.layers.soft import HardTanh
from tests.conformance.places import missing_places

raise SystemExit(" and ".join(missing_places(HardTanh)))
"""


@pytest.mark.parametrize("place", [place for place in PLANTED if not place.startswith("archspec/")])
def test_a_place_that_a_planted_layer_type_lacks_is_named(planted: Path, place: str) -> None:
    (planted / place).unlink()
    assert _python(planted, "-c", MISSING).strip() == place


def test_a_planted_layer_type_that_says_wrong_of_itself_is_told(planted: Path) -> None:
    place = planted / "archspec/layers/soft.py"
    place.write_text(place.read_text() + "    def nonnegative(self, inputs):\n        return True\n")
    test = "test_a_layer_is_nonnegative_and_takes_features_in_any_order_where_it_says_so"
    assert test in _tests(planted, "test_traits")
