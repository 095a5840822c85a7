"""The concrete cases of a piece of code: uses of a block, iterations of a loop, variants of a family."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archspec.errors import ArchspecError
from archspec.ir import Axes, Declaration, Graph, Node, Origin, Scope
from archspec.ir import Value as GraphValue

Member = Node | Scope


class Unsayable(ArchspecError):
    """There is no source for something; the caller tries another way.

    `key` is the key of the layer that the reason is about. `declaration` is the layer, which its writer sets.
    """

    def __init__(self, message: str, *, key: str = "layer_type") -> None:
        super().__init__(message)
        self.key = key
        self.declaration: Declaration | None = None


class NoLoop(Unsayable):
    """What a loop cannot say, or says worse: the reason why another way fails says more."""


class Copies:
    """The copies of each declaration in one graph, and the nodes and scopes that each copy made."""

    def __init__(self, graph: Graph) -> None:
        self._known: set[Origin] = set()
        self._inside: dict[tuple[Origin | None, Declaration], list[Origin]] = {}
        self._numbered: dict[tuple[Origin | None, Declaration], dict[object, list[Origin]]] = {}
        self._members: dict[Origin, list[Member]] = {}
        self._add(graph.members)

    def inside(self, around: Origin | None, declaration: Declaration) -> list[Origin]:
        """The copies of a declaration inside a copy of its parent, in execution order."""
        return self._inside.get((around, declaration), [])

    def of_iteration(self, around: Origin | None, declaration: Declaration, number: int) -> list[Origin]:
        """Those of the copies that one iteration of a repeated layer makes."""
        key = around, declaration
        if key not in self._numbered:
            groups = self._numbered[key] = {}
            for copy in self._inside.get(key, ()):
                groups.setdefault(copy.names.get("i"), []).append(copy)
        return self._numbered[key].get(number, [])

    def members(self, copy: Origin) -> list[Member]:
        """The nodes and scopes of a copy, without those of the layers inside it."""
        return self._members.get(copy, [])

    def _add(self, members: Sequence[Member]) -> None:
        for member in members:
            if not is_scope_of_copies(member):
                self._register(member)
            if isinstance(member, Scope):
                self._add(member.members)

    def _register(self, member: Member) -> None:
        if member.origin is None:
            return
        self._members.setdefault(member.origin, []).append(member)
        for copy in member.origin.around():
            if copy in self._known:
                break
            self._known.add(copy)
            self._inside.setdefault((copy.parent, copy.declaration), []).append(copy)


def is_scope_of_copies(member: Member) -> bool:
    """Whether a scope only holds the copies of a named layer."""
    return isinstance(member, Scope) and member.kind == "repeat" and not member.block


@dataclass(eq=False, slots=True)
class Case:
    """One case of a body: the copy that contains its layers, and the values of names.

    `outer` is the case of the body around it; `one_to_one` says that the outer case has no other case inside. `rows`
    and `iterations` select copies of a declaration. `place` distinguishes the cases of one graph.
    """

    graph: Graph
    copies: Copies
    origin: Origin | None
    env: dict[str, object]
    outer: Case | None = None
    one_to_one: bool = False
    rows: Mapping[Declaration, int] = field(default_factory=dict)
    iterations: Mapping[Declaration, int] = field(default_factory=dict)
    place: tuple[object, ...] = ()

    def of_copy(self, origin: Origin) -> Case:
        """The case of the layers inside a copy."""
        return Case(self.graph, self.copies, origin, self.env, self, True, self.rows, self.iterations, self.place)

    def of_iteration(
        self, names: Mapping[str, object], rows: Mapping[Declaration, int], iterations: Mapping[Declaration, int]
    ) -> Case:
        """The case of one iteration of a loop, which gives more names values."""
        place = (*self.place, *rows.values(), *iterations.values())
        more = {**self.rows, **rows}, {**self.iterations, **iterations}, place
        return Case(self.graph, self.copies, self.origin, {**self.env, **names}, self, False, *more)

    @property
    def root(self) -> Case:
        """The case of the whole definition."""
        case = self
        while case.outer is not None:
            case = case.outer
        return case

    def channels(self, value: GraphValue) -> int:
        """The number of channels of a value of the graph; 1 for a value without axes.

        Raises `Unsayable` for a value that the graph lacks, because no output depends on it.
        """
        if not self.graph.has(value):
            raise Unsayable(f"{value} is left out")
        return value.type.channels if value.type.axes else 1


@dataclass(eq=False, slots=True)
class Value:
    """A value of a body: its number of channels as an expression, and the graph's value in each case.

    `hint` is the author's name for it, and `referenced` whether a layer refers to it by this name.
    """

    channels: ast.expr
    at: dict[Case, GraphValue]
    hint: str = ""
    referenced: bool = False

    def shape(self, cases: Sequence[Case]) -> Axes | None:
        """The axes that the value has in all of these cases; None if they differ."""
        found = {value.type.axes for case in cases if (value := self.of(case)) is not None and case.graph.has(value)}
        return found.pop() if len(found) == 1 else None

    def of(self, case: Case) -> GraphValue | None:
        """The graph's value in a case of the body, or of a body inside it."""
        around: Case | None = case
        while around is not None:
            if around in self.at:
                return self.at[around]
            around = around.outer
        return None
