"""Other packages' layers and backends: installed as any package is, and then simply there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGES = ("more_layers", "numpy_backend")

SMALL = """\
archspec: 1
name: small
inputs: {image: [8, 8, 3]}
layers:
  - {name: unit, layer_type: ConvUnit, filters: 6}
  - {name: norm, layer_type: GroupNorm, groups: 3, epsilon: 0.01}
  - {name: shrink, layer_type: HardShrink}
  - {layer_type: HardShrink, threshold: 0.75}
  - {layer_type: Flatten}
  - {layer_type: HardShrink}
  - {name: fc, layer_type: Dense, units: 4}
"""

PERCEPTRON = """\
archspec: 1
name: perceptron
inputs: {left: [2, 3, 2], right: [5]}
layers:
  - {layer_type: Flatten, inputs: left}
  - {name: narrow, layer_type: Dense, units: 5, activation: relu}
  - {name: sum, layer_type: Add, inputs: [narrow, right]}
  - {name: fc, layer_type: Dense, units: 5, activation: tanh, use_bias: false}
  - {name: again, layer_type: Reuse, layer: fc}
  - {layer_type: Concatenate, inputs: [fc, again]}
  - {name: scores, layer_type: Dense, units: 3}
outputs: {scores: scores, features: sum}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where both packages are as pip installs them."""
    place = tmp_path_factory.mktemp("site")
    for package in PACKAGES:
        shutil.copytree(HERE / package / "src", place, dirs_exist_ok=True)
        project = tomllib.loads((HERE / package / "pyproject.toml").read_text())["project"]
        information = place / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n")
        groups = project["entry-points"].items()
        lines = [line for name, entries in groups for line in (f"[{name}]", *map(" = ".join, entries.items()))]
        (information / "entry_points.txt").write_text("\n".join(lines))
    return place


@pytest.mark.slow
def test_pip_installs_them_so(site: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """They are built from a copy, because setuptools writes into its source."""
    place = tmp_path_factory.mktemp("installed")
    sources = tmp_path_factory.mktemp("sources")
    for package in PACKAGES:
        for file in (HERE / package).rglob("*"):
            if file.suffix in {".py", ".toml"}:
                copy = sources / file.relative_to(HERE)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(file.read_text())
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(place)]
    subprocess.run([*command, *options, *(str(sources / package) for package in PACKAGES)], check=True)
    assert _found(place) == _found(site)


def _found(place: Path) -> tuple[set[str], set[tuple[str, str, str]]]:
    """The modules in a folder of installed packages, and their entry points."""
    modules = {str(file.relative_to(place)) for file in place.rglob("*.py")}
    points = [each for found in distributions(path=[str(place)]) for each in found.entry_points]
    return modules, {(each.group, each.name, each.value) for each in points}


def _run(site: Path, folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python where the packages are installed."""
    root = HERE.parents[1]
    path = os.pathsep.join([str(site), str(root), str(root / "backends")])
    return subprocess.run(
        [sys.executable, *arguments],
        input=stdin,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


LAYERS = """
import archspec

network = archspec.load("small.yaml")
report = archspec.parity(network)
assert report.passed, report
assert report.largest < 1e-10, report

torch = network.emit("torch")
assert "nn.GroupNorm(2, 6)" in torch and "nn.GroupNorm(3, 6, eps=0.01)" in torch, torch
assert "nn.Hardshrink()" in torch and "F.hardshrink(x, 0.75)" in torch, torch
keras = network.emit("tensorflow")
assert "layers.GroupNormalization(groups=3, epsilon=0.01" in keras, keras
assert "ops.hard_shrink(x, threshold=0.75)" in keras, keras
assert "more_layers" not in torch + keras and "archspec" not in torch + keras
assert "ConvUnit" not in torch + keras

weights = network.weights(1)
assert {"unit.conv:kernel", "unit.norm:gamma", "norm:beta"} <= weights.keys()
for backend in ("torch", "tensorflow"):
    read = archspec.read_weights(network, network.compile(backend, weights=weights))
    assert read.keys() == weights.keys()
    assert all(read[name].tobytes() == array.tobytes() for name, array in weights.items()), backend
"""


TRAITS = """
import numpy as np
import archspec
from archspec.weights import randomised

layers = [
    {"name": "conv", "layer_type": "Conv2D", "filters": 6, "kernel_size": 3},
    {"name": "norm", "layer_type": "GroupNorm", "groups": 3},
    {"name": "shrink", "layer_type": "HardShrink", "threshold": 0.1},
    {"name": "silent", "layer_type": "SilentGroupNorm", "groups": 2},
    {"layer_type": "Flatten"},
    {"layer_type": "HardShrink", "threshold": 0.1},
    {"name": "drop", "layer_type": "AlphaDropout", "rate": 0.25},
    {"name": "fc", "layer_type": "Dense", "units": 40},
]
network = archspec.load({"inputs": {"image": [8, 8, 3]}, "layers": layers})
weights = randomised(network.graph)
for name in ("norm", "silent"):
    gamma, beta = weights[f"{name}:gamma"], weights[f"{name}:beta"]
    assert np.unique(gamma).size == 6 and 0.5 < gamma.min() < gamma.max() < 1.5, gamma
    assert np.unique(beta).size == 6 and 0.05 < np.abs(beta).max() < 0.3, beta

inference = archspec.parity(network)
assert inference.passed and inference.same, inference
(output,) = inference.outputs
assert not output.sensitive
assert all(1e-9 < error <= output.float32_allowed < 1e-4 for error in output.float32.values()), output

training = archspec.training_parity(network, steps=2)
assert training.passed, training
assert training.switched_off == ("drop",)
assert archspec.layer_parity(network, training=True).passed

# Every layer behind the Flatten says that features may come in any order: they come as PyTorch has them.
assert "permute" not in network.emit("torch")
found = {name: network.graph.by_path[name].layer.roundoffs([(6, 6, 6)], (6, 6, 6)) for name in ("norm", "silent")}
assert found == {"norm": np.sqrt(6 * 6 * 2), "silent": 1}, found
"""


BACKEND = """
import archspec

network = archspec.load("perceptron.yaml")
report = archspec.parity(network, backends=("torch", "numpy"))
assert report.passed, report
assert report.largest < 1e-12, report
weights = network.weights()
read = archspec.read_weights(network, network.compile("numpy"))
assert all(read[name].tobytes() == array.tobytes() for name, array in weights.items())
"""


PROGRAMS = {"layers": LAYERS, "traits": TRAITS, "backend": BACKEND}

EACH = """
import json, sys, traceback
failed = {}
for name, program in json.load(sys.stdin).items():
    try:
        exec(program, {})
    except BaseException:
        failed[name] = traceback.format_exc()
print(json.dumps(failed))
"""
"""One process for all: each would import both frameworks."""


@pytest.fixture(scope="module")
def failed(site: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the programs that fail say, by their names."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "small.yaml").write_text(SMALL)
    (folder / "perceptron.yaml").write_text(PERCEPTRON)
    done = _run(site, folder, "-c", EACH, stdin=json.dumps(PROGRAMS))
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_layers_of_another_package_are_in_the_language_and_in_both_backends(failed: dict[str, str]) -> None:
    assert "layers" not in failed, failed["layers"]


@pytest.mark.slow
def test_their_layers_are_compared_by_what_they_say_of_themselves(failed: dict[str, str]) -> None:
    """And by nothing that is wrong where they say nothing: weights are drawn around the numbers that they begin as."""
    assert "traits" not in failed, failed["traits"]


@pytest.mark.slow
def test_a_backend_of_another_package_is_one_like_the_others(failed: dict[str, str]) -> None:
    assert "backend" not in failed, failed["backend"]


def test_their_mistakes_are_told_as_any_others(site: Path, tmp_path: Path) -> None:
    wrong = SMALL.replace("groups: 3,", "groups: 4,").replace("HardShrink}", "HardShrnk}", 1)
    (tmp_path / "wrong.yaml").write_text(wrong)
    done = _run(site, tmp_path, "-m", "archspec", "validate", "wrong.yaml")
    assert done.returncode == 1, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert "4 groups do not divide 6 channels" in said
    assert 'did you mean "HardShrink"?' in said
    assert "wrong.yaml:6:" in said
    assert "wrong.yaml:7:" in said


def test_the_command_compiles_with_it(site: Path, tmp_path: Path) -> None:
    (tmp_path / "perceptron.yaml").write_text(PERCEPTRON)
    compiled = ("-m", "archspec", "compile", "perceptron.yaml", "--backend", "numpy", "-o", "built")
    done = _run(site, tmp_path, *compiled)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in (tmp_path / "built").iterdir()} == {
        "__init__.py",
        "perceptron.py",
        "model.npz",
        "network.json",
    }
    assert json.loads((tmp_path / "built" / "network.json").read_text())["backend"] == "numpy"
    assert "np.tanh(" in (tmp_path / "built" / "perceptron.py").read_text()


def test_it_declares_what_it_cannot_express(site: Path, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    done = _run(site, tmp_path, "-m", "archspec", "compile", "small.yaml", "--backend", "numpy", "--emit")
    assert done.returncode not in (0, 2), done.stdout + done.stderr
    assert "the numpy backend has no Conv2D" in done.stderr
    assert "Traceback" not in done.stderr
