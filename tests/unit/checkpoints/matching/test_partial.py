"""With `only_matching` all is taken but what truly differs, also where layers are found by their order."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.cli.advice import said
from tests.unit.checkpoints.networks import Array, weights_of, write


def network(*units: int) -> archspec.Network:
    layers = [{"name": f"fc{index}", "layer_type": "Dense", "units": each} for index, each in enumerate(units)]
    return archspec.load({"archspec": 1, "name": "dense", "inputs": {"x": [3]}, "layers": layers})


def saved(path: Path, *units: int) -> tuple[Path, dict[str, Array]]:
    """A file of a network with these units, in which the layers are called 0, 1 and so on; and its tensors."""
    weights = weights_of(network(*units))
    arrays: dict[str, Array] = {}
    for index in range(len(units)):
        arrays[f"{index}.weight"] = weights[f"fc{index}:kernel"].T.copy()
        arrays[f"{index}.bias"] = weights[f"fc{index}:bias"]
    return write(path, arrays), arrays


def taken(found: Any) -> dict[str, str]:
    pairs = {match.weight.canonical: match.tensor for match in found.matching.matches}
    return {name: tensor for name, tensor in pairs.items() if name.endswith(":kernel")}


@pytest.mark.parametrize(
    ("mine", "theirs", "pairs"),
    [
        # Another number of classes.
        ((3, 3, 4, 5), (3, 3, 4, 10), {0: 0, 1: 1, 2: 2}),
        # Another stem.
        ((3, 7, 3, 3), (3, 8, 3, 3), {0: 0, 3: 3}),
        # A layer more in the file, and one less; which of several that are alike it is, nothing says.
        ((3, 4, 5), (3, 4, 5, 6), {0: 0, 1: 1, 2: 2}),
        ((4, 4, 5), (4, 5), {0: 0, 2: 1}),
        ((4, 5, 6, 7, 7), (4, 5, 6, 7), {0: 0, 1: 1, 2: 2, 3: 3}),
        ((3, 3, 3, 4), (3, 3, 4), {3: 2}),
        # Layers on both sides that the other has not.
        ((3, 4, 3, 9), (3, 4, 3, 8, 7), {0: 0, 1: 1, 2: 2}),
    ],
)
def test_all_but_what_differs(
    tmp_path: Path, mine: tuple[int, ...], theirs: tuple[int, ...], pairs: dict[int, int]
) -> None:
    path, arrays = saved(tmp_path / "w.safetensors", *theirs)
    found = archspec.read_checkpoint(network(*mine), path, only_matching=True, seed=7)
    assert taken(found) == {f"fc{index}:kernel": f"{place}.weight" for index, place in pairs.items()}
    drawn = network(*mine).weights(7)
    for index in range(len(mine)):
        expected = arrays[f"{pairs[index]}.weight"].T if index in pairs else drawn[f"fc{index}:kernel"]
        assert np.array_equal(found[f"fc{index}:kernel"], expected)
    assert found.initial == tuple(name for name in drawn if int(name[2]) not in pairs)
    assert found.matching.unused == tuple(name for name in arrays if int(name[0]) not in pairs.values())


def test_the_error_lists_what_differs_and_nothing_else(tmp_path: Path) -> None:
    path, _ = saved(tmp_path / "w.safetensors", 3, 3, 4, 10)
    with pytest.raises(archspec.WeightsError) as caught:
        archspec.read_checkpoint(network(3, 3, 4, 5), path)
    assert str(caught.value).splitlines()[1:7] == [
        "weights of the network that were not found:",
        "  fc3:kernel 5 x 4",
        "  fc3:bias 5",
        "tensors that are left over:",
        "  3.weight 10 x 4 float32",
        "  3.bias 10 float32",
    ]
    assert str(caught.value).endswith("only what matches can be taken, too (only_matching=True)")


def test_of_another_networks_file_the_error_has_the_numbers_and_the_first_few(tmp_path: Path) -> None:
    path, _ = saved(tmp_path / "w.safetensors", *range(20, 40))
    with pytest.raises(archspec.WeightsError) as caught:
        archspec.read_checkpoint(network(*range(2, 18)), path)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("does not fit dense: 32 of its 32 weights were not found, and 40 tensors are left over")
    assert lines[1:4] == [
        "both part at their beginning:",
        "  the network continues with fc0 (Dense), kernel 2 x 3, bias 2",
        "  the file continues with 0, weight 20 x 3, bias 20",
    ]
    assert len(lines) < 8
    assert lines[-1] == "the command `archspec weights show` lists all"
    assert said(caught.value).endswith("`archspec weights show FILE --network SPEC --json` lists all")


def test_layers_that_share_no_order_are_not_taken(tmp_path: Path) -> None:
    """One layer of another network may have a shape of this one; it comes after what it would come before."""
    path, _ = saved(tmp_path / "w.safetensors", 5, 3, 4)
    with pytest.raises(archspec.WeightsError, match="has nothing for dense\nthe file has its layers in no order"):
        archspec.read_checkpoint(network(4, 3, 5), path, only_matching=True)


@pytest.mark.parametrize("kind", ["model.weights.h5", "model.keras", "model.h5"])
def test_an_auto_named_keras_network_with_another_head(tmp_path: Path, kind: str) -> None:
    keras = pytest.importorskip("keras")
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3)(image)
    x = keras.layers.Conv2D(4, 3)(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, keras.layers.Dense(10)(keras.layers.Dense(4)(x)))
    model.save_weights(tmp_path / kind) if kind.endswith(".weights.h5") else model.save(tmp_path / kind)
    convolution = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3}
    layers = [{"name": "a", **convolution}, {"name": "b", **convolution}, {"layer_type": "GlobalAveragePooling2D"}]
    layers += [{"name": "c", "layer_type": "Dense", "units": 4}, {"name": "d", "layer_type": "Dense", "units": 5}]
    mine = archspec.load({"archspec": 1, "name": "mine", "inputs": {"image": [8, 8, 3]}, "layers": layers})
    found = archspec.read_checkpoint(mine, tmp_path / kind, only_matching=True)
    assert found.initial == ("d:kernel", "d:bias")
    expected = [np.asarray(array) for array in model.get_weights()[:6]]
    assert [found[name].tobytes() for name in list(found)[:6]] == [array.tobytes() for array in expected]


@pytest.mark.filterwarnings("ignore::archspec.checkpoints.messages.CheckpointWarning")
def test_a_timm_efficientnet_with_other_classes(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if find_spec("timm") is None:
        pytest.skip("timm is not installed")
    from tests.peers.torchvision_peer import torchvision

    torchvision()  # timm imports it
    from timm import create_model

    network = archspec.load("efficientnet_b0")
    matches = []
    for classes in (1000, 10):
        torch.save(create_model("efficientnet_b0", num_classes=classes).state_dict(), tmp_path / "w.pth")
        found = archspec.read_checkpoint(network, tmp_path / "w.pth", only_matching=classes == 10)
        matches.append({match.weight.canonical: match.tensor for match in found.matching.matches})
    assert found.initial == ("classifier.1:kernel", "classifier.1:bias")
    assert [match.tensor for match in found.matching.unfit] == ["classifier.weight", "classifier.bias"]
    whole, part = matches
    assert part == {name: tensor for name, tensor in whole.items() if name not in found.initial}
    assert part["features.1.0.block.0.0:kernel"] == "blocks.0.0.conv_dw.weight"
