"""Lowers lists of layers: their copies, the values that each copy reads, and their scopes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from archspec.errors import Diagnostic
from archspec.expressions.names import INPUT_WORDS, Names
from archspec.ir import Layer, Origin, TensorType
from archspec.lower.bounds import DEEPEST_NESTING, Bounds
from archspec.lower.copies import LOOPS, Copy, Expansion, Group, expand, name_of, stands_once
from archspec.lower.each import Owners, apply_to_each, refuse_several, unnamed_copies, uses_of
from archspec.lower.names import with_input, without_input
from archspec.lower.nodes import Nodes
from archspec.lower.references import References
from archspec.lower.scope_builder import REPEAT, Binding, Context, IndependentCopy, Placement, ScopeBuilder
from archspec.lower.use_cache import UseCache
from archspec.lower.wires import AMBIGUOUS_INPUT, Unknown, Wire, known, single, type_of
from archspec.spec.computed import evaluated, names_in
from archspec.spec.defaults import Defaults
from archspec.spec.document import Document
from archspec.spec.layer_spec import Chain, LayerSpec
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report
from archspec.spec.suggest import closest

Connect = Callable[[Context, LayerSpec, Wire, Wire], Wire]
"""Gives the value that the next layer of a chain reads: from the context, the layer, its input and its value."""

Reads = Callable[[LayerSpec, Context, Wire], tuple[Wire, ...]]
"""Gives the values that a copy of a layer reads: from the layer, its context and the value before it."""


def follow(context: Context, spec: LayerSpec, before: Wire, after: Wire) -> Wire:
    """The ordinary chain: each layer reads the one before it."""
    return after


class Lowering:
    """Lowers the layers of one document; faults go into the report.

    `names` are the document's params, and `defaults` its defaults for them. `lower_layer` lowers one copy of a layer.
    `owners` are the uses of layers with `each` that own weights.
    """

    def __init__(
        self,
        document: Document,
        names: Names,
        defaults: Defaults,
        nodes: Nodes,
        references: References,
        bounds: Bounds,
        report: Report,
        lower_layer: Callable[[Lowering, LayerSpec, Placement], Wire],
        owners: Owners,
    ) -> None:
        self.document = document
        self.names = names
        self.defaults = defaults
        self.report = report
        self._nodes = nodes
        self._references = references
        self._lower_layer = lower_layer
        self.owners = owners
        self.bounds = bounds
        self.use_cache = UseCache(nodes, bounds)

    @property
    def all_known(self) -> bool:
        """Whether all values and references so far are known."""
        return self._nodes.all_known and self._references.all_known

    def chain(self, layers: Chain, context: Context, value: Wire, connect: Connect = follow) -> Wire:
        """Lower a list of layers, of which the first reads `value`; returns the value of the last."""
        for spec in layers:
            try:
                if spec.faulty:
                    self._look_at(spec, context, value)
                    raise Faulty
                expansion = self._expansion(spec, context, value)
            except Faulty as fault:
                value = self.give_up(fault, spec, context, spec.own_name)
                continue
            if isinstance(expansion, Copy):
                self.bounds.begin_copies(1, spec)
                value = self._copy(spec, expansion, connect, context, value, self._inputs)
                continue
            context.scope.left_out |= expansion.left_out
            number = expansion.number
            self.bounds.begin_copies(number, spec)
            for group in expansion.groups:
                value = self._group(spec, group, connect, context, value)
            self.bounds.end_copies(number)
        return value

    def _expansion(self, spec: LayerSpec, context: Context, value: Wire) -> Copy | Expansion:
        """The copies of a layer; `value` is the one before the first copy. Raises `Faulty`."""

        def known(names: Names) -> Names:
            inputs = self._inputs(spec, context._replace(names=names), value)
            return self.with_input(names, inputs, spec, INPUT_WORDS & spec.words)

        if not stands_once(spec):
            return expand(spec, context.names, self.bounds, known)
        names = context.names if INPUT_WORDS.isdisjoint(spec.names("name")) else known(context.names)
        return Copy(name_of(spec, names), names)

    def make(self, spec: LayerSpec, placement: Placement) -> Wire:
        """Lower one copy of a layer and return its value. Raises `Faulty`."""
        return self._lower_layer(self, spec, placement)

    def node(self, layer: Layer, spec: LayerSpec, placement: Placement, role: str = "") -> Wire:
        """Add a node under its name or its position, and return its value. Raises `Faulty`.

        `role` is the node's part in a layer of several nodes, such as `activation`.
        """
        name = self._claim(spec, placement, role)
        value = self._nodes.add(layer, spec, placement, name)
        placement.scope.bindings[name] = Binding(
            value, placement.scope.path_to(name), placement.context, partial(self.node, layer, spec)
        )
        return value

    def open(self, kind: str, spec: LayerSpec, placement: Placement) -> ScopeBuilder:
        """Open a scope under its name or its position. Raises `Faulty`."""
        context = self.deeper(spec, placement.context)
        name = self._claim(spec, placement)
        path, by = context.scope.path_to(name), placement.context.reuse or spec
        self._nodes.specs[path] = by
        return ScopeBuilder(
            path,
            kind,
            placement.inputs[0],
            outer=context.scope,
            lexical_parent=context.lexical_parent,
            spec=by,
            again=placement.context.reuse is not None,
            original=placement.original or context.scope.original_of(name),
            origin=context.origin,
        )

    def close(self, scope: ScopeBuilder, value: Wire, placement: Placement, make: Callable[[Placement], Wire]) -> Wire:
        """Close a scope and return its value; `make` lowers the same scope in another place."""
        around = placement.scope
        around.members.append(scope)
        around.bindings[scope.name] = Binding(value, scope.path, placement.context, make, scope)
        return value

    def deeper(self, spec: LayerSpec, context: Context) -> Context:
        """The context at one more level of nesting. Raises `Faulty`."""
        if context.depth >= DEEPEST_NESTING:
            where = spec.place.inside("layer_type").where
            raise Faulty(Diagnostic("too-deep", f"layers nest more than {DEEPEST_NESTING} deep here", where))
        return Context(context.scope, context.lexical_parent, context.names, context.depth + 1, origin=context.origin)

    def _group(self, spec: LayerSpec, group: Group, connect: Connect, context: Context, value: Wire) -> Wire:
        if group.scope is None:
            return self._copies(spec, group.copies, connect, context, value, self._inputs)
        try:
            if "each" in spec.common:
                raise unnamed_copies(spec)
            return self._scope_of_copies(spec, group, connect, self._inputs, Placement(context, group.scope, (value,)))
        except Faulty as fault:
            return self.give_up(fault, spec, context, group.scope)

    def _copies(
        self, spec: LayerSpec, copies: list[Copy], connect: Connect, context: Context, value: Wire, reads: Reads
    ) -> Wire:
        """Lower copies into the context's scope."""
        for copy in copies:
            value = self._copy(spec, copy, connect, context, value, reads)
        return value

    def _copy(self, spec: LayerSpec, copy: Copy, connect: Connect, context: Context, value: Wire, reads: Reads) -> Wire:
        """Lower a copy and return the value that the next one reads. In a scope of copies its position is its name."""
        names, scope = copy.names, context.scope
        at = (
            context
            if names is context.names
            else Context(scope, context.lexical_parent, names, context.depth, origin=context.origin)
        )
        name = str(scope.count) if scope.has_copies else copy.name
        first = len(scope.members)
        try:
            after: Wire
            if "each" in spec.common:
                assert copy.name is not None, "the reader of layers asks for a name"
                after = apply_to_each(self, spec, at, copy.name, copy.row)
            else:
                inputs = (value,) if copy.follows else reads(spec, at, value)
                at = self.context_of_use(spec, at, inputs, copy.row)
                after = self.make(spec, Placement(at, name, inputs))
        except Faulty as fault:
            after = self.give_up(fault, spec, at, name)
        if copy.independent:
            scope.independent.append(IndependentCopy(after, slice(first, len(scope.members)), spec))
        following = connect(at, spec, value, after)
        if following != value:
            context.lexical_parent.before.setdefault(following, value)
        return following

    def context_of_use(
        self,
        spec: LayerSpec,
        context: Context,
        inputs: tuple[Wire, ...],
        row: int,
        use: str = "",
        *,
        further: bool = False,
    ) -> Context:
        """The context of a copy of a layer, or of one use of a copy with `each`, that reads these values.

        Raises `Faulty`.
        """
        words = INPUT_WORDS & spec.words
        names = self.with_input(context.names, inputs, spec, words) if words else context.names
        origin = Origin(self.document.declarations[spec], names, known(inputs), context.origin, row, use, further)
        return Context(context.scope, context.lexical_parent, names, context.depth, context.reuse, origin)

    def resolve(self, reference: str, context: Context, place: Place) -> Wire:
        """The value of a reference in this context."""
        return self._references.resolve(reference, context.lexical_parent, place)

    def _scope_of_copies(
        self, spec: LayerSpec, group: Group, connect: Connect, reads: Reads, placement: Placement
    ) -> Wire:
        """Lower the copies of a named layer into a scope of that name."""
        context = placement.context
        scope = self.open(REPEAT, spec, placement)
        inside = Context(scope, context.lexical_parent, context.names, context.depth + 1, origin=context.origin)
        around, context.lexical_parent.copying = context.lexical_parent.copying, scope
        value = self._copies(spec, group.copies, connect, inside, placement.inputs[0], reads)
        context.lexical_parent.copying = around
        return self.close(scope, value, placement, partial(self._copies_again, spec, group, connect))

    def _copies_again(self, spec: LayerSpec, group: Group, connect: Connect, placement: Placement) -> Wire:
        """Lower the same copies in another place. They read the placement's inputs instead of their own `inputs`.

        The value is that of the last copy, also where later copies followed in the original place.
        """
        *others, last = group.copies
        group = Group(group.scope, [*others, last._replace(independent=False)])

        def reads(spec: LayerSpec, at: Context, value: Wire) -> tuple[Wire, ...]:
            return placement.inputs if "inputs" in spec.common else (value,)

        self.bounds.begin_copies(len(group.copies), spec)
        value = self._scope_of_copies(spec, group, connect, reads, placement)
        self.bounds.end_copies(len(group.copies))
        return value

    def with_input(self, names: Names, inputs: tuple[Wire, ...], spec: LayerSpec, words: frozenset[str]) -> Names:
        """The names with the shape of the first input. Raises `Faulty` if it is unknown.

        `words` are those of `INPUT_WORDS` that the layer reads.
        """
        if inputs[0] == AMBIGUOUS_INPUT:
            hidden = [word for word in sorted(words) if word not in names]
            if not hidden:
                return names
            raise self._nodes.which_input(f"`{hidden[0]}` could belong to", spec)
        read = type_of(inputs[0])
        if read is None:
            raise Faulty
        return with_input(names, read) if read.axes else names

    def _inputs(self, spec: LayerSpec, context: Context, value: Wire) -> tuple[Wire, ...]:
        """The values that a layer reads: those of its references, or the value before it. Raises `Faulty`."""
        if spec.common.get("each") is not None:
            return uses_of(self, spec, context)[0].inputs
        if "inputs" not in spec.common:
            refuse_several(value, spec)
            return (value,)
        # `channels` and `shape` belong to the value of these references.
        reads = not INPUT_WORDS.isdisjoint(spec.names("inputs"))
        names = without_input(context.names) if reads else context.names
        references = spec.read("inputs", names)
        if not isinstance(references, tuple):
            refuse_several(value, spec)
            return (value,)
        place = spec.place.inside("inputs")
        found = single(
            self._counted_back(-reference, context, value, place.inside(index))
            if isinstance(reference, int)
            else self.resolve(reference, context, place.inside(index))
            for index, reference in enumerate(references)
        )
        if any(isinstance(wire, Unknown) and wire.several for wire in found):
            raise Faulty
        return found

    def _counted_back(self, steps: int, context: Context, value: Wire, place: Place) -> Wire:
        """The value of the layer that is `steps` before; `value` is that of the last one. Raises `Faulty`."""
        around = list(context.lexical_parent.visible())
        outermost = around[-1]
        for step in range(1, steps):
            found = (scope.before[value] for scope in around if value in scope.before)
            before = None if value == outermost.input else next(found, None)
            if before is None:
                what = "block" if outermost.block else "network"
                message = f"{-steps} counts back beyond the {what}'s input, which is {-step} here"
                raise Faulty(Diagnostic("unknown-reference", message, place.where))
            value = before
        return value

    def _look_at(self, spec: LayerSpec, context: Context, value: Wire) -> None:
        """Check the inputs, the name and the names in expressions of a layer that has other faults.

        Layers with copies are not checked, because their number is unknown. A layer that reads itself is not either:
        the message would be that it is listed later.
        """
        if stands_once(spec) and not any(closest(key, LOOPS) for key in spec.attributes):
            inputs = spec.common.get("inputs")
            if isinstance(inputs, tuple) and spec.own_name not in inputs:
                self._inputs(spec, context, value)
            self._report_unknown_names(spec, context)
            if spec.own_name is not None:
                self.refuse_taken(spec.own_name, spec, context.scope)

    def _report_unknown_names(self, spec: LayerSpec, context: Context) -> None:
        # Any shape: only names without a value are reported.
        names = with_input(context.names, TensorType((1, 1, 1)))
        for value in (*spec.common.values(), *spec.attributes.values()):
            if any(name not in names for name in names_in(value)):
                try:
                    evaluated(value, names)
                except Faulty as fault:
                    if fault.diagnostic is not None and fault.diagnostic.code == "unknown-name":
                        self.report.take(fault, context.scope.uses)

    def _claim(self, spec: LayerSpec, placement: Placement, role: str = "") -> str:
        """The name for a layer: its own if it is free, or its position. Raises `Faulty`."""
        scope = placement.scope
        if placement.name is not None:
            self.refuse_taken(placement.name, spec, scope)
        return scope.next_name(placement.name, role)

    def refuse_taken(self, name: str, spec: LayerSpec, scope: ScopeBuilder) -> None:
        """Raise `Faulty` for a name that is taken in the scope."""
        taken = name in scope.bindings
        given = name in scope.inputs
        if taken or given or (scope.outer is None and self._references.is_input(name)):
            owner = "this block" if given else "the network"
            what = "a layer of this scope" if taken else f"an input of {owner}"
            where = spec.place.inside("name").where
            raise Faulty(Diagnostic("duplicate-name", f'{what} is called "{name}" already', where))

    def give_up(self, fault: Faulty, spec: LayerSpec, context: Context, name: str | None) -> Wire:
        """Report a layer's fault and return an unknown value; the scope may lack names afterwards."""
        scope = context.scope
        self.report.take(fault, scope.uses)
        value = self._nodes.unknown(several="each" in spec.common)
        scope.uncertain |= spec.may_name if name is None else "each" in spec.common
        path = scope.path_to(scope.next_name(name))
        unknown = ScopeBuilder(path, "unknown", value, uncertain=True)
        if name is not None and name not in scope.bindings:
            scope.bindings[name] = Binding(value, path, context, _refuse, unknown)
        return value


def _refuse(placement: Placement) -> Wire:
    """Raise `Faulty`: a layer that is at fault cannot be lowered in another place."""
    raise Faulty
