"""compile: the package that it leaves, as others use it."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
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


@pytest.mark.slow
@pytest.mark.parametrize(("compiled", "backend"), [(name, name) for name in BACKENDS], indirect=["compiled"])
def test_the_network_is_imported_from_the_folder(compiled: Path, backend: str) -> None:
    use = USE.format(package=f"small_{backend}", name=BACKENDS[backend][1])
    run = f"import runpy; runpy.run_module('small_{backend}.small', run_name='__main__', alter_sys=True)"
    done = _python(compiled, f"exec({use!r}); {run}")
    assert (done.returncode, done.stdout) == (0, "(1, 3)\n"), done.stderr


def test_two_packages_do_not_clash(archspec: Program, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    assert archspec("compile", "small.yaml", "-b", "torch", "-o", "one").code == 0
    assert archspec("compile", "small.yaml", "-b", "torch", "-o", "two", "--set", "width=5").code == 0
    monkeypatch.syspath_prepend(folder)
    one, two = import_module("one"), import_module("two")
    assert one.Small().conv.out_channels == 4
    assert two.Small().conv.out_channels == 5
    assert one.Small.__module__ == "one.small"
    for name in ("one", "one.small", "two", "two.small"):
        del sys.modules[name]


NAMES = {"torch": "Torch", "2net": "N2net", "json": "Json"}
"""Networks called as a package that the source imports, or as no package can be, and their classes."""


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_source_runs_whatever_the_network_is_called(archspec: Program, folder: Path, name: str) -> None:
    pytest.importorskip("torch")
    (folder / "odd.yaml").write_text(SMALL.replace("name: small", f"name: {name}"))
    assert archspec("compile", "odd.yaml", "-b", "torch").code == 0
    place = folder / package_name(name, "torch")
    source = place / f"{module_name(name)}.py"
    # As `python FILE` does, with the file's folder before all others; then as a package.
    program = f"""
import runpy, sys
sys.path.insert(0, {str(place)!r})
runpy.run_path({str(source)!r}, run_name="__main__")
sys.path[0] = {str(folder)!r}
import {place.name}
print({place.name}.__all__)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"(1, 3)\n['{NAMES[name]}']\n"), done.stderr


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
        ("grain", "grain_", "grain_torch"),
        ("PIL", "pil_", "pil_torch"),
        ("___", "n", "n_torch"),
    ],
)
def test_names_are_those_of_modules(network: str, module: str, package: str) -> None:
    assert (module_name(network), package_name(network, "torch")) == (module, package)


@pytest.mark.parametrize(
    "word",
    [
        *("torch", "keras", "tensorflow", "numpy", "safetensors", "h5py", "class", "types"),
        *("grain", "sklearn", "mlxtend", "mnist1d", "PIL", "tqdm", "tensorboardX"),
    ],
)
def test_names_that_programs_import_are_taken(word: str) -> None:
    assert word in TAKEN


@pytest.mark.parametrize("network", ["small", "x" * 100, 'q"""\n\x1b; import os', "back\\slash"])
def test_a_name_says_nothing_to_python(network: str) -> None:
    source = init_source(network, "torch", "N" * len(network))
    module = ast.parse(source)
    assert [type(statement).__name__ for statement in module.body] == ["Expr", "ImportFrom", "Assign"]
    assert "\x1b" not in source
