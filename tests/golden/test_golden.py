"""What networks are emitted as, to the last byte: the files that a change of the compiler shows in a review.

`pytest tests/golden --regenerate` writes them anew.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import archspec
import pytest
from tests.marks import slow_but

HERE = Path(__file__).parent

BACKENDS = ("torch", "tensorflow")

NETWORKS = (
    *("lenet5", "alexnet", "alexnet_paper", "vgg16", "vgg16_bn", "googlenet"),
    *("googlenet_keras", "resnet18", "resnet50", "resnext50_32x4d", "densenet121"),
    *("cnn_mnist", "y_network", "layer_configs_inception"),
    *("mobilenet_v3_large", "regnet_y_400mf", "nasnet_mobile"),
)

OWN = (
    "retina",
    "siamese",
    "deviations",
    "list_with_a_skip",
    "fpn",
    "names_taken",
    "stages",
)
"""Networks of `specs`, which show what the zoo's do not."""


def _folder(backend: str) -> Path:
    # A folder called torch would be taken for the package by linters.
    return HERE / f"{backend}_source"


def _path(name: str, backend: str) -> Path:
    return _folder(backend) / f"{name}.py"


def _source(name: str, backend: str) -> str:
    spec = str(HERE / "specs" / f"{name}.yaml") if name in OWN else name
    return archspec.load(spec).emit(backend)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", [*NETWORKS, *OWN])
def test_emission_is_the_golden_file(
    name: str, backend: str, pytestconfig: pytest.Config
) -> None:
    path, source = _path(name, backend), _source(name, backend)
    if pytestconfig.getoption("--regenerate"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8", newline="\n")
    assert path.read_bytes().decode() == source, (
        f"{path.relative_to(HERE)} is out of date: pytest tests/golden --regenerate"
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_golden_file_is_left_over(backend: str) -> None:
    files = {path.stem for path in _folder(backend).glob("*.py")}
    assert files == {*NETWORKS, *OWN}


@pytest.mark.parametrize("command", [("check",), ("format", "--check", "--diff")])
def test_golden_files_are_tidy(command: tuple[str, ...]) -> None:
    """Ruff's own rules hold, and its formatter changes nothing."""
    folders = [str(_folder(backend)) for backend in BACKENDS]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", *folders],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", [*NETWORKS, *OWN])
def test_golden_files_are_modules(name: str, backend: str) -> None:
    """Each imports the framework and nothing of archspec."""
    path = _path(name, backend)
    assert "archspec" not in path.read_text(encoding="utf-8")
    spec = spec_from_file_location(f"golden_{backend}_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(module_from_spec(spec))


@pytest.mark.parametrize("name", slow_but(["fpn"], OWN))
def test_the_networks_that_are_not_of_the_zoo_are_the_same_in_both(name: str) -> None:
    report = archspec.parity(archspec.load(str(HERE / "specs" / f"{name}.yaml")))
    assert report.largest <= 1e-10, report
