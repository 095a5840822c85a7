"""A file with several dicts of tensors: which one is taken, how another is, and that it is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from archspec.checkpoints.checkpoint import Checkpoint, ConfiguredLayer
from archspec.checkpoints.choosing import Keys, choose, narrow
from archspec.weights import Stored, WeightsError

FILE = Path("w.pth")


def tensors(*keys: str, shape: tuple[int, ...] = (2,)) -> dict[Keys, Stored]:
    """Tensors under dotted keys; each has a value of its own."""
    return {tuple(key.split(".")): Stored(shape, "float32", lambda: np.zeros(shape)) for key in keys}


@pytest.mark.parametrize(
    ("keys", "taken", "others"),
    [
        (("conv", "fc"), "", ()),
        (("state_dict.conv",), "state_dict", ()),
        (("state_dict_ema.conv", "state_dict.conv"), "state_dict", ("state_dict_ema",)),
        (("model.conv", "model_ema.conv"), "model", ("model_ema",)),
        (("model.state_dict.conv", "state_dict_ema.conv"), "model.state_dict", ("state_dict_ema",)),
        (("generator.conv",), "generator", ()),
        (("models.student.conv",), "models.student", ()),
        (("conv", "ema.conv"), "", ("ema",)),
        (("model.conv", "optimizer.state.0.momentum", "optimizer.state.1.momentum"), "model", ()),
        (("generator.conv", "optim_g.state.0.momentum"), "generator", ()),
    ],
)
def test_the_plain_dict_is_taken(keys: tuple[str, ...], taken: str, others: tuple[str, ...]) -> None:
    checkpoint = choose(FILE, tensors(*keys), None)
    assert (checkpoint.key, checkpoint.others) == (taken, others)
    assert list(checkpoint.tensors) == [
        name for where, _, name in (key.rpartition(".") for key in keys) if where == taken
    ]


def test_a_number_beside_the_weights_is_none_of_them() -> None:
    found = tensors("loss", shape=()) | tensors("generator.conv")
    assert list(choose(FILE, found, None).tensors) == ["conv"]


@pytest.mark.parametrize("keys", [("generator.conv", "discriminator.conv"), ("models.a.conv", "models.b.conv")])
def test_of_several_none_is_guessed(keys: tuple[str, ...]) -> None:
    with pytest.raises(WeightsError) as caught:
        choose(FILE, tensors(*keys), None)
    text = str(caught.value)
    assert "w.pth has several dicts of tensors, and none of them is the plain one" in text
    assert all(f"\n  {key.rpartition('.')[0]}, tensors: 1" in text for key in keys)
    assert text.endswith("key=... takes one of them")


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("generator", ["conv", "up.fc"]),
        ("generator.up", ["fc"]),
        ("state_dict", ["student.conv"]),
        ("state_dict.student", ["conv"]),
    ],
)
def test_a_key_takes_another(key: str, names: list[str]) -> None:
    found = tensors("generator.conv", "generator.up.fc", "generator_ema.conv")
    found |= {("state_dict", "student.conv"): found["generator", "conv"]}
    checkpoint = choose(FILE, found, key)
    assert list(checkpoint.tensors) == names
    assert checkpoint.key == key
    assert "generator_ema" in checkpoint.others


def test_a_key_that_leads_nowhere() -> None:
    with pytest.raises(WeightsError, match=r"nothing under the key 'generato'\ndicts of tensors in it:\n  generator, "):
        choose(FILE, tensors("generator.conv", "discriminator.conv"), "generato")
    with pytest.raises(WeightsError, match="several tensors of one name"):
        choose(FILE, tensors("a.b.c") | {("a", "b.c"): tensors("c")["c",]}, "a")


def test_a_key_is_what_the_names_begin_with_where_there_are_no_dicts() -> None:
    arrays = {f"{name}/0": stored for (name,), stored in tensors("body/conv", "body/fc", "head/fc").items()}
    classes = {"body/conv": "conv", "head/fc": "dense"}
    layers = {name: ConfiguredLayer(word, {}) for name, word in classes.items()}
    checkpoint = Checkpoint(FILE, "tensorflow", arrays, "classes", classes, layers=layers)
    narrowed = narrow(checkpoint, "body")
    assert list(narrowed.tensors) == ["conv/0", "fc/0"]
    assert narrowed.classes == {"conv": "conv"}
    assert {name: layer.kind for name, layer in narrowed.layers.items()} == {"conv": "conv", "head/fc": "dense"}
    assert narrow(checkpoint, None) is checkpoint
    with pytest.raises(WeightsError, match=r"nothing under the key 'tail'$"):
        narrow(checkpoint, "tail")
