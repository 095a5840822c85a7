"""Trains: writes a run, runs its program as a process of its own, and compiles the network with the trained weights."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from archspec import zoo
from archspec.backend import RecipeBackend
from archspec.bundle import archspec_version, package_name, write_bundle
from archspec.errors import BackendMissingError, Source, SpecError
from archspec.network import Network, explaining
from archspec.recipe.data import Data
from archspec.recipe.plan import Plan
from archspec.recipe.stored import Columns
from archspec.source import load_source
from archspec.spec.report import Report
from archspec.training.curves import draw_curves
from archspec.training.devices import Devices, environments
from archspec.training.launching import Outcome, run_together
from archspec.training.planning import network_of, plan
from archspec.training.program import classes_of, recipe_backend, sources, write_program, write_texts
from archspec.training.reading import WrittenRecipe
from archspec.training.runs import CURVES, METRICS, MODEL, RunFolder, Unfinished
from archspec.training.start import start_weights

_NEEDED = ("grain", "tqdm", "tensorboardX")
"""The packages that every program imports."""

_TABLES = ("datasets", "pyarrow")
"""The packages that a program imports for Parquet and for Hugging Face's datasets."""


@dataclass(frozen=True, slots=True)
class Task:
    """A training: a recipe with its network and plan, for a backend, in a folder."""

    written: WrittenRecipe
    network: Network
    plan: Plan
    backend: RecipeBackend
    run: RunFolder


def task_of(written: WrittenRecipe, backend: str, folder: Path | None = None) -> Task:
    """The training of a recipe. Raises `SpecError` and `BackendMissingError`; no framework is imported."""
    found = recipe_backend(backend)
    _check_backend(written, found)
    network = network_of(written)
    default = Path(f"{package_name(network.name, backend)}_run")
    return Task(written, network, plan(written, network), found, RunFolder(folder or default))


def _check_backend(written: WrittenRecipe, backend: RecipeBackend) -> None:
    """Raise `SpecError` for a part of the recipe that the backend's programs lack."""
    recipe, place, report = written.recipe, written.place, Report()
    if recipe.strategy not in backend.strategies:
        message = f"{backend.name} has no strategy {recipe.strategy!r}"
        hint = f"there is {', '.join(backend.strategies)}"
        report.error("wrong-value", message, place.inside("strategy").where, hint=hint)
    if recipe.recompute and not backend.recomputes:
        message = f"{backend.name} cannot compute blocks again in its backward pass"
        report.error("wrong-value", message, place.inside("recompute").where, hint="only PyTorch can")
    if report.failed:
        raise SpecError(report.told)


def write_run(task: Task, *, resume: bool, force: bool) -> None:
    """Write the program, the recipe and the record of a run.

    With `resume`, the folder has a run already; its program is written anew, because its epochs may be more, and its
    initial weights stay. Raises `OSError` and `RunError` before anything is written.
    """
    with explaining(task.network.graph):
        texts = sources(task.plan, task.backend)
    recipe = task.written.recipe
    if resume:
        task.run.check_same(recipe, texts, task.backend.name, force)
    else:
        task.run.check_new(force)
    _check_packages(recipe.data)
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # this process leaves a GPU's memory to the program
    if resume and (task.run.path / task.backend.weights_file).exists():
        write_texts(texts, task.run.path)
    else:
        with explaining(task.network.graph):
            weights = start_weights(task.written, task.network)
            if not resume:
                task.run.clear()
            write_program(texts, task.plan, task.backend, weights, task.run.path)
    record = {
        "network": task.network.name,
        "module": next(iter(texts)),
        "backend": task.backend.name,
        "versions": {"archspec": archspec_version(), **task.backend.versions()},
        "classes": classes_of(task.plan),
    }
    task.run.write(recipe, _own_spec(task.network), record)


def _own_spec(network: Network) -> Source | None:
    """The spec of a network that is not the zoo's."""
    file = network.origin.file
    return None if file is None or file.parent == zoo.folder() else load_source(file)


def run_program(task: Task, devices: Devices, *, resume: bool, device: str) -> None:
    """Run the program on these devices to its end. Raises `Unfinished` with the reason if it does not end well."""
    options = [*(["--resume"] if resume else []), "--device", device]
    own = [{**each, **_usual(each)} for each in environments(task.backend, devices)]
    outcome = run_together(task.run.path / "train.py", options, own)
    if outcome.code:
        raise Unfinished(_ended(task.run, outcome), outcome.code)


def finish(task: Task) -> None:
    """Draw the curves, and compile the network with the best weights."""
    draw_curves(task.run.path / METRICS, task.run.path / CURVES, task.written.recipe.name)
    write_bundle(
        task.network,
        task.backend.name,
        task.run.path / MODEL,
        weights=task.run.best,
        seed=task.written.recipe.seed,
        device="cpu",
        force=True,
    )


def _check_packages(data: Data) -> None:
    tables = any(isinstance(source, Columns) for source in (data.source, data.validated))
    for extra, needed in (("train", _NEEDED), ("datasets", _TABLES if tables else ())):
        missing = [name for name in needed if find_spec(name) is None]
        if missing:
            raise BackendMissingError(f"training needs {', '.join(missing)}: pip install archspec-nn[{extra}]")


def _usual(environment: Mapping[str, str]) -> dict[str, str]:
    """What the program is told: modules of the current folder can be imported, for a recipe's function."""
    paths = [os.getcwd(), *filter(None, [environment.get("PYTHONPATH")])]
    return {"TF_CPP_MIN_LOG_LEVEL": environment.get("TF_CPP_MIN_LOG_LEVEL", "2"), "PYTHONPATH": os.pathsep.join(paths)}


def _ended(run: RunFolder, outcome: Outcome) -> str:
    """A sentence about the end of a training, and about the checkpoint that there is."""
    newest = run.newest
    kept = f"{newest} is whole" if newest is not None else "there is no checkpoint yet"
    if outcome.failed is None:
        return f"the training was interrupted: {kept}, and a resumed training goes on from it"
    return f"{outcome.fate}: {kept}"
