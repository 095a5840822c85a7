"""train: the run that it leaves, and what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.marks import rows_but
from tests.unit.cli.conftest import SMALL, Program

RECIPE = """\
recipe: 1
network: small.yaml
data:
  source: {type: Arrays, file: shades.npz, fields: {image: image, label: label}}
  validation: 0.25
loss: CrossEntropy
optimizer: {type: Adam, learning_rate: 0.1}
epochs: 2
batch_size: 8
metrics: [accuracy]
"""


@pytest.fixture(autouse=True)
def recipe(folder: Path) -> Path:
    """A recipe, and its data: images whose brightness is their class."""
    labels = np.arange(48) % 3
    images = np.random.default_rng(0).uniform(0, 0.2, (48, 6, 6, 2)) + labels[:, None, None, None] / 3
    np.savez(folder / "shades.npz", image=images.astype(np.float32), label=labels)
    (folder / "small.recipe.yaml").write_text(RECIPE)
    return folder / "small.recipe.yaml"


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "best"), [("torch", "best.safetensors"), ("tensorflow", "best.weights.h5")])
def test_a_run_has_metrics_curves_and_the_trained_network(
    archspec: Program, folder: Path, backend: str, best: str
) -> None:
    pytest.importorskip({"torch": "torch", "tensorflow": "keras"}[backend])
    outcome = archspec("train", "small.recipe.yaml", "--backend", backend, "--device", "cpu", "--set", "epochs=8")
    assert outcome.code == 0, outcome.err
    run = folder / f"small_{backend}_run"
    rows = list(csv.DictReader((run / "metrics.csv").open(newline="")))
    assert [row["epoch"] for row in rows] == list("12345678")
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert (run / "curves.svg").read_text().count("<svg") == 1
    assert (run / best).exists()
    assert json.loads((run / "model" / "network.json").read_text())["weights"].endswith(best)
    _check_evaluation(archspec, run, rows)
    again = archspec("train", "small.recipe.yaml", "--backend", backend, "--set", "epochs=8")
    assert again.code == 2
    assert "--resume goes on with it" in again.err


@pytest.mark.slow
def test_a_training_ends_after_its_steps(archspec: Program, folder: Path) -> None:
    """In place of epochs, of which the last is a part; more steps go on from there."""
    pytest.importorskip("torch")
    options = ("--backend", "torch", "--device", "cpu", "-o", "run", "--set", "epochs=null")
    outcome = archspec("train", "small.recipe.yaml", *options, "--set", "steps=8")
    assert outcome.code == 0, outcome.err
    assert _epochs(folder) == [("1", "5"), ("2", "8")]
    assert [file.name for file in (folder / "run" / "checkpoints").iterdir()] == ["step_000000008.pt"]
    more = archspec("train", "small.recipe.yaml", *options, "--set", "steps=15", "--resume")
    assert more.code == 0, more.err
    assert _epochs(folder) == [("1", "5"), ("2", "8"), ("2", "10"), ("3", "15")]


def _epochs(folder: Path) -> list[tuple[str, str]]:
    """The number and the last step of each row of metrics."""
    with (folder / "run" / "metrics.csv").open(newline="") as file:
        return [(row["epoch"], row["step"]) for row in csv.DictReader(file)]


def _check_evaluation(archspec: Program, run: Path, rows: list[dict[str, str]]) -> None:
    """The best weights have the metrics of their epoch, and 25% of the data are not all of them."""
    evaluated = json.loads(archspec("evaluate", str(run), "--device", "cpu", "--json").out)
    best = max(rows, key=lambda row: float(row["validation_accuracy"]))
    assert evaluated == {
        "loss": pytest.approx(float(best["validation_loss"]), rel=1e-5),
        "accuracy": pytest.approx(float(best["validation_accuracy"])),
    }
    others = archspec("evaluate", str(run), "--device", "cpu", "--json", "--data", "shades.npz")
    assert json.loads(others.out)["loss"] != evaluated["loss"]
    refused = archspec("predict", str(run), "shades.npz")
    assert refused.code == 1
    assert "does not read one image" in refused.err


@pytest.mark.slow
def test_a_network_of_the_zoo_is_trained_and_predicts(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    generator = np.random.default_rng(0)
    for name, shade in (("dark", 0), ("light", 165)):
        (folder / "images" / name).mkdir(parents=True)
        for number in range(10):
            pixels = generator.integers(0, 90, (30, 30), dtype=np.uint8) + np.uint8(shade)
            Image.fromarray(pixels).save(folder / "images" / name / f"{number}.png")
    options = ("--backend", "torch", "--device", "cpu", "--set", "epochs=15", "--set", "batch_size=4", "-o", "run")
    outcome = archspec("train", "lenet", "--data", "images", *options)
    assert outcome.code == 0, outcome.err
    told = archspec("predict", "run", "images/dark/0.png", "images/light/0.png", "--top", "1", "--json")
    assert [each["classes"][0]["class"] for each in json.loads(told.out)] == ["dark", "light"]
    assert "light" in archspec("predict", "run", "images/light/1.png").out
    assert archspec("evaluate", "run", "--data", "images").out.startswith("loss ")
    assert archspec("predict", "run", "missing.png").code == 2


@pytest.mark.parametrize("network", ["resnet18", "lenet5"])
def test_a_network_needs_data_unless_its_family_has_a_recipe(archspec: Program, folder: Path, network: str) -> None:
    pytest.importorskip("torch")
    outcome = archspec("train", network, "--backend", "torch", "--emit")
    assert outcome.code == {"resnet18": 1, "lenet5": 0}[network]
    assert ("the data have to be said" in outcome.err) == (network == "resnet18")
    if network == "lenet5":
        assert "class LeNet5" in (folder / "lenet5_torch_run" / "lenet5.py").read_text()


def test_unknown_data_are_told(archspec: Program, folder: Path) -> None:
    outcome = archspec("train", "lenet", "--backend", "torch", "--data", "nothing")
    assert outcome.code == 1
    assert "there are no data 'nothing': take mnist, digits, mnist1d" in outcome.err
    (folder / "broken.npz").write_bytes(b"PK")
    outcome = archspec("train", "lenet", "--backend", "torch", "--data", "broken.npz")
    assert outcome.code == 1
    assert "broken.npz is no .npz file of NumPy's" in outcome.err


def test_emit_writes_the_program_alone(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    outcome = archspec("train", "small.recipe.yaml", "--backend", "torch", "-o", "run", "--emit")
    assert outcome.code == 0, outcome.err
    assert "python run/train.py" in outcome.err
    files = {path.name for path in (folder / "run").iterdir()}
    program = {"train.py", "loop.py", "data.py", "journal.py", "processes.py", "small.py"}
    assert files == {*program, "recipe.yaml", "run.json", "model.safetensors", "spec"}
    assert (folder / "run" / "spec" / "small.yaml").read_text() == SMALL


def test_a_number_of_devices_is_refused_before_anything_is_written(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    options = ("small.recipe.yaml", "--backend", "torch", "-o", "run", "--device", "cpu")
    for number, code, words in (
        ("0", 2, "is not a whole number of 1 or more"),
        ("9", 1, "is enough for 8 devices, not for 9"),
    ):
        outcome = archspec("train", *options, "--devices", number)
        assert (outcome.code, outcome.out) == (code, "")
        assert words in outcome.err
    emitted = archspec("train", *options, "--devices", "2", "--emit")
    assert emitted.code == 2
    assert "the program is the same for any number of devices" in emitted.err
    assert not (folder / "run").exists()


@pytest.mark.parametrize("backend", rows_but((), ["torch"], ["torch", "tensorflow"]))
def test_a_training_on_two_devices_goes_on_with_three(archspec: Program, folder: Path, backend: str) -> None:
    """Processes are the launcher's; tests/distributed has what those of each backend compute."""
    pytest.importorskip({"torch": "torch", "tensorflow": "keras"}[backend])
    options = ("small.recipe.yaml", "--backend", backend, "--device", "cpu", "-o", "run")
    for number, epochs in ((2, 1), (3, 2)):
        resume = () if epochs == 1 else ("--resume",)
        outcome = archspec("train", *options, "--devices", str(number), "--set", f"epochs={epochs}", *resume)
        assert outcome.code == 0, outcome.err
        assert f"by {number} processes" in outcome.err
    assert [epoch for epoch, _ in _epochs(folder)] == ["1", "2"]


def test_another_recipe_cannot_go_on(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    options = ("small.recipe.yaml", "--backend", "torch", "-o", "run", "--emit")
    assert archspec("train", *options).code == 0
    changed = archspec(
        "train", *options, "--resume", "--set", "optimizer.learning_rate=0.2", "--set", "seed=1", "--set", "epochs=9"
    )
    assert changed.code == 1
    assert "optimizer.learning_rate was 0.1, and is 0.2" in changed.err
    assert "seed was 0, and is 1" in changed.err
    assert "epochs" not in changed.err
    assert archspec("train", *options, "--resume", "--set", "epochs=9").code == 0
    assert "EPOCHS = 9" in (folder / "run" / "loop.py").read_text()


def test_a_changed_program_is_not_replaced(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    options = ("small.recipe.yaml", "--backend", "torch", "-o", "run", "--emit")
    assert archspec("train", *options).code == 0
    with (folder / "run" / "train.py").open("a") as program:
        program.write("# mine\n")
    refused = archspec("train", *options, "--resume")
    assert refused.code == 2
    assert "train.py: it was changed" in refused.err
    assert archspec("train", *options, "--resume", "--force").code == 0
    assert "# mine" not in (folder / "run" / "train.py").read_text()


def test_a_folder_of_other_files_is_refused(archspec: Program, folder: Path) -> None:
    outcome = archspec("train", "small.recipe.yaml", "--backend", "torch", "-o", ".", "--emit")
    assert outcome.code == 2
    assert "it has files, and no run" in outcome.err
    outcome = archspec("train", "small.recipe.yaml", "--backend", "torch", "-o", ".", "--emit", "--resume")
    assert outcome.code == 1
    assert "is no run" in outcome.err


def test_all_faults_have_places(archspec: Program, recipe: Path) -> None:
    text = RECIPE.replace("loss: CrossEntropy", "losses: {fd: CrossEntropy, fc: {type: CrossEntropy, target: kind}}")
    recipe.write_text(f"{text}freeze: [conx]\ninputs: {{picture: image, image: shade}}\nmonitor: validation_acuracy\n")
    outcome = archspec("train", "small.recipe.yaml", "--backend", "torch", "--emit")
    assert outcome.code == 1
    for place in ("6:10", "6:61", "11:10", "12:10", "12:33", "13:10"):
        assert f"small.recipe.yaml:{place}" in outcome.err, place
    assert "6 errors" in outcome.err


def test_classes_and_shapes_have_to_fit(archspec: Program, recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("{type: Arrays, file: shades.npz, fields: {image: image, label: label}}", "mnist"))
    outcome = archspec("train", "small.recipe.yaml", "--backend", "torch", "--emit")
    assert outcome.code == 1
    assert "small reads image of (6, 6, 2), and the data have image of (28, 28, 1)" in outcome.err
    assert "the data have 10 classes, and fc of small has 3" in outcome.err


def test_a_change_begins_with_the_type_of_the_default(archspec: Program, folder: Path, recipe: Path) -> None:
    pytest.importorskip("torch")
    recipe.write_text(RECIPE.replace("optimizer: {type: Adam, learning_rate: 0.1}\n", ""))
    changes = ("--set", "optimizer.learning_rate=0.1", "--set", "schedule.warmup.epochs=1")
    outcome = archspec("train", "small.recipe.yaml", "--backend", "torch", "-o", "run", "--emit", *changes)
    assert outcome.code == 0, outcome.err
    written = yaml.safe_load((folder / "run" / "recipe.yaml").read_text())
    assert (written["optimizer"]["type"], written["optimizer"]["learning_rate"]) == ("SGD", 0.1)
    assert (written["schedule"]["type"], written["schedule"]["warmup"]["epochs"]) == ("Constant", 1)


@pytest.mark.parametrize(
    ("key", "value", "optimizer"),
    [
        ("optimizer.learning_rate", "-1", "optimizer: {type: Adam, learning_rate: 0.1}\n"),
        ("optimizer.type", "Adan", "optimizer: {type: Adam, learning_rate: 0.1}\n"),
        ("optimizer.type", "Adan", "optimizer: Adam\n"),
        ("optimizer.learning_rate", "-1", ""),
        ("optimizer.rate", "1", "optimizer: Adam\n"),
        ("monitor", "nothing", ""),
    ],
)
def test_a_wrong_change_has_its_path_and_no_line(
    archspec: Program, recipe: Path, key: str, value: str, optimizer: str
) -> None:
    recipe.write_text(RECIPE.replace("optimizer: {type: Adam, learning_rate: 0.1}\n", optimizer))
    outcome = archspec("train", "small.recipe.yaml", "--backend", "torch", "--emit", "--set", f"{key}={value}")
    assert outcome.code == 1
    assert outcome.err.startswith((f"{key}: error:", "optimizer: error:")), outcome.err
    assert "small.recipe.yaml:" not in outcome.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("network: [lenet\n", 'small.recipe.yaml:1:10: error: this "[" is never closed'),
        ("", "small.recipe.yaml:1:1: error: the document is empty"),
        ("lenet\n", "small.recipe.yaml:1:1: error: this is neither a mapping nor a list"),
        (RECIPE.replace("recipe: 1", "recipe: true"), "small.recipe.yaml:1:9: error: `recipe` must be 1, not true"),
        (RECIPE.replace("recipe: 1", "recipe: 1.0"), "small.recipe.yaml:1:9: error: `recipe` must be 1, not 1.0"),
        (RECIPE.replace("recipe: 1", "recipe: one"), 'small.recipe.yaml:1:9: error: `recipe` must be 1, not "one"'),
        (RECIPE.replace("recipe: 1", "recipe: 2"), "small.recipe.yaml:1:9: error: this archspec reads recipes of v"),
    ],
)
def test_a_text_that_is_no_recipe_has_one_fault(archspec: Program, recipe: Path, text: str, message: str) -> None:
    recipe.write_text(text)
    outcome = archspec("train", "small.recipe.yaml", "--backend", "torch", "--emit")
    assert outcome.code == 1
    assert outcome.err.startswith(message), outcome.err
    assert "1 error\n" in outcome.err
    assert "a spec is a mapping" not in outcome.err


def test_no_function_is_offered_as_a_source(archspec: Program, recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("type: Arrays", "type: Tensors"))
    outcome = archspec("train", "small.recipe.yaml", "--backend", "torch", "--emit")
    assert (
        "it may be Mnist, Digits, Mnist1D, Folder, Arrays, WebDataset, Parquet, HuggingFaceFolder, HuggingFaceHub\n"
        in outcome.err
    )


def test_the_recipe_of_a_run_goes_on_with_it(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    options = ("--backend", "torch", "-o", "run", "--emit")
    assert archspec("train", "small.recipe.yaml", *options).code == 0
    before = _line(folder, "RECIPE = ")
    outcome = archspec("train", "run/recipe.yaml", *options, "--resume", "--set", "epochs=3")
    assert outcome.code == 0, outcome.err
    assert _line(folder, "EPOCHS = ") == "EPOCHS = 3"
    assert _line(folder, "RECIPE = ") == before
    other = archspec("train", "run/recipe.yaml", "--backend", "torch", "-o", "other", "--emit", "--set", "seed=1")
    assert other.code == 0
    assert before not in (folder / "other" / "loop.py").read_text()


def _line(folder: Path, begin: str) -> str:
    """The line of a run's loop.py that begins like this."""
    lines = (folder / "run" / "loop.py").read_text().splitlines()
    return next(line for line in lines if line.startswith(begin))


def test_initial_weights_are_read_once(archspec: Program, folder: Path, recipe: Path) -> None:
    pytest.importorskip("torch")
    options = ("--backend", "torch", "-o", "run", "--emit")
    assert archspec("train", "small.recipe.yaml", "--backend", "torch", "-o", "first", "--emit").code == 0
    start = (folder / "first" / "model.safetensors").rename(folder / "start.safetensors")
    recipe.write_text(f"{RECIPE}weights: start.safetensors\n")
    outcome = archspec("train", "small.recipe.yaml", *options)
    assert outcome.code == 0, outcome.err
    assert yaml.safe_load((folder / "run" / "recipe.yaml").read_text())["weights"]["file"] == str(start)
    begun = (folder / "run" / "model.safetensors").read_bytes()
    start.unlink()
    for again in ("small.recipe.yaml", "run/recipe.yaml"):
        outcome = archspec("train", again, *options, "--resume")
        assert outcome.code == 0, outcome.err
    assert (folder / "run" / "model.safetensors").read_bytes() == begun


@pytest.mark.parametrize("backend", rows_but((), ["torch"], ["torch", "tensorflow"]))
def test_data_that_do_not_fit_a_run_are_told(archspec: Program, folder: Path, recipe: Path, backend: str) -> None:
    pytest.importorskip({"torch": "torch", "tensorflow": "keras"}[backend])
    (folder / "small.yaml").write_text(SMALL.replace("6, 6, 2", "6, 6, 3"))
    images, labels = np.ones((8, 6, 6, 3), np.float32), np.arange(8) % 3
    np.savez(folder / "shades.npz", image=images, label=labels)
    np.savez(folder / "unlabelled.npz", image=images)
    np.savez(folder / "large.npz", image=np.ones((8, 7, 7, 3), np.float32), label=labels)
    np.savez(folder / "several.npz", image=images, label=np.zeros((8, 2), int))
    np.savez(folder / "many.npz", image=images, label=labels + 3)
    Image.new("RGB", (7, 6)).save(folder / "wide.png")
    (folder / "text.png").write_text("no image")
    for name in ("cat", "dog"):
        (folder / "animals" / name).mkdir(parents=True)
    (folder / "wrong.py").write_text("def fails():\n    return {}['nothing']\n")
    options = ("--backend", backend, "--device", "cpu", "-o", "run", "--set", "epochs=1")
    assert archspec("train", "small.recipe.yaml", *options).code == 0
    for command, message in (
        (("evaluate", "run", "--data", "unlabelled.npz"), "the run reads image, label of an example"),
        (("evaluate", "run", "--data", "large.npz"), "`image` of an example has the shape (7, 7, 3)"),
        (("evaluate", "run", "--data", "several.npz"), "label"),
        (("evaluate", "run", "--data", "many.npz"), "`label` of example 0 has 3, and classes are whole numbers"),
        (("evaluate", "run", "--data", "wrong:fails"), "the data cannot be read: KeyError: 'nothing'"),
        (("evaluate", "run", "--data", "small:fails"), "the program has a module small of its own"),
        (("evaluate", "run", "--data", "nowhere:fails"), "nowhere:fails cannot be imported: ModuleNotFoundError"),
        (("evaluate", "run", "--data", "mnist"), "small reads image of (6, 6, 3)"),
        (("evaluate", "run", "--data", "animals"), "animals has the folders cat, dog, and the classes are 0, 1, 2"),
        (("predict", "run", "wide.png"), "wide.png has image of (6, 7, 3), and small takes (6, 6, 3)"),
        (("predict", "run", "text.png"), "text.png"),
    ):
        outcome = archspec(*command)
        assert "a bug of archspec" not in outcome.err, (command, outcome.err)
        assert outcome.code in (1, 2), (command, outcome.err)
        assert message in outcome.err, (command, outcome.err)


@pytest.mark.parametrize(("patience", "words"), [(1, "1 epoch"), (2, "2 epochs")])
def test_one_epoch_is_no_plural(archspec: Program, folder: Path, patience: int, words: str) -> None:
    pytest.importorskip("torch")
    change = ("--set", f"early_stopping.patience={patience}")
    assert archspec("train", "small.recipe.yaml", "--backend", "torch", "-o", "run", "--emit", *change).code == 0
    assert f'did not improve for {words}"' in (folder / "run" / "loop.py").read_text()
