"""The walk through a document's layers: copies, what each of them reads, and the scopes that they stand in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from archspec.errors import Diagnostic
from archspec.ir import Layer, Origin, Shape, Value
from archspec.lower.alike import Alike
from archspec.lower.bounds import DEEPEST_NESTING, Bounds
from archspec.lower.copies import LOOPS, Copy, Expansion, Group, expand, name_of, stands_once
from archspec.lower.frame import REPEAT, Apart, Frame, Here, Member, Spot
from archspec.lower.names import CHANNELS, Names, with_channels, without_channels
from archspec.lower.nodes import UNSAID, Nodes
from archspec.lower.references import References
from archspec.spec.document import Document
from archspec.spec.layer_spec import Chain, LayerSpec
from archspec.spec.report import Faulty, Report
from archspec.spec.suggest import closest

Connect = Callable[[Here, LayerSpec, Value, Value], Value]
"""What the next layer of a chain reads, from where a layer stands, what it is, what it could read, and its value."""

Reads = Callable[[LayerSpec, Here, Value], tuple[Value, ...]]
"""What a copy of a layer reads, from what it is, where it stands and the value before it."""


def follow(here: Here, spec: LayerSpec, before: Value, after: Value) -> Value:
    """The ordinary chain: a layer reads the one before it."""
    return after


class Lowering:
    """Lowers the layers of one document; what is wrong with them goes into the report.

    `names` are the document's params. `make` lowers one copy of a layer, of whatever kind.
    """

    def __init__(
        self,
        document: Document,
        names: Names,
        nodes: Nodes,
        references: References,
        bounds: Bounds,
        report: Report,
        make: Callable[[Lowering, LayerSpec, Spot], Value],
    ) -> None:
        self.document = document
        self.names = names
        self.report = report
        self._nodes = nodes
        self._references = references
        self._make = make
        self.bounds = bounds
        self.alike = Alike(nodes, bounds)

    @property
    def all_known(self) -> bool:
        """Whether every value that was made or meant so far is known."""
        return self._nodes.all_known and self._references.all_known

    def chain(self, layers: Chain, here: Here, value: Value, connect: Connect = follow) -> Value:
        """Lower layers that follow each other, of which the first reads `value`; gives the last one's value."""
        for spec in layers:
            try:
                if spec.faulty:
                    self._look_at(spec, here, value)
                    raise Faulty
                expansion = self._expansion(spec, here, value)
            except Faulty as fault:
                value = self._give_up(fault, spec, here, spec.own_name)
                continue
            if isinstance(expansion, Copy):
                self.bounds.begin_copies(1, spec)
                value = self._copy(spec, expansion, connect, here, value, self._inputs)
                continue
            here.frame.left_out |= expansion.left_out
            number = expansion.number
            self.bounds.begin_copies(number, spec)
            for group in expansion.groups:
                value = self._group(spec, group, connect, here, value)
            self.bounds.end_copies(number)
        return value

    def _expansion(self, spec: LayerSpec, here: Here, value: Value) -> Copy | Expansion:
        """The only copy of a layer, or all of them; `value` is that before the first. Raises `Faulty`."""

        def known(names: Names) -> Names:
            return self.with_channels(names, self._inputs(spec, here._replace(names=names), value), spec)

        if not stands_once(spec):
            return expand(spec, here.names, self.bounds, known)
        names = known(here.names) if CHANNELS in spec.names("name") else here.names
        return Copy(name_of(spec, names), names)

    def make(self, spec: LayerSpec, spot: Spot) -> Value:
        """Lower one copy of a layer; gives its value. Raises `Faulty`."""
        return self._make(self, spec, spot)

    def node(self, layer: Layer, spec: LayerSpec, spot: Spot, role: str = "") -> Value:
        """Add a node, under its name or its position; gives its value. Raises `Faulty`.

        `role` is what it does for the copy of a layer to which it belongs, if it does.
        """
        name = self._claim(spec, spot, role)
        value = self._nodes.add(layer, spec, spot, name)
        spot.here.frame.results[name] = Member(value, value, spot.here, partial(self.node, layer, spec))
        return value

    def open(self, kind: str, spec: LayerSpec, spot: Spot) -> Frame:
        """Begin a scope, under its name or its position. Raises `Faulty`."""
        here = self.deeper(spec, spot.here)
        name = self._claim(spec, spot)
        path, by = here.frame.path_to(name), spot.here.reuse or spec
        self._nodes.specs[path] = by
        return Frame(
            path,
            kind,
            spot.inputs[0],
            outer=here.frame,
            sees=here.sees,
            spec=by,
            again=spot.here.reuse is not None,
            original=spot.original or here.frame.original_of(name),
            origin=here.origin,
        )

    def close(self, frame: Frame, value: Value, spot: Spot, make: Callable[[Spot], Value]) -> Value:
        """End a scope, whose value this is; `make` makes it again."""
        around = spot.here.frame
        around.members.append(frame)
        around.results[frame.name] = Member(value, frame.path, spot.here, make, frame)
        return value

    def deeper(self, spec: LayerSpec, here: Here) -> Here:
        """The same place, one layer further in. Raises `Faulty`."""
        if here.depth >= DEEPEST_NESTING:
            where = spec.place.inside("layer_type").where
            raise Faulty(Diagnostic("too-deep", f"layers nest more than {DEEPEST_NESTING} deep here", where))
        return Here(here.frame, here.sees, here.names, here.depth + 1, origin=here.origin)

    def _group(self, spec: LayerSpec, group: Group, connect: Connect, here: Here, value: Value) -> Value:
        if group.scope is None:
            return self._copies(spec, group.copies, connect, here, value, self._inputs)
        try:
            return self._scope_of_copies(spec, group, connect, self._inputs, Spot(here, group.scope, (value,)))
        except Faulty as fault:
            return self._give_up(fault, spec, here, group.scope)

    def _copies(
        self, spec: LayerSpec, copies: list[Copy], connect: Connect, here: Here, value: Value, reads: Reads
    ) -> Value:
        """Lower copies into one frame."""
        for copy in copies:
            value = self._copy(spec, copy, connect, here, value, reads)
        return value

    def _copy(self, spec: LayerSpec, copy: Copy, connect: Connect, here: Here, value: Value, reads: Reads) -> Value:
        """Lower a copy; in a scope of copies it has its position for a name. Gives what the next one reads."""
        names, frame = copy.names, here.frame
        at = here if names is here.names else Here(frame, here.sees, names, here.depth, origin=here.origin)
        name = str(frame.count) if frame.has_copies else copy.name
        first = len(frame.members)
        try:
            inputs = (value,) if copy.follows else reads(spec, at, value)
            if CHANNELS in spec.words:
                names = self.with_channels(names, inputs, spec)
            origin = Origin(self.document.declarations[spec], names, inputs, here.origin, copy.row)
            at = Here(frame, here.sees, names, here.depth, origin=origin)
            after = self._make(self, spec, Spot(at, name, inputs))
        except Faulty as fault:
            after = self._give_up(fault, spec, at, name)
        if copy.apart:
            frame.apart.append(Apart(after, slice(first, len(frame.members)), spec))
        return connect(at, spec, value, after)

    def _scope_of_copies(self, spec: LayerSpec, group: Group, connect: Connect, reads: Reads, spot: Spot) -> Value:
        """Lower the copies of a named layer into a scope of that name."""
        here = spot.here
        frame = self.open(REPEAT, spec, spot)
        inside = Here(frame, here.sees, here.names, here.depth + 1, origin=here.origin)
        around, here.sees.copying = here.sees.copying, frame
        value = self._copies(spec, group.copies, connect, inside, spot.inputs[0], reads)
        here.sees.copying = around
        return self.close(frame, value, spot, partial(self._copies_again, spec, group, connect))

    def _copies_again(self, spec: LayerSpec, group: Group, connect: Connect, spot: Spot) -> Value:
        """Lower the same copies in another spot, where they read its inputs whatever they say themselves.

        The last one's value is that of this spot, whatever came after it where the copies were first.
        """
        *others, last = group.copies
        group = Group(group.scope, [*others, last._replace(apart=False)])

        def reads(spec: LayerSpec, at: Here, value: Value) -> tuple[Value, ...]:
            return spot.inputs if "inputs" in spec.common else (value,)

        self.bounds.begin_copies(len(group.copies), spec)
        value = self._scope_of_copies(spec, group, connect, reads, spot)
        self.bounds.end_copies(len(group.copies))
        return value

    def shape_of(self, value: Value) -> Shape | None:
        """The shape of a value, None if it is unknown."""
        type_ = self._nodes.types.get(value)
        return None if type_ is None else type_.shape

    def with_channels(self, names: Names, inputs: tuple[Value, ...], spec: LayerSpec) -> Names:
        """The names and the number of channels of the first input. Raises `Faulty` if that is unknown."""
        if inputs[0] == UNSAID:
            if CHANNELS in names:
                return names
            raise self._nodes.which_input("`channels` could be those of", spec)
        shape = self.shape_of(inputs[0])
        if shape is None:
            raise Faulty
        return with_channels(names, shape[-1]) if shape else names

    def _inputs(self, spec: LayerSpec, here: Here, value: Value) -> tuple[Value, ...]:
        """What a layer reads: the references that it gives, or the value before it."""
        if "inputs" not in spec.common:
            return (value,)
        # `channels` are those of what these references mean.
        names = without_channels(here.names) if CHANNELS in spec.names("inputs") else here.names
        references = spec.read("inputs", names)
        if not isinstance(references, tuple):
            return (value,)
        place = spec.place.inside("inputs")
        return tuple(
            self._references.resolve(reference, here.sees, place.inside(index))
            for index, reference in enumerate(references)
        )

    def _look_at(self, spec: LayerSpec, here: Here, value: Value) -> None:
        """Look for more that is wrong with a layer which is faulty by itself: what it reads, and its name.

        What an expression says of that is not known, nor whether a layer stands there that may be left out. One that
        reads itself would be told that it is listed later.
        """
        if stands_once(spec) and not any(closest(key, LOOPS) for key in spec.attributes):
            inputs = spec.common.get("inputs")
            if isinstance(inputs, tuple) and spec.own_name not in inputs:
                self._inputs(spec, here, value)
            if spec.own_name is not None:
                self._refuse_taken(spec.own_name, spec, here.frame)

    def _claim(self, spec: LayerSpec, spot: Spot, role: str = "") -> str:
        """The name under which a layer is added: its own, if that is free, or its position. Raises `Faulty`."""
        frame = spot.here.frame
        if spot.name is not None:
            self._refuse_taken(spot.name, spec, frame)
        return frame.next_name(spot.name, role)

    def _refuse_taken(self, name: str, spec: LayerSpec, frame: Frame) -> None:
        """Raise `Faulty` for a name that something else in the frame has."""
        taken = name in frame.results
        given = name in frame.inputs
        if taken or given or (frame.outer is None and self._references.is_input(name)):
            owner = "this block" if given else "the network"
            what = "a layer of this scope" if taken else f"an input of {owner}"
            where = spec.place.inside("name").where
            raise Faulty(Diagnostic("duplicate-name", f'{what} is called "{name}" already', where))

    def _give_up(self, fault: Faulty, spec: LayerSpec, here: Here, name: str | None) -> Value:
        """Report why a layer cannot be lowered; its value is unknown, and so may be what the scope has."""
        frame = here.frame
        self.report.take(fault, frame.uses)
        value = self._nodes.unknown()
        frame.uncertain |= name is None and spec.may_name
        path = frame.path_to(frame.next_name(name))
        unknown = Frame(path, "unknown", value, uncertain=True)
        if name is not None and name not in frame.results:
            frame.results[name] = Member(value, path, here, lambda spot: self._nodes.unknown(), unknown)
        return value
