"""From a graph to what a backend writes: definitions for what repeats, and the body of the whole network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import count
from typing import Any

from archspec.codegen.body import Body, Numbers, Use
from archspec.codegen.definitions import Definition, define, families, group, stem
from archspec.codegen.lengths import with_equal_loops
from archspec.codegen.loops import Repetitions
from archspec.codegen.progressions import drop_rates, table
from archspec.codegen.splits import with_whole_splits
from archspec.codegen.turns import Varying
from archspec.errors import EmitError
from archspec.ir import Graph, Node, Operation, Scope, Value
from archspec.layers.activation import Linear
from archspec.program.calls import GENERAL, Call, Described, Facts, Site
from archspec.program.names import RESERVED, Names, camel


@dataclass(frozen=True, slots=True)
class Plan:
    """What a module's source says: definitions, each before its users, and the network's own body."""

    definitions: tuple[Definition, ...]
    body: Body


class Planner(ABC):
    """Plans the source of one graph. A backend says what a layer's use is, and which scopes are written in place."""

    def __init__(self, graph: Graph, names: Names) -> None:
        self.graph = graph
        self.calls: dict[str, Call] = {}
        self.operations = graph.operations
        self._names = names
        self._described: dict[str, Described] = {}
        self._forms: dict[tuple[Operation, Facts], Described] = {}
        defined = self._defined = set[str]()
        words = self.reserved | RESERVED
        # Neither refers to the planner, which would be garbage for the collector then.
        self._taken: Callable[[], frozenset[str]] = lambda: words | defined
        self._table = partial(table, progression=drop_rates(graph))
        self.repetitions = Repetitions(defined.__contains__, Varying(self._taken, self._table))

    @abstractmethod
    def facts_of(self, node: Node) -> Facts:
        """What the backend's own analyses found about a node, in its own words."""

    @abstractmethod
    def describe(self, site: Site[Any]) -> Described:
        """What the backend writes for a layer in such a place."""

    @abstractmethod
    def node_uses(self, node: Node, name: str, body: BodyBuilder) -> list[Use]:
        """The uses that a node comes to; `name` is its path seen from the body."""

    def in_place(self, scope: Scope) -> bool:
        """Whether the scope is never a definition of its own.

        A layer that is applied both inside the scope and outside it must be made where both see it.
        """
        return scope.path in self._crossed

    @cached_property
    def _crossed(self) -> frozenset[str]:
        pairs = [(around(node.path), around(node.shares)) for node in self.graph.nodes if node.shares is not None]
        return frozenset().union(*[again ^ first for again, first in pairs])

    def has_weights(self, node: Node) -> bool:
        """Whether the node's layer has weights, its own or another's."""
        return bool(self.operations[node.path].weights)

    @abstractmethod
    def scope_uses(self, scope: Scope, name: str, body: BodyBuilder) -> list[Use]:
        """The uses that a scope comes to which is written in place."""

    def definition_name(self, scope: Scope, number: int) -> str:
        """What to call the definition of such scopes, the `number`th of its family."""
        return camel(scope.kind if scope.block else stem(scope.name)) + (str(number) if number > 1 else "")

    def worth_defining(self, uses: int) -> bool:
        """Whether a definition with so many uses may pay."""
        return True

    def worth_calling(self, scope: Scope, definition: Definition) -> bool:
        """Whether a call of the definition says less than such a scope written in place."""
        return True

    def described(self, node: Node) -> Described:
        """What the backend writes for a node: the same form in every use of a block, where there is such a form."""
        found = self._described.get(node.path)
        if found is None:
            group = self.graph.siblings.get(node.path, (node,))
            keys = [(self.operations[each.path], self.facts_of(each)) for each in group]
            examples = dict(zip(reversed(keys), reversed(group), strict=True))
            forms = {key: self._form(*key, examples[key]) for key in dict.fromkeys(keys)}
            if not _have_one_outline(forms.values()):
                general = {
                    (what, facts): self._form(what, facts | {GENERAL}, examples[what, facts]) for what, facts in forms
                }
                forms = general if _have_one_outline(general.values()) else forms
            self._described.update(zip([each.path for each in group], [forms[key] for key in keys], strict=True))
            found = self._described[node.path]
        return found

    def _form(self, operation: Operation, facts: Facts, example: Node) -> Described:
        """What the backend writes for an operation of a use of which these facts are known, such as this one."""
        form = self._forms.get((operation, facts))
        if form is None:
            try:
                site = Site(operation.layer, operation.inputs, operation.output, facts)
                form = self._forms[operation, facts] = self.describe(site)
            except EmitError as error:
                # A row sees no node, so it cannot say which one it refuses.
                error.path = error.path or example.path
                raise
        return form

    def plan(self) -> Plan:
        """The whole plan."""
        definitions = []
        reused = {scope.path for scope in self.graph.scopes if scope.shares is not None}
        candidates = frozenset(
            scope.path
            for scope in self.graph.scopes
            if reused.isdisjoint((scope.path, *around(scope.path))) and not self.in_place(scope)
        )
        for family in families(self.graph.scopes, candidates):
            definitions += self._define(family)
        imports = tuple("@" + name for name in self.graph.inputs)
        body = self.body("", self.graph.members, imports, tuple(dict.fromkeys(self.graph.outputs.values())))
        return Plan(tuple(definitions), self.rolled(body, self.repetitions))

    def _define(self, family: list[Scope]) -> list[Definition]:
        # Uses of a block are often equal, such as those after the first in a stage of a ResNet.
        distinct: dict[Hashable, Body] = {}
        flat = []
        for scope in family:
            body = self._scope_body(scope)
            key = body.identity
            if key not in distinct:
                distinct[key] = body
            flat.append(distinct[key])
        rolled = {id(body): self.rolled(body, self.repetitions) for body in distinct.values()}
        bodies = with_equal_loops(flat, [rolled[id(body)] for body in flat], self._rolled_shorter, self._table)
        made: list[Definition] = []
        for uses in group(bodies):
            if not self.worth_defining(len(uses.members)):
                continue
            scope = family[uses.members[0]]
            numbered = (self.definition_name(scope, number) for number in count(len(made) + 1))
            name = next(name for name in numbered if name not in self._names)
            definition = define(name, uses, family, self._taken() | {name})
            if not self.worth_calling(scope, definition):
                continue
            definition = replace(definition, name=self._names.fresh(name))
            self._defined.add(definition.name)
            made.append(definition)
            for index, call in zip(uses.members, definition.calls(len(uses.members)), strict=True):
                self.calls[family[index].path] = call
        return made

    reserved: frozenset[str] = frozenset()
    """Names that no parameter of a definition and no variable of a loop may have."""

    def body(
        self, prefix: str, members: tuple[Node | Scope, ...], imports: tuple[Value, ...], exports: tuple[Value, ...]
    ) -> Body:
        """The body with these members, whose paths begin with `prefix`."""
        builder = BodyBuilder(self, prefix, imports)
        items = with_whole_splits(builder.uses(members))
        return Body(len(imports), tuple(items), tuple([builder.known[value] for value in exports]))

    def _scope_body(self, scope: Scope) -> Body:
        border = self.graph.borders[scope.path]
        return self.body(scope.path + ".", scope.members, tuple(border.imports), tuple(border.exports))

    def rolled(self, body: Body, repetitions: Repetitions) -> Body:
        """The body with what repeats in it said once."""
        return repetitions.rolled(body)

    def _rolled_shorter(self, body: Body) -> Body:
        """The body with loops of fewer turns."""
        return self.rolled(body, self.repetitions.shorter)


def around(path: str) -> frozenset[str]:
    """The paths of the scopes around a node or a scope."""
    words = path.split(".")
    return frozenset([".".join(words[:count]) for count in range(1, len(words))])


def _have_one_outline(forms: Collection[Described]) -> bool:
    """Whether these are the same but for the values of arguments."""
    return len(forms) == 1 or len({tuple([each and each.outline for each in form]) for form in forms}) == 1


class BodyBuilder:
    """Writes one body: `known` has the numbers of the values that its uses read and make."""

    def __init__(self, planner: Planner, prefix: str, imports: tuple[Value, ...]) -> None:
        self._planner = planner
        self._prefix = prefix
        numbers: Numbers[Value] = Numbers()
        self.known = numbers.known
        self.new = numbers.new
        for value in imports:
            self.new(value)

    def alias(self, value: Value, other: Value) -> None:
        """Makes a value of the graph the same as one before it."""
        self.known[value] = self.known[other]

    def relative(self, path: str) -> str:
        """A path seen from this body."""
        return path.removeprefix(self._prefix)

    def uses(self, members: tuple[Node | Scope, ...]) -> list[Use]:
        """The uses that these members come to, in order."""
        found: list[Use] = []
        for member in members:
            name = self.relative(member.path)
            if isinstance(member, Node):
                if not member.named and isinstance(member.layer, Linear):
                    self.alias(member.path, member.inputs[0])
                else:
                    found += self._planner.node_uses(member, name, self)
            elif member.path in self._planner.calls:
                found.append(self.apply(member, Use(self._planner.calls[member.path], (), (), name)))
            else:
                found += self._planner.scope_uses(member, name, self)
        return found

    def apply(self, scope: Scope, use: Use) -> Use:
        """The use with a scope's border for its wiring."""
        border = self._planner.graph.borders[scope.path]
        inputs = tuple([self.known[value] for value in border.imports])
        results = tuple([self.new(value) for value in border.exports])
        return use._replace(inputs=inputs, results=results)
