"""`each`: one layer, applied to several values with the same weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from archspec.errors import Diagnostic
from archspec.ir import Node, Value
from archspec.lower.reuse import refuse_unlike
from archspec.lower.scope_builder import Context, Placement, ScopeBuilder, nodes_in
from archspec.lower.wires import Several, Unknown, Wire, single
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.names import LAYER_NAME_HINT, is_layer_name, not_a_name
from archspec.spec.place import Place
from archspec.spec.report import Faulty

if TYPE_CHECKING:
    from archspec.lower.lowering import Lowering

Owners = Mapping[str, str]
"""The use that owns the weights of a layer with `each`, by the layer's path: the first one if there is no entry."""


class EachUse(NamedTuple):
    """One use of a layer with `each`: its word, which is the value's name, the values that it reads, and its place."""

    word: str
    inputs: tuple[Wire, ...]
    place: Place


def apply_to_each(lowering: Lowering, spec: LayerSpec, context: Context, name: str, row: int) -> Several:
    """Lower a layer with `each`, once for each of its values; raises `Faulty` if nothing is known of the first.

    The first use has the layer's name. The others share its weights, and have names of their own: `head_p4`.
    """
    scope = context.scope
    path = scope.path_to(name)
    uses = uses_of(lowering, spec, context)
    words = {use.word: f"{name}_{use.word}" for use in uses}
    _check_words(uses, words, spec)
    owner = lowering.owners.get(path, uses[0].word)
    scope.each[name] = {word: name if word == owner else longer for word, longer in words.items()}
    lowering.bounds.begin_copies(len(uses), spec)
    found: dict[str, Wire] = {}
    for use in sorted(uses, key=lambda use: use.word != owner):
        if use.word == owner:
            at = lowering.context_of_use(spec, context, use.inputs, row, use.word)
            found[use.word] = lowering.make(spec, Placement(at, name, use.inputs))
            lowering.refuse_taken(words[owner], spec, scope)
            scope.bindings[words[owner]] = scope.bindings[name]
        else:
            found[use.word] = _further(lowering, spec, context, name, use, words[use.word], row)
    lowering.bounds.end_copies(len(uses))
    several = Several(path, tuple([pair for use in uses for pair in _named(use.word, found[use.word])]))
    scope.bindings[name] = scope.bindings[name]._replace(value=several)
    return several


def _named(word: str, value: Wire) -> list[tuple[str, Value | Unknown]]:
    """The value of a use with its word, or its values if its last layer has `each`."""
    if isinstance(value, Several):
        return [(f"{word}_{inner}", each) for inner, each in value.values]
    return [(word, value)]


def _further(
    lowering: Lowering, spec: LayerSpec, context: Context, name: str, use: EachUse, own: str, row: int
) -> Wire:
    """Lower a further use; one whose first use is at fault is an unknown value."""
    scope = context.scope
    original = scope.bindings[name]
    if isinstance(original.value, Unknown):
        scope.bindings[name] = original._replace(value=replace(original.value, several=True))
        raise Faulty
    inside = original.inside
    first = (None if inside is None else inside.original) or original.path
    around, scope.further = scope.further, use.word
    try:
        shared = scope.original_of(own) or first
        at = lowering.context_of_use(spec, context._replace(reuse=spec), use.inputs, row, use.word, further=True)
        value = lowering.make(spec, Placement(at, own, use.inputs, shared))
        if lowering.all_known:
            refuse_unlike(original, scope.bindings[own], use.place)
    except Faulty as fault:
        value = lowering.give_up(fault, spec, context, own)
    finally:
        scope.further = around
    return value


def uses_of(lowering: Lowering, spec: LayerSpec, context: Context) -> list[EachUse]:
    """The uses of a layer with `each`. A reference to another layer with `each` stands for all of its values."""
    entries = spec.read("each", context.names)
    assert isinstance(entries, tuple), "its check gives no other value"
    found: list[EachUse] = []
    for name, references, steps in entries:
        place = spec.place.inside("each", *steps)
        wires = [lowering.resolve(reference, context, place) for reference in references]
        if name is None and isinstance(wires[0], Several):
            found += [EachUse(word, (value,), place) for word, value in wires[0].values]
        else:
            word = references[0].rpartition(".")[2] if name is None else name
            found.append(EachUse(word, single(wires), place))
    return found


def _check_words(uses: Sequence[EachUse], words: Mapping[str, str], spec: LayerSpec) -> None:
    """Raise `Faulty` for two uses of one name, and for a word that makes no name of a layer."""
    known: set[str] = set()
    for use in uses:
        if use.word in known:
            message = f'two values of `each` are called "{use.word}"'
            hint = "name them: each: {first: a.conv, second: b.conv}"
            raise Faulty(Diagnostic("duplicate-name", message, use.place.where, hint))
        known.add(use.word)
        if not is_layer_name(words[use.word]):
            raise Faulty(Diagnostic("not-a-name", not_a_name(words[use.word]), use.place.where, LAYER_NAME_HINT))


def unnamed_copies(spec: LayerSpec) -> Faulty:
    """The fault of copies with `each` that share a name."""
    message = "copies with `each` need different names, by which their values are read"
    where = spec.place.inside("name").where
    return Faulty(Diagnostic("wrong-value", message, where, "write a column into the name: name: head_$kind"))


def refuse_several(value: Wire, spec: LayerSpec) -> None:
    """Raise `Faulty` for a layer that would read the values of a layer with `each` without naming them."""
    if isinstance(value, Several):
        name, words = value.path.rpartition(".")[2], [word for word, _ in value.values]
        message = f"the layer before is applied to each of {len(words)} values, so it has several"
        hint = f"write `inputs: {name}_{words[0]}` for one value, `inputs: {name}` for all, or `each: {name}`"
        raise Faulty(Diagnostic("which-input", message, spec.place.inside("layer_type").where, hint))


def each_hint(inputs: Sequence[Wire], spec: LayerSpec) -> str | None:
    """Advice for a layer with too many inputs, if one reference stands for all values of a layer with `each`."""
    references = spec.common.get("inputs")
    if isinstance(references, tuple) and len(references) == 1 < len(inputs) and isinstance(references[0], str):
        return f"{references[0]} stands for {len(inputs)} values: write `each: {references[0]}`, or name one of them"
    return None


def scopes_with_each(root: ScopeBuilder) -> list[ScopeBuilder]:
    """The scopes in which a layer has `each`, the root among them."""
    return [scope for scope in _scopes(root) if scope.each]


def owners_for(scopes: Iterable[ScopeBuilder], read: frozenset[str]) -> dict[str, str]:
    """The use that must own the weights of each layer with `each` in these scopes, where that is not its first use.

    `read` are the paths of the nodes that an output depends on. The owner is the first use of which they need all that
    they need of any use; without such a use there is no entry. There is none either where they need a part of the first
    use: another owner would take its paths.
    """
    found: dict[str, str] = {}
    for scope in scopes:
        for name, names in scope.each.items():
            if any(node.path in read for node in _nodes_of(scope, name)):
                continue
            parts = {word: _needed_of(scope, own, read) for word, own in names.items()}
            every = frozenset[str]().union(*parts.values())
            if every:
                whole = [word for word, part in parts.items() if part == every]
                found |= {scope.path_to(name): whole[0]} if whole else {}
    return found


def _scopes(scope: ScopeBuilder) -> Iterator[ScopeBuilder]:
    yield scope
    for member in scope.members:
        if isinstance(member, ScopeBuilder):
            yield from _scopes(member)


def _needed_of(scope: ScopeBuilder, name: str, read: frozenset[str]) -> frozenset[str]:
    """The nodes with weights of one use that are read, by their paths in it."""
    path, nodes = scope.path_to(name), _nodes_of(scope, name)
    return frozenset(
        node.path.removeprefix(path) for node in nodes if node.path in read and node.layer.weights(node.reads)
    )


def _nodes_of(scope: ScopeBuilder, name: str) -> list[Node]:
    """The nodes of one use."""
    path = scope.path_to(name)
    members = [member for member in scope.members if member.path == path]
    return [member for member in members if isinstance(member, Node)] or [
        node for member in members if isinstance(member, ScopeBuilder) for node in nodes_in(member.members)
    ]
