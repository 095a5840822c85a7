"""The graph in a model's configuration: functional and sequential models of Keras 2 and 3, and models inside them.

Nothing of the configuration is executed; classes are only names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archspec.checkpoints.keras.fields import Fields, as_list, as_text, refuse
from archspec.checkpoints.keras.operations import is_operation, scaled_sum
from archspec.checkpoints.keras.references import Arguments, Reference, arguments, references
from archspec.checkpoints.keras.schedule import scheduled
from archspec.checkpoints.keras.translation import translated
from archspec.checkpoints.model import INPUTS, FileCall, FileInput, FileLayer, FileMember, FileModel, FileValue

_DEEPEST = 32
_MOST = 100_000
"""Bounds: the nesting of models, and the number of layers or calls in one of them."""

_INPUT = "InputLayer"
_MODELS = frozenset({"Functional", "Model", "Sequential"})
_SHAPES = ("batch_shape", "batch_input_shape", "build_input_shape")
"""Keys for a shape with the batch."""


def graph_in(configuration: object, version: int) -> FileModel:
    """The model in a configuration, which is decoded JSON; `version` is Keras's.

    Raises `WeightsError` for a model that is not made of layers, and for a configuration that contradicts itself.
    """
    return _model(Fields(configuration, "model"), "", version, _DEEPEST)


def is_model(layer: Fields) -> bool:
    """Whether an entry of a list of layers is a model."""
    inner = layer.get("config")
    return isinstance(inner, list) or (isinstance(inner, dict) and isinstance(inner.get("layers"), list))


def _model(model: Fields, name: str, version: int, depth: int) -> FileModel:
    if not depth:
        refuse(model.place, "has models within models without an end")
    if not is_model(model):
        kind = as_text(model.get("class_name"), f"{model.place}.class_name")
        refuse(model.place, f"({kind}) has no list of layers: only its program has the layers of such a class")
    inner = model.get("config")
    # Before 2.2.3 the configuration of a Sequential is the list of its layers, and its name stands beside the list.
    config = Fields({"layers": inner} if isinstance(inner, list) else inner, f"{model.place}.config")
    entries = [Fields(each, f"{config.place}.layers[{index}]") for index, each in enumerate(config.list("layers"))]
    if len(entries) > _MOST:
        refuse(config.place, f"has {len(entries)} layers")
    kind = as_text(model.get("class_name"), f"{model.place}.class_name")
    name = name or str(config.get("name") or model.get("name") or "")
    reading = _Reading(entries, version, depth)
    found = reading.functional(config) if "input_layers" in config.value else reading.sequential(config, model)
    inputs, calls, outputs = found
    return FileModel(name, inputs, reading.members, calls, outputs, "" if kind in _MODELS else kind)


class _Reading:
    """The layers of one model: `members` are its layers and inner models, `inputs` its input layers."""

    def __init__(self, entries: Sequence[Fields], version: int, depth: int) -> None:
        self._entries: dict[str, Fields] = {}
        self.members: dict[str, FileMember] = {}
        self._inputs: dict[str, FileInput] = {}
        for entry in entries:
            name = _name_of(entry)
            if name in self._entries:
                refuse(entry.place, f"has the name {name} of another layer")
            self._entries[name] = entry
            if entry.get("class_name") == _INPUT:
                self._inputs[name] = FileInput(name, _shape(entry.inside("config")))
            elif is_model(entry):
                self.members[name] = _model(entry, name, version, depth - 1)
            else:
                self.members[name] = scaled_sum(entry) or translated(entry, version)

    def sequential(
        self, config: Fields, model: Fields
    ) -> tuple[tuple[FileInput, ...], tuple[FileCall, ...], tuple[FileValue, ...]]:
        """The input, the calls and the output of a model whose layers read each other one after the other."""
        given = next(iter(self._inputs.values()), None)
        if given is None or given.shape is None:
            given = FileInput(given.name if given else "input", self._first_shape(config, model))
        value, calls = FileValue(INPUTS, 0), []
        for name, member in self.members.items():
            if isinstance(member, FileModel) and (len(member.inputs), len(member.outputs)) != (1, 1):
                refuse(self._entries[name].place, "has several inputs or outputs, and is part of a sequence")
            calls.append(FileCall(name, (value,)))
            value = FileValue(len(calls) - 1, 0)
        return (given,), tuple(calls), (value,)

    def _first_shape(self, config: Fields, model: Fields) -> tuple[int | None, ...] | None:
        """The shape of a sequence's input, from its first layer or from where Keras notes the shape of the whole."""
        places = [config]
        if isinstance(built := model.get("build_config"), dict):
            places.append(Fields({"batch_shape": built.get("input_shape")}, f"{model.place}.build_config"))
        for name, member in self.members.items():
            if isinstance(member, FileModel):
                return member.inputs[0].shape if len(member.inputs) == 1 else None
            places.insert(0, self._entries[name].inside("config"))
            break
        return next((shape for place in places if (shape := _shape(place)) is not None), None)

    def functional(self, config: Fields) -> tuple[tuple[FileInput, ...], tuple[FileCall, ...], tuple[FileValue, ...]]:
        """The inputs, calls and outputs of a model whose layers name what they read."""
        heads = references(config.get("input_layers"), f"{config.place}.input_layers")
        ends = references(config.get("output_layers"), f"{config.place}.output_layers")
        read = {(name, number): each for name in self.members for number, each in enumerate(self._calls(name))}
        if len(read) > _MOST:
            refuse(config.place, f"has {len(read)} calls")
        used = [*ends, *(value for each in read.values() for value in each.values)]
        known = self._values(read, heads, used)
        resolved = {key: tuple(self._known(known, value) for value in each.values) for key, each in read.items()}
        order, place = scheduled(resolved, config.place)
        calls = tuple(
            FileCall(name, _placed(resolved[name, number], place), read[name, number].others) for name, number in order
        )
        outputs = _placed([self._known(known, value) for value in ends], place)
        if not outputs:
            refuse(config.place, "has no outputs")
        inputs = tuple(self._input(head) for head in heads)
        self._check_numbers(calls, outputs)
        return inputs, calls, outputs

    def _calls(self, name: str) -> Iterator[Arguments]:
        entry = self._entries[name]
        for number, node in enumerate(entry.list("inbound_nodes")):
            found = arguments(node, f"{entry.place}.inbound_nodes[{number}]")
            member = self.members[name]
            is_scaled = isinstance(member, FileLayer) and member.layer_type == "Rescaling" and is_operation(entry)
            yield found._replace(others=()) if is_scaled else found

    def _input(self, head: Reference) -> FileInput:
        if head.layer not in self._inputs:
            refuse(head.layer, "is an input of its model, and is no layer of it or no InputLayer")
        return self._inputs[head.layer]

    def _values(
        self, read: Mapping[tuple[str, int], Arguments], heads: Sequence[Reference], used: Sequence[Reference]
    ) -> dict[tuple[str, int], tuple[str, int] | int]:
        """The key of the call for each layer and number by which others refer to it; a number for an input.

        Keras counts the calls of an inner model from 0 or from 1: versions and kinds of models differ. Each call is
        used by something, so the first number that is used belongs to the first call.
        """
        first: dict[str, int] = {}
        for value in used:
            first[value.layer] = min(value.call, first.get(value.layer, value.call))
        found: dict[tuple[str, int], tuple[str, int] | int] = {
            (head.layer, 0): index for index, head in enumerate(heads)
        }
        for name, number in read:
            start = first.get(name, 0) if isinstance(self.members[name], FileModel) else 0
            found[name, number + start] = name, number
        return found

    def _known(
        self, known: Mapping[tuple[str, int], tuple[str, int] | int], value: Reference
    ) -> tuple[tuple[str, int] | int, int]:
        key = known.get((value.layer, value.call))
        if key is None:
            refuse(value.layer, f"is read as the result of its call {value.call}, and the model has no such call")
        return key, value.number

    def _check_numbers(self, calls: Sequence[FileCall], outputs: Sequence[FileValue]) -> None:
        """Refuse values that their layer does not give, and calls of inner models with a wrong number of inputs."""
        for value in [*outputs, *(each for call in calls for each in call.inputs)]:
            if value.call != INPUTS:
                name = calls[value.call].name
                member = self.members[name]
                one = isinstance(member, FileLayer) and member.layer_type is not None
                known = len(member.outputs) if isinstance(member, FileModel) else 1 if one else _MOST
                if value.number >= known:
                    refuse(name, f"has {known} outputs, and another one is read")
        for call in calls:
            member = self.members[call.name]
            if isinstance(member, FileModel) and len(member.inputs) != len(call.inputs):
                refuse(call.name, f"has {len(member.inputs)} inputs, and is called with {len(call.inputs)}")


def _placed(
    values: Sequence[tuple[tuple[str, int] | int, int]], place: Mapping[tuple[str, int], int]
) -> tuple[FileValue, ...]:
    return tuple(
        FileValue(INPUTS, key) if isinstance(key, int) else FileValue(place[key], number) for key, number in values
    )


def _name_of(entry: Fields) -> str:
    inner: Any = entry.get("config")
    if isinstance(inner, dict) and "name" in inner:
        return as_text(inner["name"], f"{entry.place}.config.name")
    return as_text(entry.get("name"), f"{entry.place}.name")


def _shape(config: Fields) -> tuple[int | None, ...] | None:
    """The shape in a configuration, without the batch; None if there is none, or a structure of several."""
    value = next((config.get(key) for key in _SHAPES if config.get(key) is not None), None)
    if value is None:
        return None
    axes = as_list(value, f"{config.place}.batch_shape")
    if not all(axis is None or (type(axis) is int and 0 < axis < 2**31) for axis in axes):
        return None
    return tuple(axes[1:])
