"""The outer form of a document, as pydantic models: the keys and their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from archspec.source import EMPTY
from archspec.spec.computed import no_value
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import closest

VERSION = 1
"""The version of the language that this archspec reads."""

MOST_ENTRIES = 1000
"""The largest number of params, variants, inputs, blocks or stages; each variant is a network to be checked."""

MOST_BLOCK_INPUTS = 100
"""The largest number of a block's inputs."""

Named = Annotated[dict[Any, Any], Field(max_length=MOST_ENTRIES)]
"""A mapping with names for keys."""


class Envelope(BaseModel):
    """A document. Layers and other values with expressions have their own readers."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    archspec: int = VERSION
    name: str | None = None
    class_name: str | None = None
    description: str | None = None
    source: str | None = None
    params: Named | None = None
    meanings: Named | None = None
    requires: Named | None = None
    variants: Named | None = None
    inputs: Named | None = None
    defaults: Named | None = None
    blocks: Named | None = None
    layers: Any = None
    outputs: Any = None
    stages: Named | None = None
    preprocessing: Named | None = None
    names: Named | None = None


class BlockEnvelope(BaseModel):
    """A block."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    description: str | None = None
    inputs: Annotated[list[Any], Field(min_length=1, max_length=MOST_BLOCK_INPUTS)] | None = None
    params: Named | None = None
    layers: Any = None


class InputEnvelope(BaseModel):
    """A network's input, in the long form."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    shape: Any = None
    dtype: Any = "float32"


class PreprocessingEnvelope(BaseModel):
    """The preprocessing of images for existing weights."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    weights: str | None = None
    range: Any = None
    channels: Any = None
    mean: Any = None
    std: Any = None
    variants: Named | None = None


class NamesEnvelope(BaseModel):
    """A third party's names for layers."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    values: Named | None = None
    layers: Named | None = None
    networks: Any = None
    signs: Named | None = None


class TheirNetworkEnvelope(BaseModel):
    """A third party's network with another function than the document's."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    name: str | None = None
    differs: str | None = None
    network: str | None = None
    params: Named | None = None


class SignEnvelope(BaseModel):
    """A value in a third party's files that belongs to other params."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    value: Any = None
    says: str | None = None
    params: Named | None = None


class InputLayerEnvelope(BaseModel):
    """Keras's Input or InputLayer, as the first of the layers."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    layer_type: Any = None
    name: str | None = None
    shape: Any = None
    input_shape: Any = None
    batch_shape: Any = None
    batch_input_shape: Any = None
    dtype: Any = "float32"
    batch_size: Any = None
    sparse: Any = False
    ragged: Any = False
    optional: Any = False


Model = TypeVar(
    "Model",
    Envelope,
    BlockEnvelope,
    InputEnvelope,
    InputLayerEnvelope,
    NamesEnvelope,
    PreprocessingEnvelope,
    SignEnvelope,
    TheirNetworkEnvelope,
)


@dataclass(frozen=True, slots=True)
class Entries(Generic[Model]):
    """The entries of a mapping. `spelt` are the keys as they are written, by the keys that they mean."""

    values: Model
    place: Place
    spelt: Mapping[str, str]

    def inside(self, key: str) -> Place:
        """The place of a key's value."""
        return self.place.inside(self.spelt.get(key, key))

    def refused(self, key: str) -> bool:
        """Whether the key has a wrong value, which was reported."""
        return key in self.spelt and key not in self.values.model_fields_set


def read_envelope(model: type[Model], value: Mapping[str, object], place: Place, report: Report) -> Entries[Model]:
    """The entries of this mapping. Unknown keys and wrong values are reported and left out.

    A misspelt key is reported and read under its right name, because leaving it out would cause more faults.
    """
    spelt = _spellings(model, value, place, report)
    entries = {key: value[written] for key, written in spelt.items() if value[written] is not EMPTY}
    for key in spelt.keys() - entries.keys():
        examples = _EXAMPLES if model is Envelope else {}
        report.add(no_value(place.inside(spelt[key]), examples.get(key, "write its value, or leave it out")))
    try:
        return Entries(model.model_validate(entries), place, spelt)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    for found in errors:
        _explain(found, place, spelt, report)
    wrong = {found["loc"][0] for found in errors}
    kept = {key: entry for key, entry in entries.items() if key not in wrong}
    return Entries(model.model_validate(kept), place, spelt)


def _spellings(model: type[BaseModel], value: Mapping[str, object], place: Place, report: Report) -> Mapping[str, str]:
    """The keys by their meanings; unknown and misspelt keys are reported."""
    known = [key for key in model.model_fields if key not in value]
    spelt = {key: key for key in value if key in model.model_fields}
    for key in value:
        if key not in model.model_fields:
            meant = _WORDS.get(str(key)) if model is Envelope else None
            meant = meant if meant in known else closest(str(key), known)
            hint = _PARAMS.get(str(key)) if meant is None else f'did you mean "{meant}"?'
            report.error("unknown-key", f"unknown key `{key}`", place.key(key), hint=hint)
            if meant is not None:
                spelt.setdefault(meant, key)
    return spelt


_WORDS = {
    **dict.fromkeys(("model", "architecture", "network", "modules", "net"), "layers"),
    **dict.fromkeys(("input_shape", "input_size", "input"), "inputs"),
    **dict.fromkeys(("parameters", "config", "hyperparameters"), "params"),
    **dict.fromkeys(("version", "archspec_version"), "archspec"),
    **dict.fromkeys(("output",), "outputs"),
}
"""Other programs' words for a document's keys."""

_PARAMS = dict.fromkeys(
    ("num_classes", "n_classes", "nc", "classes"), "write params: {classes: 10}, and units: $classes"
)
"""Advice about what is a param here."""


_KINDS = {"string_type": "a text", "dict_type": "a mapping", "int_type": "a whole number", "list_type": "a list"}


_EXAMPLES = {
    "params": "write params: {width: 64}",
    "variants": "write variants: {small: {width: 32}, large: {width: 128}}",
    "inputs": "write inputs: {image: [224, 224, 3]}",
    "defaults": "write defaults: {Conv2D: {use_bias: false}}",
    "blocks": "write blocks: {Block: {params: {filters: required}, layers: [...]}}",
    "requires": "write requires: {depth is 6n + 2: $(depth % 6 == 2)}",
    "meanings": "write meanings: {width: channels of the first stage}",
    "stages": "write stages: {stride4: layer1, stride8: layer2}",
    "names": "write names: {timm: {layers: {fc: head.fc}}}",
    "preprocessing": "write preprocessing: {weights: torchvision, mean: [0.485, 0.456, 0.406], "
    "std: [0.229, 0.224, 0.225]}",
}


def _explain(error: ErrorDetails, place: Place, spelt: Mapping[str, str], report: Report) -> None:
    key = str(error["loc"][0])
    where = place.inside(spelt[key]).where
    if error["type"] == "too_long":
        message = f"`{key}` has {len(error['input']):,} entries, and at most {error['ctx']['max_length']:,} are read"
        report.error("too-large", message, where)
    elif error["type"] == "too_short":
        report.error("wrong-value", f"`{key}` is empty", where, hint="leave it out")
    else:
        message = f"`{key}` must be {_KINDS[error['type']]}, not {describe(error['input'])}"
        report.error("wrong-type", message, where, hint=_EXAMPLES.get(key) if error["type"] == "dict_type" else None)
