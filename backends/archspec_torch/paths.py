"""What each module is called in PyTorch: the path that it has in a state_dict. Needs no PyTorch.

That is the path in the graph, but for layers with weights and without a name. In an `nn.Sequential` such a layer has
its position. Beside shortcuts each module is an attribute, and no attribute is called `2`: there a layer is called
after its type and numbered, `conv1`, `conv2`, `bn1`. The copies of a layer with a name keep their numbers.
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
    sequences = _sequences(graph)
    found: dict[str, str] = {}
    waiting: list[tuple[str, Sequence[Member], bool]] = [("", graph.members, "" in sequences)]
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
                are_positions_inside = member.path in sequences or is_scope_of_copies(member)
                waiting.append((f"{prefix}{word}.", member.members, are_positions_inside))
    return found


def _word(member: Member) -> str:
    kind = member.kind if isinstance(member, Scope) else type(member.layer).__name__
    word = snake(re.sub(r"\dD", "", kind))
    return WORDS.get(word, word)


def _numbered(word: str, numbers: dict[str, int], taken: Names) -> str:
    """The word with the next number that makes a name which no other layer has."""
    while True:
        numbers[word] = numbers.get(word, 0) + 1
        name = f"{word}{numbers[word]}"
        if name not in taken:
            return name


def _has_weights(graph: Graph, member: Member) -> bool:
    return isinstance(member, Scope) or bool(graph.operations[member.path].weights)


def _sequences(graph: Graph) -> frozenset[str]:
    """The paths of the scopes that are an `nn.Sequential` without names; the network's own is empty.

    All uses of a block are one class, so all of them are such a sequence or none is.
    """
    groups: dict[Hashable, list[tuple[str, bool]]] = {}
    for key, path, is_sequence in _bodies(graph):
        groups.setdefault(key, []).append((path, is_sequence))
    return frozenset(path for group in groups.values() if all(each for _, each in group) for path, _ in group)


def _bodies(graph: Graph) -> Iterator[tuple[Hashable, str, bool]]:
    """The scopes in which a layer has no name: what makes them one class, their paths, and if each is a sequence."""
    outputs = tuple(dict.fromkeys(graph.outputs.values()))
    if _has_unnamed(graph.members):
        inputs = tuple([f"@{name}" for name in graph.inputs])
        yield "", "", len(graph.outputs) < 2 and _is_sequence(graph, graph.members, inputs, outputs)
    for scope in graph.scopes:
        if _has_unnamed(scope.members):
            border = graph.borders[scope.path]
            declaration = None if scope.origin is None else scope.origin.declaration
            key = scope.kind if scope.block else declaration or scope.path
            yield key, scope.path, _is_sequence(graph, scope.members, tuple(border.imports), tuple(border.exports))


def _has_unnamed(members: Sequence[Member]) -> bool:
    return any(member.name.isdigit() for member in members)


def _is_sequence(
    graph: Graph, members: Sequence[Member], imports: tuple[Value, ...], exports: tuple[Value, ...]
) -> bool:
    """Whether each member is a module that reads the one before it, and none with weights has a name."""
    value = imports
    for member in members:
        reads: tuple[Value, ...]
        gives: tuple[Value, ...]
        if isinstance(member, Node):
            reads, gives = member.inputs, (member.path,)
        else:
            border = graph.borders[member.path]
            reads, gives = tuple(border.imports), tuple(border.exports)
        named = _has_weights(graph, member) and not member.name.isdigit()
        if named or member.shares is not None or len(value) != 1 or reads != value or _is_parameter(member):
            return False
        value = gives
    return value == exports and len(value) == 1


def _is_parameter(member: Member) -> bool:
    """Whether a layer is no module, but a weight of the one around it."""
    return isinstance(member, Node) and any(not native.name for native in row_for(member.layer).weights.values())
