"""The functions of the package about training."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.errors import SpecError
from archspec.recipe.data import Function
from archspec.recipe.optimizers import SGD
from archspec.training.reading import read_recipe
from archspec.training.running import task_of, write_run
from archspec.training.runs import RunFolder
from archspec.training.trained import Trained

NETWORK = """\
archspec: 1
name: small
inputs: {image: [6, 6, 1]}
layers:
  - {layer_type: GlobalAveragePooling2D}
  - {name: hidden, layer_type: Dense, units: 8, activation: relu}
  - {name: fc, layer_type: Dense, units: 3, activation: softmax}
"""

MODULE = """\
import numpy as np

def shades():
    return [{"image": np.full((6, 6, 1), (i % 3) / 2, np.float32), "label": i % 3} for i in range(30)]
"""


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A recipe of a small network, without its data, which a function of a module gives."""
    (tmp_path / "small.yaml").write_text(NETWORK)
    (tmp_path / "shades_of_gray.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shades_of_gray", raising=False)
    return {
        "recipe": 1,
        "network": str(tmp_path / "small.yaml"),
        "data": {"source": "mnist"},
        "loss": "CrossEntropy",
        "optimizer": {"type": "SGD", "learning_rate": 0.5, "momentum": 0.9},
        "epochs": 12,
        "batch_size": 6,
        "metrics": ["accuracy"],
    }


def test_a_strategy_that_a_backend_lacks_is_refused_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text("recipe: 1\nnetwork: lenet\ndata: {source: mnist}\nloss: CrossEntropy\nstrategy: fsdp\n")
    with pytest.raises(SpecError, match=r"recipe\.yaml:5:11: tensorflow has no strategy 'fsdp' \(there is ddp\)"):
        task_of(read_recipe(file), "tensorflow")
    assert task_of(read_recipe(file), "torch").plan.recipe.strategy == "fsdp"


def test_recomputation_is_refused_at_its_line_where_it_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    text = "recipe: 1\nnetwork: {}\ndata: {{source: mnist}}\nloss: CrossEntropy\nrecompute: true\n"
    file.write_text(text.format("lenet"))
    with pytest.raises(SpecError, match=r"recipe\.yaml:5:12: tensorflow cannot compute blocks again in its backward"):
        task_of(read_recipe(file), "tensorflow")
    with pytest.raises(SpecError, match=r"recipe\.yaml:5:12: lenet has no blocks whose values could be computed again"):
        task_of(read_recipe(file), "torch")
    file.write_text(text.format("{spec: resnet18, inputs: {image: [28, 28, 1]}, params: {classes: 10}}"))
    assert task_of(read_recipe(file), "torch").plan.graph.recomputed == {"BasicBlock"}


def test_a_recipe_is_read_with_changes(document: dict[str, Any]) -> None:
    recipe = archspec.read_recipe(document, changes={"optimizer.learning_rate": 0.1, "epochs": 3})
    assert isinstance(recipe.optimizer, SGD)
    assert (recipe.optimizer.learning_rate, recipe.epochs) == (0.1, 3)
    assert archspec.read_recipe("lenet5").network.spec == "lenet5"
    with pytest.raises(archspec.SpecError, match="`epochs` must be at least 1"):
        archspec.read_recipe(document, changes={"epochs": 0})


def test_a_training_has_one_length(document: dict[str, Any]) -> None:
    in_steps = archspec.read_recipe(document, changes={"steps": 20, "epochs": None})
    assert (in_steps.epochs, in_steps.steps, in_steps.count_steps(4)) == (None, 20, 20)
    usual = archspec.read_recipe(document, changes={"epochs": None})
    assert (usual.epochs, usual.steps, usual.count_steps(4)) == (10, None, 40)
    with pytest.raises(archspec.SpecError, match="give one of the two, and null for the other"):
        archspec.read_recipe(document, changes={"steps": 20})


def test_a_function_gives_the_data(document: dict[str, Any]) -> None:
    import shades_of_gray  # type: ignore[import-not-found]

    named = archspec.read_recipe(document, data="shades_of_gray:shades")
    assert named == archspec.read_recipe(document, data=shades_of_gray.shades)
    assert isinstance(named.data.source, Function)
    with pytest.raises(archspec.ArchspecError, match="a function that another program can import"):
        archspec.read_recipe(document, data=lambda: [1])


def test_wrong_arguments_are_refused(document: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="device is one of auto, cpu, cuda"):
        archspec.train(document, backend="torch", device="tpu")
    with pytest.raises(archspec.RunError, match="is no run"):
        archspec.evaluate(".")


@pytest.mark.parametrize(("first", "classes"), [("fine", ("a", "b", "c")), ("coarse", ("0", "1", "2"))])
def test_a_run_names_the_classes_of_the_field_that_they_belong_to(
    document: dict[str, Any], first: str, classes: tuple[str, ...]
) -> None:
    pytest.importorskip("torch")
    fields = {name: {"array": f"{name}.npy", "kind": "label"} for name in ("fine", "coarse")}
    source = {"type": "Arrays", "fields": {"image": "image.npy", **fields}, "classes": ["a", "b", "c"]}
    recipe = {**document, "data": {"source": source}, "loss": {"type": "CrossEntropy", "target": first}, "metrics": []}
    write_run(task_of(read_recipe(recipe), "torch", Path("run")), resume=False, force=False)
    assert Trained(RunFolder(Path("run"))).classes == classes


@pytest.mark.parametrize("length", [{"steps": 20}, {"epochs": 12, "steps": None}])
def test_a_run_of_steps_that_a_metric_decides_about_keeps_its_length(
    document: dict[str, Any], length: dict[str, Any]
) -> None:
    pytest.importorskip("torch")
    source = {"type": "Arrays", "fields": {"image": "image.npy", "label": "label.npy"}}
    changes = {
        "data": {"source": source, "validation": 0.2},
        "early_stopping": {"patience": 2},
        "epochs": None,
    }
    run = Path("run")
    write_run(task_of(read_recipe(document, {**changes, "steps": 10}), "torch", run), resume=False, force=False)
    longer = task_of(read_recipe(document, {**changes, **length}), "torch", run)
    with pytest.raises(archspec.RunError, match="another recipe"):
        write_run(longer, resume=True, force=False)


@pytest.mark.slow
def test_a_training_is_one_call(document: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("torch")
    recipe = archspec.read_recipe(document, data="shades_of_gray:shades")
    done = archspec.train(recipe, backend="torch", run="run", device="cpu")
    assert done.metrics[-1]["validation_accuracy"] == 1
    assert done.model.is_dir()
    assert archspec.evaluate(done.folder, data="shades_of_gray:shades")["accuracy"] == 1
    (tmp_path / "gray.py").write_text("print(1)")
    from PIL import Image

    Image.fromarray(np.full((6, 6), 255, np.uint8)).save("white.png")
    (prediction,) = archspec.predict(done.folder, ["white.png"], top=1)
    assert list(prediction.classes) == ["2"]
    Image.new("1", (60_000, 3_500)).save("huge.png")
    with pytest.raises(OSError, match=r"huge\.png cannot be read as an image: .*exceeds limit"):
        archspec.predict(done.folder, ["huge.png"])
    with pytest.raises(archspec.RunError, match="another recipe"):
        archspec.train(recipe, backend="torch", run="run", resume=True, changes={"batch_size": 5})
