"""`Reuse`: which layer is meant."""

from __future__ import annotations

from archspec.errors import Diagnostic
from archspec.lower.frame import Here, Member
from archspec.lower.references import find
from archspec.spec.computed import evaluated
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.names import describe
from archspec.spec.report import Faulty
from archspec.spec.suggest import did_you_mean


def reused(spec: LayerSpec, here: Here) -> Member:
    """What a `Reuse` names: an earlier layer of its own scope, or one inside such a layer; raises `Faulty`."""
    path = evaluated(spec.attributes["layer"], here.names)
    where = spec.place.inside("layer").where
    if not isinstance(path, str):
        raise Faulty(Diagnostic("wrong-type", f"`layer` must be the path of a layer, not {describe(path)}", where))
    member = find(path, here.sees)
    own = here.sees.results
    if member is not None and member.path.startswith(here.sees.path_to("")):
        return member
    if any(frame.uncertain for frame in here.sees.visible()):
        raise Faulty
    if member is None:
        hint = did_you_mean(path, own)
        raise Faulty(Diagnostic("unknown-reference", f'no earlier layer of this scope is called "{path}"', where, hint))
    hint = "only a layer of the same scope, or inside one of that, can be used again"
    raise Faulty(Diagnostic("wrong-reuse", f'"{path}" is a layer of an enclosing scope', where, hint))
