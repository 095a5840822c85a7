"""Which tensor is which weight: by name, by hand, by order; and what is left is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import layout_for
from tests.unit.checkpoints.networks import Array, branches, mixed, weights_of, write


def native(network: archspec.Network, weights: dict[str, Array]) -> dict[str, Array]:
    """The weights with PyTorch's names and layouts."""
    layout = layout_for(network.graph, "torch").weights
    return {weight.names[0]: weight.move_to_native(weights[weight.canonical]) for weight in layout}


def renamed(arrays: dict[str, Array]) -> dict[str, Array]:
    """The same with names that say nothing and do not sort as they stand."""
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in arrays))
    return {f"z{99 - layers.index(name.rpartition('.')[0])}.{name.rpartition('.')[2]}": a for name, a in arrays.items()}


def same(found: Any, weights: dict[str, Array]) -> bool:
    return found.keys() == weights.keys() and all(found[n].tobytes() == a.tobytes() for n, a in weights.items())


def hows(found: Any) -> set[str]:
    return {match.how for match in found.matching.matches}


@pytest.mark.parametrize("wrapper", ["", "module.", "model.", "model.module.", "_orig_mod."])
def test_names_of_the_model_in_wrappers(tmp_path: Path, wrapper: str) -> None:
    network, weights = mixed(), weights_of(mixed())
    arrays = {wrapper + name: array for name, array in native(network, weights).items()}
    found = archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", arrays))
    assert same(found, weights)
    assert hows(found) == {"name"}


@pytest.mark.parametrize("nest", [("state_dict",), ("model",), ("model", "state_dict")])
def test_nested_state_dicts(tmp_path: Path, nest: tuple[str, ...]) -> None:
    torch = pytest.importorskip("torch")
    network, weights = mixed(), weights_of(mixed())
    saved: Any = {name: torch.from_numpy(array.copy()) for name, array in native(network, weights).items()}
    for word in reversed(nest):
        saved = {"epoch": 3, "best": torch.tensor(0.5), word: saved}
    torch.save(saved, tmp_path / "w.pth")
    assert same(archspec.read_checkpoint(network, tmp_path / "w.pth"), weights)


def test_other_names_in_a_row_are_found_by_order(tmp_path: Path) -> None:
    network, weights = mixed(), weights_of(mixed())
    found = archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", renamed(native(network, weights))))
    assert same(found, weights)
    assert hows(found) == {"order"}


def test_a_file_sorted_by_name_says_nothing_by_its_order(tmp_path: Path) -> None:
    layers = [{"name": f"fc{index}", "layer_type": "Dense", "units": 3} for index in range(12)]
    network = archspec.load({"archspec": 1, "name": "row", "inputs": {"x": [3]}, "layers": layers})
    arrays = {name.replace("fc", "l"): array for name, array in native(network, weights_of(network)).items()}
    with pytest.raises(archspec.WeightsError, match=r"l10 is one of fc0, fc1, "):
        archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", dict(sorted(arrays.items()))))


def test_branches_alike_are_not_guessed_and_a_map_settles_them(tmp_path: Path) -> None:
    network = branches()
    weights = weights_of(network)
    path = write(tmp_path / "w.safetensors", renamed(native(network, weights)))
    with pytest.raises(archspec.WeightsError) as caught:
        archspec.read_checkpoint(network, path)
    text = str(caught.value)
    assert "z99 is one of left, right" in text
    assert "z98 is one of left, right" in text
    assert "left:kernel 4 x 3 x 1 x 1" in text
    assert "z98.bias 4 float32" in text
    assert "z97" not in text
    assert same(archspec.read_checkpoint(network, path, names={"left": "z99"}), weights)
    swapped = archspec.read_checkpoint(network, path, names={"left:kernel": "z98.weight", "left.bias": "z98.bias"})
    assert swapped["left:kernel"].tobytes() == weights["right:kernel"].tobytes()
    assert {match.how for match in swapped.matching.matches} == {"map", "order"}


def test_branches_that_shapes_tell_apart_may_come_in_any_order(tmp_path: Path) -> None:
    network = branches(widths=(4, 5))
    weights = weights_of(network)
    arrays = renamed(native(network, weights))
    moved = {name: arrays[name] for name in sorted(arrays, key=lambda name: name[:3] != "z98")}
    assert same(archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", moved)), weights)


def test_what_is_left_on_both_sides_is_listed(tmp_path: Path) -> None:
    network = mixed()
    arrays = native(network, weights_of(network))
    arrays["head.weight"] = arrays.pop("fc2.weight")
    arrays["extra.weight"] = np.ones((7, 7), np.float32)
    with pytest.raises(archspec.WeightsError) as caught:
        archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", arrays))
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("w.safetensors does not fit mixed")
    assert "  extra.weight 7 x 7 float32" in lines
    assert len(lines) == 4


def test_another_shape_under_the_same_name_is_an_error(tmp_path: Path) -> None:
    network = mixed()
    arrays = native(network, weights_of(network))
    arrays["fc2.weight"] = np.ones((5, 4), np.float32)
    with pytest.raises(archspec.WeightsError, match=r"fc2:kernel is 4 x 5 floating-point, and fc2\.weight is 5 x 4"):
        archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", arrays))


def test_weights_are_floating_point(tmp_path: Path) -> None:
    network = mixed()
    arrays = native(network, weights_of(network))
    arrays["fc2.weight"] = np.ones((4, 5), np.int8)
    with pytest.raises(archspec.WeightsError, match=r"fc2:kernel is 4 x 5 floating-point, and fc2\.weight is .* int8"):
        archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", arrays))


def test_only_what_matches(tmp_path: Path) -> None:
    network = mixed()
    weights = weights_of(network)
    arrays = native(network, weights)
    arrays["fc2.weight"] = np.ones((9, 5), np.float32)
    del arrays["fc2.bias"]
    path = write(tmp_path / "w.safetensors", arrays)
    found = archspec.read_checkpoint(network, path, only_matching=True, seed=3)
    assert found.initial == ("fc2:kernel", "fc2:bias")
    assert found["fc2:kernel"].tobytes() == network.weights(3)["fc2:kernel"].tobytes()
    assert found["fc1:kernel"].tobytes() == weights["fc1:kernel"].tobytes()
    with pytest.raises(archspec.WeightsError, match="has nothing for branches"):
        archspec.read_checkpoint(branches(), path, only_matching=True)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"nothing": "z99"}, "the network has no weight or layer nothing"),
        ({"stem": "nothing"}, "the file has no tensor or layer nothing"),
        ({"stem": "z99.weight"}, r"one of stem and z99\.weight is a layer"),
        ({"stem": "z98"}, "the tensors of z98 are not those of this layer"),
        ({"stem": "z99", "stem:kernel": "z99.weight"}, "another line says"),
        ({"nothing": "z99", "stem": "nothing"}, "(?s)the network has no weight.*the file has no tensor"),
        ({f"nothing{n}": "z99" for n in range(20)}, "and 8 more"),
    ],
)
def test_maps_that_cannot_be(tmp_path: Path, names: dict[str, str], said: str) -> None:
    network = mixed()
    path = write(tmp_path / "w.safetensors", renamed(native(network, weights_of(network))))
    with pytest.raises(archspec.WeightsError, match=said):
        archspec.read_checkpoint(network, path, names=names)
