"""The paths of modules in PyTorch's state_dict; needs no PyTorch.

They are the paths in the graph, except for unnamed layers with weights. In an `nn.Sequential` such a layer has its
position. Beside shortcuts each module is an attribute, and attributes cannot be called `2`: there an unnamed layer is
called after its type, with a number: `conv1`, `conv2`, `bn1`. The copies of a named layer keep their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence

from archspec.ir import Graph, Node, Scope, Value
from archspec.program.cases import is_scope_of_copies
from archspec.program.names import Names, snake
from archspec_torch.emit import row_for

Member = Node | Scope

WORDS: Mapping[str, str] = {"batch_normalization": "bn", "dense": "fc"}
"""The usual short names for types of layers."""


def module_paths(graph: Graph) -> Mapping[str, str]:
    """The path of each module by the path of its node or scope, in execution order."""
    positions = sequences(graph)
    found: dict[str, str] = {}
    waiting: list[tuple[str, Sequence[Member], bool]] = [("", graph.members, "" in positions)]
    while waiting:
        prefix, members, are_positions = waiting.pop()
        taken = Names(member.name for member in members)
        numbers: dict[str, int] = {}
        for member in members:
            word = member.name
            if word.isdigit() and not are_positions and _has_weights(graph, member):
                word = _numbered(_word(member), numbers, taken)
            found[member.path] = prefix + word
            if isinstance(member, Scope):
                are_positions_inside = member.path in positions or is_scope_of_copies(member)
                waiting.append((f"{prefix}{word}.", member.members, are_positions_inside))
    return found


def _word(member: Member) -> str:
    kind = member.kind if isinstance(member, Scope) else type(member.layer).__name__
    word = snake(re.sub(r"\dD", "", kind))
    return WORDS.get(word, word)


def _numbered(word: str, numbers: dict[str, int], taken: Names) -> str:
    """The word with the next number that gives a free name."""
    while True:
        numbers[word] = numbers.get(word, 0) + 1
        name = f"{word}{numbers[word]}"
        if name not in taken:
            return name


def _has_weights(graph: Graph, member: Member) -> bool:
    return isinstance(member, Scope) or bool(graph.operations[member.path].weights)


def sequences(graph: Graph) -> frozenset[str]:
    """The paths of the scopes that become an `nn.Sequential` with positions; the network's own path is empty.

    All uses of a block are one class, so either all of them are such a sequence or none is.
    """
    groups: dict[Hashable, list[tuple[str, bool]]] = {}
    for key, path, is_sequence in _bodies(graph):
        groups.setdefault(key, []).append((path, is_sequence))
    return frozenset(path for group in groups.values() if all(each for _, each in group) for path, _ in group)


def _bodies(graph: Graph) -> Iterator[tuple[Hashable, str, bool]]:
    """The scopes with unnamed layers: a key for scopes of one class, the path, and whether it is a sequence.

    Reused scopes are left out.
    """
    inputs: tuple[Value, ...] = tuple(graph.input_values.values())
    outputs = tuple(dict.fromkeys(graph.outputs.values()))
    if _has_unnamed(graph.members):
        yield "", "", len(outputs) < 2 and _is_sequence(graph, graph.members, inputs, outputs)
    for scope in graph.scopes:
        if scope.shares is None and _has_unnamed(scope.members):
            interface = graph.interfaces[scope.path]
            declaration = None if scope.origin is None else scope.origin.declaration
            key = scope.kind if scope.block else declaration or scope.path
            inputs, outputs = tuple(interface.inputs), tuple(interface.outputs)
            # A class gives one value; of a sequence without a class, slices give inner values as well.
            is_sequence = not (scope.block and len(outputs) > 1)
            yield key, scope.path, is_sequence and _is_sequence(graph, scope.members, inputs, outputs)


def _has_unnamed(members: Sequence[Member]) -> bool:
    return any(member.name.isdigit() for member in members)


def _is_sequence(
    graph: Graph, members: Sequence[Member], inputs: tuple[Value, ...], outputs: tuple[Value, ...]
) -> bool:
    """Whether each member is a module that reads the one before it, and has its position for a name if it has weights.

    The outputs are values of members.
    """
    value, given = inputs, set[Value]()
    for position, member in enumerate(members):
        reads: tuple[Value, ...]
        gives: tuple[Value, ...]
        if isinstance(member, Node):
            reads, gives = member.inputs, member.results
        else:
            interface = graph.interfaces[member.path]
            # A block may read one value as several.
            several = member.origin is not None and len(member.origin.inputs) > 1
            reads, gives = () if several else tuple(interface.inputs), tuple(interface.outputs)
        named = _has_weights(graph, member) and member.name != str(position)
        if named or member.shares is not None or len(value) != 1 or reads != value or _is_parameter(member):
            return False
        value = gives
        given.update(gives)
    return len(value) == 1 and value[0] in outputs and given.issuperset(outputs)


def _is_parameter(member: Member) -> bool:
    """Whether a layer is a bare weight of the module around it, and no module itself."""
    return isinstance(member, Node) and any(not native.name for native in row_for(member.layer).weights.values())
