"""How accurate does a recipe make its network? `python -m benchmarks.results`, or some recipes, `... lenet cnn_mnist`.

Each training is a command, one at a time and with one thread: `archspec train` with each of five seeds in each
framework. docs/results.json keeps its accuracy, and docs/results.md is made of it. A training that the file has by the
same recipe is not repeated.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import archspec
from archspec import zoo
from archspec.files import write_text
from archspec.recipe.document import Recipe
from archspec.training.curves import read_metrics
from archspec.training.runs import METRICS, RECORD

FILE = Path(__file__).parents[1] / "docs" / "results.json"

RECIPES: dict[str, float | None] = {
    "lenet": 0.97,
    "cnn_mnist": 0.975,
    "y_network": 0.975,
    "digits/resnet_cifar_keras": None,
    "digits/densenet_cifar": None,
}
"""The recipes by their paths in specs/recipes, and the least mean accuracy in each framework if one was asked for."""

BACKENDS = "torch", "tensorflow"
SEEDS = range(5)

_UNSEEN = {"name", "description", "source", "checkpoints", "seed", "recompute", "strategy", "batch_norm"}
"""The parts of a recipe that its results by one process do not depend on; a result says its seed."""

_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Key(NamedTuple):
    """Which training it is."""

    recipe: str
    backend: str
    seed: int


KEYS = [Key(recipe, backend, seed) for seed, recipe, backend in product(SEEDS, RECIPES, BACKENDS)]
"""All trainings, seed by seed: a recipe that misses its target shows early."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a training came to: the accuracy after its last epoch, and the best of all epochs, on the validation data.

    `digest` is the recipe's.
    """

    recipe: str
    backend: str
    seed: int
    accuracy: float
    best: float
    digest: str
    versions: dict[str, str]

    @property
    def key(self) -> Key:
        """Which training it was."""
        return Key(self.recipe, self.backend, self.seed)


def path_of(name: str) -> Path:
    """The file of a recipe."""
    folder = zoo.folder()
    assert folder is not None, "the zoo comes with archspec"
    return folder / "recipes" / f"{name}.yaml"


def digest(recipe: Recipe) -> str:
    """A number that two recipes share if they say the same training but for the seed."""
    said = recipe.model_dump_json(exclude=_UNSEEN, exclude_none=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def read() -> list[Result]:
    """The results that are kept."""
    return [Result(**each) for each in json.loads(FILE.read_text("utf-8"))] if FILE.exists() else []


def main(arguments: Sequence[str]) -> int:
    """Train what is not kept yet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.results", description=__doc__)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help=f"one of {', '.join(RECIPES)}; all by default")
    wanted = parser.parse_args(arguments).recipes or list(RECIPES)
    if unknown := [name for name in wanted if name not in RECIPES]:
        parser.error(f"no such recipe: {', '.join(unknown)}; there are {', '.join(RECIPES)}")
    for key in KEYS:
        if key.recipe in wanted and not _is_kept(key):
            _keep(_measure(key))
    return 0


def _is_kept(key: Key) -> bool:
    now = digest(archspec.read_recipe(path_of(key.recipe)))
    return any(each.key == key and each.digest == now for each in read())


def _keep(result: Result) -> None:
    """Write down a result in place of an older one."""
    kept = {each.key: each for each in read()} | {result.key: result}
    ordered = sorted(kept.values(), key=lambda each: (list(RECIPES).index(each.recipe), each.backend, each.seed))
    lines = ",\n".join(json.dumps(asdict(each)) for each in ordered)
    write_text(FILE, f"[\n{lines}\n]\n")
    print(result, flush=True)


def _measure(key: Key) -> Result:
    """Train in a process of its own; raises `CalledProcessError` if it fails."""
    file = path_of(key.recipe)
    said = digest(archspec.read_recipe(file))
    with tempfile.TemporaryDirectory() as place:
        run = Path(place) / "run"
        subprocess.run(
            [
                *(sys.executable, "-m", "archspec", "train", str(file)),
                *("--backend", key.backend, "--set", f"seed={key.seed}", "--device", "cpu", "-o", str(run)),
            ],
            check=True,
            env={**os.environ, **dict.fromkeys(_THREADS, "1")},
        )
        accuracies = [row["validation_accuracy"] for row in read_metrics(run / METRICS)]
        record: dict[str, Any] = json.loads((run / RECORD).read_text("utf-8"))
    return Result(*key, accuracies[-1], max(accuracies), said, record["versions"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
