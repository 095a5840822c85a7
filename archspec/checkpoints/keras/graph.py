"""The graph in a model's configuration: functional and sequential models of Keras 2 and 3, and models inside them.

Nothing of the configuration is executed; classes are only names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

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

_PLAIN = [(0, 0), (1, 1)]
_FUNCTIONAL = [(0, 1), *_PLAIN]
"""The numbers of a first call, where layers name it and where outputs do: for layers and sequences, and for functional
models, of which Keras 3's come first."""

_Source = tuple[tuple[str, int] | int, int]
"""A call by its layer and number, or an input by its number; and the number of the result."""


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


class _Numbers(NamedTuple):
    """The calls that numbers mean: the `first` number of each member, for layers and for outputs; and the inputs."""

    first: Mapping[str, tuple[int, int]]
    calls: frozenset[tuple[str, int]]
    inputs: Mapping[str, int]

    def inside(self, value: Reference) -> _Source:
        """The call or the input that a layer reads, and the number of the result."""
        return self._found(value, 0)

    def at_end(self, value: Reference) -> _Source:
        """The call or the input that is an output of the model, and the number of the result."""
        return self._found(value, 1)

    def _found(self, value: Reference, where: int) -> _Source:
        if value.layer in self.inputs and value.call == 0:
            return self.inputs[value.layer], value.number
        key = value.layer, value.call - self.first.get(value.layer, (0, 0))[where]
        if key not in self.calls:
            refuse(value.layer, f"is read as the result of its call {value.call}, and the model has no such call")
        return key, value.number


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
        numbers = _Numbers(
            self._first_numbers(read, ends), frozenset(read), {each.layer: i for i, each in enumerate(heads)}
        )
        resolved = {key: tuple(numbers.inside(value) for value in each.values) for key, each in read.items()}
        order, place = scheduled(resolved, config.place)
        calls = tuple(
            FileCall(name, _placed(resolved[name, number], place), read[name, number].others) for name, number in order
        )
        outputs = _placed([numbers.at_end(value) for value in ends], place)
        if not outputs:
            refuse(config.place, "has no outputs")
        inputs = tuple(self._input(head) for head in heads)
        self._check_numbers(calls, outputs)
        return inputs, calls, outputs

    def _calls(self, name: str) -> Iterator[Arguments]:
        entry = self._entries[name]
        for number, node in enumerate(entry.list("inbound_nodes")):
            found = arguments(node, f"{entry.place}.inbound_nodes[{number}]")
            yield found._replace(others=()) if self._ignores_arguments(name) else found

    def _ignores_arguments(self, name: str) -> bool:
        """Whether the other arguments of a layer's calls have no effect, or are in its attributes already."""
        match self.members[name]:
            case FileLayer(layer_type="Rescaling"):
                return is_operation(self._entries[name])
            case FileLayer(layer_type="Resizing"):
                return True  # Keras 3 writes training=True for it; it is no random layer
        return False

    def _input(self, head: Reference) -> FileInput:
        if head.layer not in self._inputs:
            refuse(head.layer, "is an input of its model, and is no layer of it or no InputLayer")
        return self._inputs[head.layer]

    def _first_numbers(
        self, read: Mapping[tuple[str, int], Arguments], ends: Sequence[Reference]
    ) -> dict[str, tuple[int, int]]:
        """For each member the number of its first call, where layers name it and where the model's outputs do.

        The calls of an inner model are numbered from 0 or from 1, and in Keras 3 these differ for a functional model:
        its own node counts for outputs only. Each call is used, or else Keras would have left it out.
        """
        inside = _calls_read(value for each in read.values() for value in each.values)
        at_end = _calls_read(ends)
        counts = Counter(name for name, _ in read)

        def fits(name: str, first: int, last: int) -> bool:
            used = {number - first for number in inside.get(name, ())}
            used |= {number - last for number in at_end.get(name, ())}
            return used == set(range(counts[name]))

        found: dict[str, tuple[int, int]] = {}
        for name, member in self.members.items():
            is_sequence = self._entries[name].get("class_name") == "Sequential"
            ways = _PLAIN[:1] if isinstance(member, FileLayer) else _PLAIN if is_sequence else _FUNCTIONAL
            found[name] = next((way for way in ways if fits(name, *way)), ways[0])
        return found

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


def _calls_read(values: Iterable[Reference]) -> dict[str, set[int]]:
    """The numbers of the calls that are read, by the layers' names."""
    found: dict[str, set[int]] = {}
    for value in values:
        found.setdefault(value.layer, set()).add(value.call)
    return found


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
