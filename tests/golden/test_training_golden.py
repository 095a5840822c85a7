"""The programs that recipes become, to the last byte, for both frameworks.

`pytest tests/golden --regenerate` writes them anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from archspec.training.planning import network_of, plan
from archspec.training.program import recipe_backend, sources
from archspec.training.reading import read_recipe

FOLDER = Path(__file__).parent / "training_source"
BACKENDS = ("torch", "tensorflow")

RECIPES: dict[str, dict[str, Any]] = {
    "plain": {
        "recipe": 1,
        "name": "plain",
        "network": "lenet",
        "data": {"source": "mnist", "validation": 0.2},
        "loss": "CrossEntropy",
        "optimizer": {"type": "Adam", "learning_rate": 0.001},
        "metrics": ["accuracy"],
    },
    "rich": {
        "recipe": 1,
        "name": "rich",
        "network": "resnet20_cifar",
        "freeze": ["conv1", "bn1"],
        "data": {"source": {"type": "Folder", "path": "/images"}, "mix": "Mixup"},
        "loss": {"type": "CrossEntropy", "label_smoothing": 0.1},
        "optimizer": {
            "type": "SGD",
            "learning_rate": 0.1,
            "momentum": 0.9,
            "nesterov": True,
            "weight_decay": {
                "rate": 1e-4,
                "decoupled": True,
                "except": ["bias", "norm"],
            },
        },
        "schedule": {"type": "Plateau", "warmup": {"epochs": 5}},
        "accumulate": 4,
        "clip": "GlobalNorm",
        "regularizers": [{"type": "L2", "rate": 1e-4, "layers": ["Dense"]}],
        "average": {"decay": 0.999},
        "early_stopping": {"patience": 20},
        "checkpoints": {"keep": 3, "steps": 1000},
        "precision": "bfloat16",
    },
}
RECIPES["sharded"] = {
    **RECIPES["rich"],
    "strategy": "fsdp",
    "batch_norm": "synchronised",
    "freeze": None,
}
RECIPES["synchronised"] = {**RECIPES["rich"], "batch_norm": "synchronised"}

PROGRAMS = [
    *((name, backend) for name in ("plain", "rich") for backend in BACKENDS),
    ("sharded", "torch"),
    ("synchronised", "tensorflow"),
]


@pytest.mark.parametrize(("name", "backend"), PROGRAMS)
def test_a_training_program_is_the_golden_file(
    name: str, backend: str, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    recipe = dict(RECIPES[name])
    if name != "plain":
        for word in range(10):
            (tmp_path / f"class{word}").mkdir()
        source = {**recipe["data"]["source"], "path": str(tmp_path)}
        recipe["data"] = {**recipe["data"], "source": source}
    written = read_recipe(recipe)
    texts = sources(plan(written, network_of(written)), recipe_backend(backend))
    files = {
        f"{name}_{backend}.py": texts["train.py"],
        f"{name}_{backend}_processes.py": texts["processes.py"],
    }
    if name in ("plain", "rich"):
        files[f"{name}_loop.py"] = texts["loop.py"]
    for file, text in files.items():
        path, text = FOLDER / file, _without_digest(text)
        if pytestconfig.getoption("--regenerate"):
            FOLDER.mkdir(exist_ok=True)
            path.write_text(text)
        assert text == path.read_text()


def _without_digest(text: str) -> str:
    """The digest of a recipe with a temporary folder differs each time."""
    return re.sub('^RECIPE = ".*"$', 'RECIPE = "digest"', text, flags=re.MULTILINE)


def test_training_programs_are_lint_clean() -> None:
    # Beside the other modules of a program, imports are in order.
    for command in ("check --ignore I001", "format --check"):
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "ruff",
                *command.split(),
                "--isolated",
                "--no-cache",
                str(FOLDER),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout
