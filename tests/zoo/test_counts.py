"""Parameters of the zoo's networks: the published figures, and the rows of the documents that the zoo began from.

A family's figures are in figures/, in a file of its spec's name: `total` as Keras counts, with the statistics of batch
normalisation, and `trainable` as `sum(p.numel() for p in model.parameters())` in PyTorch. What the compiler counts is
read from the zoo's index, of which tests/docs holds that it is true.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from archspec.catalogue import summaries
from archspec.zoo import networks

FILES = sorted(Path(__file__).parent.glob("figures/*.toml"))
COUNTED = {summary.name: summary for summary in summaries()}
FIGURES = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in FILES}


@pytest.mark.parametrize("name", [name for figures in FIGURES.values() for name in figures])
def test_has_the_published_parameters(name: str) -> None:
    (figures,) = (family[name] for family in FIGURES.values() if name in family)
    assert {"trainable"} <= figures.keys() <= {"total", "trainable"}
    assert {"total": COUNTED[name].parameters, "trainable": COUNTED[name].trainable}.items() >= figures.items()


def test_every_network_has_its_figure() -> None:
    zoo: dict[str, set[str]] = {}
    for network in networks():
        zoo.setdefault(network.path.stem, set()).add(network.name)
    assert {family: set(figures) for family, figures in FIGURES.items()} == zoo
