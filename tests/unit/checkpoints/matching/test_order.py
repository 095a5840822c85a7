"""A PyTorch file has layers in the order of their definition: what their names prove of that of execution."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

import archspec
from archspec.checkpoints import CheckpointWarning, match
from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.matching import alignment, fitting
from archspec.checkpoints.matching.evidence import MOST_PARTS, parameters_last, unproved
from archspec.weights import Stored
from tests.unit.checkpoints.networks import Array, weights_of, write
from tests.unit.checkpoints.test_zoo import no_elements


def row(units: tuple[int, ...] = (3, 3, 3, 3)) -> archspec.Network:
    layers = [{"name": f"fc{index}", "layer_type": "Dense", "units": each} for index, each in enumerate(units)]
    return archspec.load({"archspec": 1, "name": "row", "inputs": {"x": [3]}, "layers": layers})


def arrays(names: list[str], network: archspec.Network) -> dict[str, Array]:
    """The network's weights as PyTorch has them, layer by layer under these names."""
    weights = weights_of(network)
    found: dict[str, Array] = {}
    for name, layer in zip(names, network.graph.by_path, strict=True):
        found |= {f"{name}.weight": weights[f"{layer}:kernel"].T.copy(), f"{name}.bias": weights[f"{layer}:bias"]}
    return found


def agree(found: Any, network: archspec.Network) -> bool:
    return all(np.array_equal(found[name], array) for name, array in weights_of(network).items())


@pytest.mark.parametrize(
    "names",
    [["0", "1", "2", "3"], ["net.0", "net.3", "net.6", "net.10"], ["1.1", "1.2", "2.0", "10.0"]],
)
@pytest.mark.filterwarnings("error::archspec.checkpoints.messages.CheckpointWarning")
def test_the_parts_of_a_sequential_run_in_their_order(tmp_path: Path, names: list[str]) -> None:
    path = write(tmp_path / "w.safetensors", arrays(names, row()))
    assert agree(archspec.read_checkpoint(row(), path), row())


@pytest.mark.parametrize(
    "names",
    [["l1", "l2", "l3", "l10"], ["a.fc1_1", "a.fc1_2", "a.fc2_1", "a.fc2_2"], ["s1.fc", "s2.fc", "s3.fc", "s4.fc"]],
)
def test_numbers_in_names_speak_for_an_order_and_it_is_said(tmp_path: Path, names: list[str]) -> None:
    path = write(tmp_path / "w.safetensors", arrays(names, row()))
    with pytest.warns(CheckpointWarning, match=rf"(?s)order of their definition.*fc0: {names[0]}\n.*peer_parity"):
        found = archspec.read_checkpoint(row(), path)
    assert agree(found, row())
    assert found.matching.unproved == dict(zip(row().graph.by_path, names, strict=True))


UNNUMBERED = [
    ["a", "b", "c", "d"],
    ["d", "c", "b", "a"],
    ["l2", "l1", "l4", "l3"],
    ["stem", "blocks.0", "blocks.1", "head"],
    ["encoder.0", "encoder.1", "decoder.0", "decoder.1"],
]


@pytest.mark.parametrize("names", UNNUMBERED)
def test_without_them_nothing_is_taken_unless_the_file_is_to_be_believed(tmp_path: Path, names: list[str]) -> None:
    path = write(tmp_path / "w.safetensors", arrays(names, row()))
    with pytest.raises(archspec.WeightsError) as caught:
        archspec.read_checkpoint(row(), path)
    text = str(caught.value)
    assert "order of their definition, which need not be that of their execution. In that order they are:\n" in text
    assert f"\n  fc0: {names[0]}\n  fc1: {names[1]}\n" in text
    assert "left over" not in text
    assert text.endswith("(by_order=True)")
    with pytest.warns(CheckpointWarning, match="order of their definition"):
        found = archspec.read_checkpoint(row(), path, by_order=True)
    assert agree(found, row())
    assert found.matching.unproved.keys() == row().graph.by_path.keys()
    mapping = dict(zip(row().graph.by_path, names, strict=True))
    assert agree(archspec.read_checkpoint(row(), path, names=mapping), row())


def test_layers_defined_in_another_order_than_they_run(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")

    class Crossed(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.late, self.early = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)

        def forward(self, x: Any) -> Any:
            return self.late(self.early(x))

    model = Crossed().eval()
    torch.save(model.state_dict(), tmp_path / "w.pth")
    network = row((3, 3))
    with pytest.raises(archspec.WeightsError, match="fc0: late\n  fc1: early"):
        network.compile("torch", weights=tmp_path / "w.pth")
    compiled = network.compile("torch", weights=tmp_path / "w.pth", names={"fc0": "early"}, device="cpu")
    x = torch.randn(4, 3)
    assert torch.allclose(compiled(x), model(x), atol=1e-6)


@pytest.mark.parametrize("names", [["fc1", "fc2", "fc3", "fc4"], ["fc1", "fc2", "fc3", "last"]])
def test_names_that_are_shared_by_chance(tmp_path: Path, names: list[str]) -> None:
    """The network's fc0 would be the file's last layer, and it runs first."""
    path = write(tmp_path / "w.safetensors", arrays(names, row()))
    with pytest.raises(archspec.WeightsError, match=f"In that order they are:\n  fc0: {names[3]}\n"):
        archspec.read_checkpoint(row(), path)
    mapping = dict(zip(row().graph.by_path, names, strict=True))
    assert agree(archspec.read_checkpoint(row(), path, names=mapping), row())


def as_keras(path: Path, given: dict[str, Array], groups: list[str]) -> Path:
    """A `.weights.h5` with the layers in these groups."""
    h5py = pytest.importorskip("h5py")
    names = list(dict.fromkeys(name.partition(".")[0] for name in given))
    with h5py.File(path, "w") as file:
        for name, group in zip(names, groups, strict=True):
            variables = file.create_group(f"{group}/vars")
            variables.attrs["name"] = name
            variables["0"], variables["1"] = given[f"{name}.weight"].T, given[f"{name}.bias"]
    return path


LISTED = ["layers/dense", "layers/dense_1", "layers/dense_2", "layers/dense_3"]
ATTRIBUTES = ["fc1", "fc2", "fc3", "fc4"]

FORMATS: dict[str, Any] = {
    "w.safetensors": write,
    "sorted.safetensors": lambda path, given: write(path, dict(sorted(given.items()))),
    "w.npz": lambda path, given: np.savez(path, **given) or path,
    "sorted.npz": lambda path, given: np.savez(path, **dict(sorted(given.items()))) or path,
    "w.weights.h5": lambda path, given: as_keras(path, given, LISTED),
    "class.weights.h5": lambda path, given: as_keras(path, given, ATTRIBUTES),
}


@pytest.mark.parametrize("name", FORMATS)
def test_names_that_are_shared_by_chance_in_each_format(tmp_path: Path, name: str) -> None:
    names = ["fc1", "fc2", "fc3", "fc4"]
    path = FORMATS[name](tmp_path / name, arrays(names, row()))
    with pytest.raises(archspec.WeightsError, match=r" are:\n  fc0: fc4\n"):
        archspec.read_checkpoint(row(), path)
    mapping = dict(zip(row().graph.by_path, names, strict=True))
    assert agree(archspec.read_checkpoint(row(), path, names=mapping), row())


@pytest.mark.filterwarnings("error::archspec.checkpoints.messages.CheckpointWarning")
@pytest.mark.parametrize("name", ["w.safetensors", "w.npz", "w.weights.h5"])
def test_one_name_that_is_another_in_its_place(tmp_path: Path, name: str) -> None:
    path = FORMATS[name](tmp_path / name, arrays(["fc0", "fc1", "other", "fc3"], row()))
    assert agree(archspec.read_checkpoint(row(), path), row())


def test_without_an_order_what_is_left_over_is_taken_only_when_asked(tmp_path: Path) -> None:
    given = arrays(["fc0", "fc1", "other", "fc3"], row())
    path = FORMATS["sorted.safetensors"](tmp_path / "w.safetensors", given)
    with pytest.raises(archspec.WeightsError, match=r"(?s)maybe by chance.*\n  fc2: other\n.*by_order=True"):
        archspec.read_checkpoint(row(), path)
    with pytest.warns(CheckpointWarning, match=r"(?s)maybe by chance.*\n  fc2: other"):
        assert agree(archspec.read_checkpoint(row(), path, by_order=True), row())


def test_what_shapes_tell_needs_no_order(tmp_path: Path) -> None:
    network = row((4, 5, 6, 7))
    names = ["d", "c", "b", "a"]
    shuffled = dict(sorted(arrays(names, network).items(), reverse=True))
    assert agree(archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", shuffled)), network)


def test_an_order_that_is_none_of_execution_is_said(tmp_path: Path) -> None:
    network = row((3, 3, 5, 6))
    given = arrays(["x", "a", "b", "c"], network)
    late = {name: given[name] for name in sorted(given, key=lambda name: (name[0] != "c", name[0] == "x"))}
    with pytest.raises(archspec.WeightsError, match="in no order in which the network could run"):
        archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", late), by_order=True)


@pytest.mark.parametrize(
    ("layers", "kinds", "counted", "doubtful"),
    [
        # Numbers count for the layers of one name; the others' places follow from them.
        ("conv1 bn1 conv2 bn2 fc", "abcbd", {1, 3}, set()),
        ("conv1 bn1 conv2 bn2 fc", "ababc", {0, 1, 2, 3}, set()),
        # A module runs as a whole: that norm is not the first of the body's.
        ("stem norm body.0.conv body.0.norm head", "abcbd", set(), set()),
        ("left.conv left.norm right.conv right.norm", "abab", set(), {0, 1, 2, 3}),
        ("left.conv left.norm right.conv right.norm", "abac", set(), set()),
        # Modules of other lengths may change places, too.
        ("both.first both.second one two", "abab", set(), {0, 1, 2, 3}),
        ("one.a two one.b", "aaa", set(), {0, 1, 2}),
        ("fc1 fc3 fc2", "aaa", set(), {0, 1, 2}),
        ("", "a", set(), set()),
    ],
)
def test_which_layers_could_change_places(layers: str, kinds: str, counted: set[int], doubtful: set[int]) -> None:
    found = unproved(layers.split(" "), list(map(ord, kinds)))
    assert (found.counted, found.doubtful) == (counted, doubtful)


def test_many_layers_take_no_longer_than_a_few() -> None:
    count = 4 * MOST_PARTS
    for names, counted in ((range(count), False), ([f"fc{index}" for index in range(count)], True)):
        found = unproved(list(map(str, names)), [0] * count)
        assert found.counted == (frozenset(range(count)) if counted else frozenset())
        assert not found.doubtful
    words = [f"{chr(97 + index % 26)}{'x' * (index // 26)}" for index in range(count)]
    assert len(unproved(words, [0] * count).doubtful) == count
    assert len(unproved(words[:MOST_PARTS], [0] * MOST_PARTS).doubtful) == MOST_PARTS


def test_many_layers_alike_against_few_are_given_up_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted are the pairs and the states that are looked at; without bounds they are thousands for each."""
    pairs = Mock(side_effect=fitting.pair)
    monkeypatch.setattr(fitting, "pair", pairs)
    states = Mock(side_effect=alignment.choices)
    monkeypatch.setattr(alignment, "choices", states)
    arrays = {f"l{index}.weight": Stored((3, 3), "float32", no_elements) for index in range(2000)}
    arrays |= {f"l{index}.bias": Stored((3,), "float32", no_elements) for index in range(2000)}
    found = match(row((3,) * 100).graph, Checkpoint(Path("w.pth"), "torch", arrays, "definition"))
    assert not found.matches
    assert len(found.ambiguous) == 2000
    assert pairs.call_count < 1000
    assert states.call_args.kwargs["most"] < 100


def test_a_modules_own_parameters_may_be_used_last() -> None:
    layers = ["stem", "blocks.0", "blocks.0.conv", "blocks.0.fc", "blocks.1", "blocks.1.conv", "head"]
    assert [layers[place] for place in parameters_last(layers)] == [
        "stem",
        "blocks.0.conv",
        "blocks.0.fc",
        "blocks.0",
        "blocks.1.conv",
        "blocks.1",
        "head",
    ]
