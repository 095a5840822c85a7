"""The network's input in the first layer of a list, as in Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archspec.spec.common import CHECKS
from archspec.spec.elsewhere import INPUT_SHAPES
from archspec.spec.envelope import Entries, InputLayerEnvelope, read_envelope
from archspec.spec.inputs import DEFAULT_INPUT, InputSpec, check_dtype, read_shape, unknown_input
from archspec.spec.names import NAME_HINT, is_name, not_a_name
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import closest
from archspec.spec.vocabulary import INPUT_LAYERS

BATCHED: Mapping[str, bool] = {
    "shape": False,
    "input_shape": False,
    "batch_shape": True,
    "batch_input_shape": True,
}
"""The words for a shape, and whether it begins with the batch; layers that compute have the two longer words."""


@dataclass(frozen=True, slots=True)
class FirstLayer:
    """The inputs that the first layer declares, None if it declares none, and the remaining layers.

    `skipped` is the number of layers before these in the list.
    """

    inputs: Mapping[str, InputSpec] | None
    layers: object
    skipped: int = 0


def take_input(layers: object, place: Place, report: Report) -> FirstLayer:
    """The declaration of the first of these `layers`; `place` is the list's."""
    if not isinstance(layers, list | tuple) or not layers or not isinstance(layers[0], dict):
        return FirstLayer(None, layers)
    first, *others = layers
    if str(first.get("layer_type")).rpartition(".")[2] in INPUT_LAYERS:
        return FirstLayer(_input_layer(first, place.inside(0), report), others, 1)
    given = [word for word in INPUT_SHAPES if word in first]
    if not given:
        misspelt = closest("input_shape", map(str, first)) is not None
        return FirstLayer(unknown_input(place) if misspelt else None, layers)
    spec = _shape(given, first, place.inside(0), report)
    rest = {key: value for key, value in first.items() if key not in INPUT_SHAPES}
    return FirstLayer({DEFAULT_INPUT: spec}, [rest, *others])


def _input_layer(value: Mapping[str, object], place: Place, report: Report) -> Mapping[str, InputSpec]:
    """The declaration of Keras's Input or InputLayer."""
    own = _without_common(value, place, report)
    entries = read_envelope(InputLayerEnvelope, own, place, report)
    check_dtype(entries.values.dtype, entries.inside("dtype"), report)
    _check_ordinary(entries, report)
    name = entries.values.name
    if name is not None and not is_name(name):
        report.error("not-a-name", not_a_name(name), entries.inside("name").where, hint=NAME_HINT)
    given = [word for word in BATCHED if word in entries.spelt]
    if not given:
        message = "this layer has no `shape`"
        report.error("missing-attribute", message, place.where, hint="write shape: [224, 224, 3]")
        return unknown_input(place)
    shapes = {word: value[entries.spelt[word]] for word in given}
    return {name or DEFAULT_INPUT: _shape(given, shapes, place, report, entries.spelt)}


def _without_common(value: Mapping[str, object], place: Place, report: Report) -> Mapping[str, object]:
    """The attributes without the keys of other layers, such as `inputs` and `repeat`, which are reported."""
    strange = [key for key in value if key in CHECKS and key not in InputLayerEnvelope.model_fields]
    for key in strange:
        message = f"an Input reads nothing and stands there once, so it has no `{key}`"
        report.error("unknown-key", message, place.key(key), hint="leave it out")
    return {key: entry for key, entry in value.items() if key not in strange}


def _check_ordinary(entries: Entries[InputLayerEnvelope], report: Report) -> None:
    """Reports properties of Keras's inputs that archspec lacks: sparse, ragged, optional, of a fixed batch."""
    for key in ("batch_size", "sparse", "ragged", "optional"):
        if getattr(entries.values, key) not in (None, False):
            message = f"a network of archspec reads ordinary values, so it has no `{key}`"
            report.error("wrong-value", message, entries.inside(key).where, hint="leave it out")


def _shape(
    given: Sequence[str],
    values: Mapping[str, object],
    place: Place,
    report: Report,
    spelt: Mapping[str, str] | None = None,
) -> InputSpec:
    """The input of the shape under the first of the `given` words; further words are reported."""
    word, *others = given
    written = spelt or {}
    for other in others:
        message = f"`{other}` is another word for `{word}`, and both are given"
        report.error("duplicate-key", message, place.key(written.get(other, other)))
    return read_shape(values[word], place.inside(written.get(word, word)), report, batched=BATCHED[word])
