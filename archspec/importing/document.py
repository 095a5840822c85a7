"""The document for a model: flat, with the file's names, wiring and attributes.

An inner model with one input and one output is a named group, and its second call a `Reuse` of the group. Others are
written out, with the model's name before their layers' names. `inputs` are left out where a layer reads the layer
before. Layers on which no output depends are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archspec.checkpoints.model import INPUTS, FileCall, FileLayer, FileMember, FileModel, FileValue
from archspec.importing.attributes import kept
from archspec.importing.dead import Use, live
from archspec.importing.names import Names
from archspec.importing.refusal import ModelError
from archspec.ir import CompositeLayer
from archspec.ir import Layer as LanguageLayer
from archspec.layers import layer_types
from archspec.spec.common import INPUT
from archspec.spec.names import is_variant_name

_MOST = 20_000
"""The largest number of layers of a document."""

Layer = dict[str, Any]


def document_of(model: FileModel, source: str) -> tuple[dict[str, Any], list[str]]:
    """The document, and the names of layers that are left out; `source` is its line about the origin."""
    scope = _Scope(Names(), _Count())
    inputs = [scope.names.input(each.name) for each in model.inputs]
    shapes = {name: each.shape for name, each in zip(inputs, model.inputs, strict=True)}
    outputs = scope.calls(model, inputs, "", {})
    document: dict[str, Any] = {"archspec": 1}
    if is_variant_name(model.name):
        document["name"] = model.name
    document["source"] = source
    if all(shape is not None for shape in shapes.values()):
        document["inputs"] = {name: list(shape or ()) for name, shape in shapes.items()}
    elif len(shapes) > 1:
        raise ModelError(f"{source}: it has several inputs, and not the shape of each")
    for index, value in enumerate(outputs):
        if value in shapes:
            outputs[index] = scope.add("output", {"layer_type": "Linear"}, [value])
    document["layers"], outputs = scope.written(inputs[0] if len(inputs) == 1 else None, outputs)
    if outputs != [each["name"] for each in document["layers"][-1:]]:
        named = Names()
        document["outputs"] = {named.input(value): value for value in outputs}
        if all(name == value for name, value in document["outputs"].items()):
            document["outputs"] = outputs
    return document, scope.left_out


class _Count:
    """Counts the layers of a document: models in models can have very many."""

    def __init__(self) -> None:
        self._left = _MOST

    def one(self) -> None:
        """Raises `ModelError` for too many."""
        self._left -= 1
        if self._left < 0:
            raise ModelError(
                f"the model has more than {_MOST:,} layers, with those of inner models in each of their uses"
            )


@dataclass(slots=True)
class _Scope:
    """The layers of a list; `left_out` are those on which no output depends, with those in groups."""

    names: Names
    count: _Count
    uses: list[Use] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, name: str, entry: Mapping[str, Any], reads: Sequence[str]) -> str:
        """Adds a layer, and returns its name."""
        self.count.one()
        own = self.names.layer(name)
        self.uses.append(Use(own, entry, tuple(reads)))
        return own

    def written(self, first: str | None, outputs: Sequence[str]) -> tuple[list[Layer], list[str]]:
        """The entries, the first of which reads `first` unless it says otherwise, and the names of the outputs."""
        found = live(self.uses, outputs)
        self.left_out += found.left_out
        entries: list[Layer] = []
        last = first
        for name, entry, reads in found.uses:
            wiring = {} if [*reads] == [last] else {"inputs": reads[0] if len(reads) == 1 else [*reads]}
            kind = {"layer_type": entry["layer_type"]} if "layer_type" in entry else {}
            rest = {key: entry[key] for key in entry if key != "layer_type"}
            entries.append({"name": name, **kind, **wiring, **rest})
            last = name
        return entries, found.outputs

    def calls(self, model: FileModel, inputs: Sequence[str], prefix: str, made: dict[str, Any]) -> list[str]:
        """Adds the calls of a model that reads these values; returns its outputs' values.

        `made` are names by members' names, for the members that were used before.
        """
        results: list[list[str]] = []

        def value(each: FileValue) -> str:
            return inputs[each.number] if each.call == INPUTS else results[each.call][each.number]

        for call in model.calls:
            reads = [value(each) for each in call.inputs]
            results.append(self._call(model.members[call.name], call, reads, prefix, made))
        return [value(each) for each in model.outputs]

    def _call(
        self, member: FileMember, call: FileCall, reads: list[str], prefix: str, made: dict[str, Any]
    ) -> list[str]:
        name = f"{prefix}{call.name}"
        if isinstance(member, FileModel) and not member.calls:
            return [reads[each.number] for each in member.outputs]
        if isinstance(member, FileModel) and (len(member.inputs), len(member.outputs)) != (1, 1):
            return self.calls(member, reads, f"{name}_", made.setdefault(call.name, {}))
        if call.name in made and _has_weights(member):
            again = {"layer_type": "Reuse", "layer": made[call.name]}
            return [self.add(name, again, reads)]
        entry = self._group(member, name) if isinstance(member, FileModel) else _entry(member)
        if entry.get("layers") == []:
            return reads
        made[call.name] = self.add(name, entry, reads)
        return [made[call.name]]

    def _group(self, model: FileModel, name: str) -> Layer:
        """The entry of a model with one input and one output."""
        inner = _Scope(Names(), self.count)
        entries, _ = inner.written(INPUT, inner.calls(model, [INPUT], "", {}))
        self.left_out += [f"{name}.{each}" for each in inner.left_out]
        return {"layers": entries}


def _entry(layer: FileLayer) -> Layer:
    return {"layer_type": layer.layer_type, **kept(layer)}


def _has_weights(member: FileMember) -> bool:
    """Whether another call of a layer must say that it is the same layer."""
    if isinstance(member, FileModel):
        return True
    kind = layer_types()[member.layer_type or ""]
    return issubclass(kind, CompositeLayer) or kind.weights is not LanguageLayer.weights
