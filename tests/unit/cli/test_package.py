"""compile: the package that it leaves, as others use it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from archspec.bundle.naming import TAKEN, init_source, module_name, package_name
from tests.unit.cli.conftest import SMALL, Program

BACKENDS = {"torch": ("torch", "Small"), "tensorflow": ("keras", "small")}

FRAMEWORKS = {"torch", "keras", "tensorflow"}

USE = """
import sys
from {package} import {name}
import {package}
assert {package}.__all__ == ["{name}"]
assert not [name for name in sys.modules if name.partition(".")[0].startswith("archspec")]
assert type({name}()).__name__ in ("Small", "Functional")
"""

TOGETHER = """
import one, two
assert one.Small().conv.out_channels == 4
assert two.Small().conv.out_channels == 5
assert one.Small.__module__ == "one.small"
"""


@pytest.fixture
def compiled(archspec: Program, folder: Path, request: pytest.FixtureRequest) -> Path:
    """The current folder, in which the network was compiled for a backend."""
    pytest.importorskip(BACKENDS[request.param][0])
    assert archspec("compile", "small.yaml", "-b", request.param, "--device", "cpu").code == 0
    return folder


def _python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in a folder where archspec is not on the path."""
    environment = {"PATH": "", "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {arguments[0]}", *arguments[1:]]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("compiled", "backend"), [(name, name) for name in BACKENDS], indirect=["compiled"])
def test_the_network_is_imported_from_the_folder(compiled: Path, backend: str) -> None:
    use = USE.format(package=f"small_{backend}", name=BACKENDS[backend][1])
    done = _python(compiled, f"exec({use!r})")
    assert done.returncode == 0, done.stderr
    run = "import runpy; runpy.run_module('small_{}.small', run_name='__main__', alter_sys=True)"
    done = _python(compiled, run.format(backend))
    assert (done.returncode, done.stdout) == (0, "(1, 3)\n"), done.stderr


def test_two_packages_do_not_clash(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    assert archspec("compile", "small.yaml", "-b", "torch", "-o", "one").code == 0
    assert archspec("compile", "small.yaml", "-b", "torch", "-o", "two", "--set", "width=5").code == 0
    done = _python(folder, f"exec({TOGETHER!r})")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["torch", *(pytest.param(name, marks=pytest.mark.slow) for name in ("2net", "json"))])
def test_the_source_runs_whatever_the_network_is_called(archspec: Program, folder: Path, name: str) -> None:
    pytest.importorskip("torch")
    (folder / "odd.yaml").write_text(SMALL.replace("name: small", f"name: {name}"))
    assert archspec("compile", "odd.yaml", "-b", "torch").code == 0
    place = folder / package_name(name, "torch")
    source = place / f"{module_name(name)}.py"
    done = subprocess.run(
        [sys.executable, "-I", "-c", _as_program(source)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "(1, 3)\n"), done.stderr
    done = _python(folder, f"import {place.name}; print({place.name}.__all__)")
    assert done.returncode == 0, done.stderr


def _as_program(source: Path) -> str:
    """A program that runs a file as `python FILE` does, with the file's folder before all others."""
    before = f"import runpy, sys; sys.path.insert(0, {str(source.parent)!r})"
    return f"{before}; runpy.run_path({str(source)!r}, run_name='__main__')"


@pytest.mark.parametrize(
    ("network", "module", "package"),
    [
        ("resnet50", "resnet50", "resnet50_torch"),
        ("MyNet", "my_net", "my_net_torch"),
        ("vgg-16.bn", "vgg_16_bn", "vgg_16_bn_torch"),
        ("2net", "n2net", "n2net_torch"),
        ("class", "class_", "class_torch"),
        ("torch", "torch_", "torch_torch"),
        ("Keras", "keras_", "keras_torch"),
        ("json", "json_", "json_torch"),
        ("___", "n", "n_torch"),
    ],
)
def test_names_are_those_of_modules(network: str, module: str, package: str) -> None:
    assert (module_name(network), package_name(network, "torch")) == (module, package)


@pytest.mark.parametrize("word", ["torch", "keras", "tensorflow", "numpy", "safetensors", "h5py", "class", "types"])
def test_names_that_programs_import_are_taken(word: str) -> None:
    assert word in TAKEN


@pytest.mark.parametrize("network", ["small", "x" * 100, 'q"""\n\x1b; import os', "back\\slash"])
def test_a_name_says_nothing_to_python(network: str) -> None:
    source = init_source(network, "torch", "N" * len(network))
    module = ast.parse(source)
    assert [type(statement).__name__ for statement in module.body] == ["Expr", "ImportFrom", "Assign"]
    assert "\x1b" not in source
