"""The folder for the Hub: it loads as its card shows, and the card says what the spec says and nothing more."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import archspec

torch = pytest.importorskip("torch")

SPEC = {
    "archspec": 1,
    "name": "small-net",
    "description": "# Not a heading <script> [x](y)",
    "source": "Nobody 2020",
    "inputs": {"image": [6, 5, 2]},
    "layers": [
        {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3},
        {"layer_type": "GlobalAveragePooling2D"},
        {"name": "fc", "layer_type": "Dense", "units": 3},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert archspec.export(archspec.load(SPEC), "hub-folder", tmp_path / "hub").passed
    return tmp_path / "hub"


def test_the_files(folder: Path) -> None:
    names = {"model.safetensors", "config.json", "README.md", "modeling_small_net.py"}
    assert {path.name for path in folder.iterdir()} == names
    assert len({path.stat().st_mode for path in folder.iterdir()}) == 1
    config = json.loads((folder / "config.json").read_text())
    assert config == {
        "network": "small-net",
        "model_class": "SmallNet",
        "inputs": {"image": [6, 5, 2]},
        "outputs": {"fc": [3]},
    }


def test_the_card_has_the_figures_and_the_text_of_the_spec_as_plain_words(folder: Path) -> None:
    card = (folder / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: pytorch\n")
    assert r"\# Not a heading \<script\> \[x\](y)" in card
    assert "91 parameters. Inputs: `image` (batch, 2, 6, 5). Outputs: `fc` (batch, 3)." in card
    assert re.search(r"\| `fc` \| \d\.\de-\d\d \| \d\.\de-\d\d \|", card)


def test_it_loads_as_the_card_shows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    block = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert block is not None
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    names: dict[str, object] = {"__name__": "card"}
    try:
        exec(block[1], names)
    finally:
        sys.modules.pop("modeling_small_net", None)
    network = archspec.load(SPEC)
    expected = network.compile("torch", seed=0, device="cpu")
    image = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 2, 6, 5)).astype("float32"))
    np.testing.assert_allclose(names["model"](image).detach(), expected(image).detach(), atol=1e-5)  # type: ignore[operator]
