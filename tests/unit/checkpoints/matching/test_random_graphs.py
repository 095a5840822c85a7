"""Networks that nobody designed, saved by Keras under other names: the graph finds every weight."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archspec
from archspec.backend import find_backend
from tests.marks import slow_but

keras = pytest.importorskip("keras")
pytest.importorskip("h5py")

Entry = dict[str, Any]

WIDTH = 4

KINDS = ["Dense", "Dense", "Dense", "BatchNormalization", "Add", "Subtract", "ReLU", "Tanh"]


@st.composite
def wirings(draw: st.DrawFn) -> list[Entry]:
    """Layers of one width, of which most have equal shapes; each reads any earlier ones."""
    found: list[Entry] = []
    values = ["x"]
    for index in range(draw(st.integers(3, 14))):
        kind = draw(
            st.sampled_from(["Dense", "Dense", "Dense", "BatchNormalization", "Add", "Subtract", "ReLU", "Tanh"])
        )
        name, near = f"n{index}", st.sampled_from(values[-4:])
        entry: Entry = {"name": name, "layer_type": kind}
        if kind in {"Add", "Subtract"}:
            entry["inputs"] = [draw(near), draw(near)]
        else:
            entry["inputs"] = draw(near)
        shared = [each["name"] for each in found if each["layer_type"] == "Dense"]
        if kind == "Dense" and shared and draw(st.integers(0, 3)) == 0:
            entry = {
                "name": name,
                "layer_type": "Reuse",
                "layer": draw(st.sampled_from(shared)),
                "inputs": entry["inputs"],
            }
        elif kind == "Dense":
            entry["units"] = WIDTH
        found.append(entry)
        values.append(name)
    read = {each for entry in found for each in _reads(entry)}
    ends = [each["name"] for each in found if each["name"] not in read]
    if len(ends) > 1:
        found.append({"name": "end", "layer_type": draw(st.sampled_from(["Add", "Concatenate"])), "inputs": ends})
    return found


def _reads(entry: Entry) -> list[str]:
    return entry["inputs"] if isinstance(entry["inputs"], list) else [entry["inputs"]]


def shuffled(entries: list[Entry], draw: Any) -> list[Entry]:
    """The same layers under other names, in another order in which they can run; sums with other orders of inputs."""
    left, done, found = list(entries), {"x"}, []
    while left:
        ready = [each for each in left if {*_reads(each), each.get("layer", "x")} <= done]
        chosen = draw.choice(ready)
        left.remove(chosen)
        done.add(chosen["name"])
        found.append(chosen)
    names = {"x": "x"} | {each["name"]: f"z{index}" for index, each in enumerate(found)}
    return [_renamed(each, names, draw) for each in found]


def _renamed(entry: Entry, names: dict[str, str], draw: Any) -> Entry:
    reads = [names[each] for each in _reads(entry)]
    if entry["layer_type"] == "Add":
        draw.shuffle(reads)
    changed = {**entry, "name": names[entry["name"]], "inputs": reads if len(reads) > 1 else reads[0]}
    return changed | ({"layer": names[entry["layer"]]} if "layer" in entry else {})


@pytest.mark.parametrize("number", slow_but([8], [8, 25]))
def test_every_weight_is_found(number: int) -> None:
    quiet = settings(max_examples=number, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    quiet(given(wirings(), st.randoms(use_true_random=False))(find_every_weight))()


def find_every_weight(entries: list[Entry], draw: Any) -> None:
    theirs = archspec.load({"inputs": {"x": [WIDTH]}, "layers": entries, "outputs": [entries[-1]["name"]]})
    other = shuffled(entries, draw)
    last = next(each["name"] for each in other if not any(each["name"] in _reads(entry) for entry in other))
    ours = archspec.load({"inputs": {"x": [WIDTH]}, "layers": other, "outputs": [last]})
    weights = {
        name: np.random.default_rng(index).uniform(0.5, 1.5, array.shape) / 4
        for index, (name, array) in enumerate(theirs.weights().items())
    }
    model = theirs.compile("tensorflow", weights=weights, dtype="float64")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.keras"
        model.save(path)
        found = archspec.read_checkpoint(ours, path)
        assert {each.how for each in found.matching.matches} <= {"graph"}
        assert not found.matching.differences
        image = np.random.default_rng(1).normal(size=(3, WIDTH))
        compiled = ours.compile("tensorflow", weights=found, dtype="float64")
        run = find_backend("tensorflow").run
        (mine,), (expected,) = (
            run(network.graph, each, {"x": image}).values() for network, each in ((ours, compiled), (theirs, model))
        )
    np.testing.assert_allclose(mine, expected, rtol=1e-10, atol=1e-12)
