"""Resolves the layer that a `Reuse` names."""

from __future__ import annotations

from archspec.errors import Diagnostic
from archspec.ir import Node
from archspec.lower.references import find
from archspec.lower.scope_builder import Binding, Context, ScopeBuilder
from archspec.spec.computed import evaluated
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.report import Faulty
from archspec.spec.suggest import did_you_mean


def reused(spec: LayerSpec, context: Context) -> Binding:
    """The layer that a `Reuse` names: an earlier one of its scope, or one inside such a layer; raises `Faulty`."""
    path = evaluated(spec.attributes["layer"], context.names)
    where = spec.place.inside("layer").where
    if not isinstance(path, str):
        raise Faulty(Diagnostic("wrong-type", f"`layer` must be the path of a layer, not {describe(path)}", where))
    member = find(path, context.lexical_parent)
    own = context.lexical_parent.bindings
    if member is not None and member.path.startswith(context.lexical_parent.path_to("")):
        return member
    if any(scope.uncertain for scope in context.lexical_parent.visible()):
        raise Faulty
    if member is None:
        hint = did_you_mean(path, own)
        raise Faulty(Diagnostic("unknown-reference", f'no earlier layer of this scope is called "{path}"', where, hint))
    hint = "only a layer of the same scope, or inside one of that, can be used again"
    raise Faulty(Diagnostic("wrong-reuse", f'"{path}" is a layer of an enclosing scope', where, hint))


def refuse_unlike(original: Binding, again: Binding, place: Place) -> None:
    """Raise `Faulty` if the reused scope has other layers: its members can depend on the value that it reads."""
    if original.inside is None or again.inside is None:
        return
    first, second = _kinds(original.inside), _kinds(again.inside)
    path = next((path for path in {**first, **second} if first.get(path) != second.get(path)), None)
    if path is not None:
        was, would_be = (kinds.get(path, "not there") for kinds in (first, second))
        message = f"{original.path}.{path} is {was}, and in {again.path} it would be {would_be}"
        raise Faulty(Diagnostic("wrong-reuse", message, place.where))


def _kinds(scope: ScopeBuilder) -> dict[str, str]:
    """The kind of each node and scope inside a scope, by its relative path."""
    found: dict[str, str] = {}
    waiting = list(reversed(scope.members))
    while waiting:
        member = waiting.pop()
        path = member.path.removeprefix(scope.path + ".")
        if isinstance(member, Node):
            found[path] = f"a {type(member.layer).__name__}"
        else:
            found[path] = f"a {member.kind}"
            waiting += reversed(member.members)
    return found
