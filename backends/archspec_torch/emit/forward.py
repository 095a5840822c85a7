"""The `forward` of a class."""

from __future__ import annotations

import re
from collections.abc import Callable

from archspec.codegen.body import Body, Loop, Number, Sequence, Use
from archspec.codegen.parameters import Parameter
from archspec.codegen.printer import WIDTH
from archspec.codegen.source import call, function, literal, output_numbers
from archspec.codegen.variables import FRESH, handed_over, variables
from archspec.ir import Graph
from archspec.program.calls import Argument, Call, Code, Function
from archspec.program.names import Names
from archspec_torch.emit.helpers import HELPERS
from archspec_torch.emit.modules import WORDS, Modules, attribute
from archspec_torch.emit.row import BareParameter

Line = tuple[int, str]

Applied = Callable[[list[str]], str]
"""Writes the application of something to the expressions of its inputs."""

DEEPEST = 3
"""Calls that one line may nest."""

RESERVED = WORDS | HELPERS.keys()
"""Names that no variable of a `forward` may have."""


class Forward:
    """Writes one `forward`. `parameters` are those of the class that it needs, with the attributes that keep them."""

    def __init__(
        self, body: Body, modules: Modules, parameters: tuple[Parameter, ...], graph: Graph | None = None
    ) -> None:
        self.parameters: dict[str, str] = {}
        self._body = body
        self._modules = modules
        self._graph = graph
        self._known = {parameter.name for parameter in parameters}
        own = [*FRESH, *(f"x{number}" for number in range(body.inputs))]
        if graph is not None and len(graph.inputs) > 1:
            taken = Names(RESERVED)
            own = [taken.fresh(name) for name in graph.inputs]
        self._inputs = own[: body.inputs]
        self._names = variables(body, self._inputs, RESERVED, outputs=self._outputs)

    def statements(self) -> list[Line]:
        """The statements, indented, the header first."""
        inputs = ", ".join(f"{name}: Tensor" for name in self._inputs)
        lines = _Lines(self._names, self._body)
        for item in self._body.items:
            if isinstance(item, Loop):
                lines.flush()
                self._loop(item, lines)
            else:
                lines.add(item, 8, self._applied(item))
        result = self._returned(lines)
        return [(4, f"def forward(self, {inputs}) -> {self._annotation}:"), *lines.done, (8, f"return {result}")]

    @property
    def _annotation(self) -> str:
        if self._graph is not None and len(self._graph.outputs) > 1:
            return "dict[str, Tensor]"
        count = len(self._body.outputs)
        return "Tensor" if count == 1 else f"tuple[{', '.join(['Tensor'] * count)}]"

    def _returned(self, lines: _Lines) -> str:
        if self._graph is not None and len(self._graph.outputs) > 1:
            lines.flush()
            pairs = [f"{literal(name)}: {self._names[number]}" for name, number in self._outputs.items()]
            return "{" + ", ".join(pairs) + "}"
        if len(self._body.outputs) == 1 and lines.makes_just(self._body.outputs[0]):
            return lines.take()
        lines.flush()
        return ", ".join(self._names[number] for number in self._body.outputs)

    @property
    def _outputs(self) -> dict[str, Number]:
        """The network's outputs, none for another class."""
        return output_numbers(self._graph, self._body) if self._graph is not None else {}

    def _applied(self, use: Use, module: str | None = None) -> Applied:
        if isinstance(use.made, Function):
            made = use.made
            arguments = [self._at_hand(argument) for argument in made.arguments]
            return lambda inputs: function(made.template, inputs, arguments)
        if isinstance(use.made, BareParameter):
            applied, weight = use.made.applied, attribute("self", use.name or "")
            return lambda inputs: function(applied, [*inputs, weight], ())
        target = module or self._modules.target(use.shares or use.name or "")
        return lambda inputs: call(target, *inputs)

    def _at_hand(self, argument: Argument) -> Argument:
        """The argument as `forward` can say it: a parameter of the class is an attribute by then."""
        if not isinstance(argument.value, Code):
            return argument
        return argument.with_value(Code(self._own(argument.value.text)))

    def _own(self, expression: str) -> str:
        def attribute(match: re.Match[str]) -> str:
            if match[0] not in self._known:
                return match[0]
            self.parameters[match[0]] = self._modules.attribute(match[0])
            return f"self.{self.parameters[match[0]]}"

        return re.sub(r"\b[A-Za-z_]\w*\b", attribute, expression)

    def _loop(self, loop: Loop, lines: _Lines) -> None:
        lines.hand_over([(carried.inside, carried.before) for carried in loop.carried], 8)
        # A loop makes all the modules that its class has: see `TorchPlanner.rolled`.
        lines.done.append((8, "for layer in self.children():"))
        for use in loop.uses:
            lines.add(use, 12, self._applied(use, "layer"))
        lines.flush()
        lines.hand_over([(carried.after, carried.turned) for carried in loop.carried], 12)


def _is_infix(made: Call | Sequence | Function | None) -> bool:
    """Whether the first input is an operand, so that it cannot be any expression."""
    template = made.applied if isinstance(made, BareParameter) else made.template if isinstance(made, Function) else ""
    return template.startswith("{0}")


class _Lines:
    """Statements in the making: what is applied to a value that nothing else reads may join its line."""

    def __init__(self, names: dict[Number, str], body: Body) -> None:
        self.done: list[Line] = []
        self._names = names
        self._readers: dict[Number, int] = {}
        for number in [*body.outputs, *(number for use in body.uses for number in use.inputs)]:
            self._readers[number] = self._readers.get(number, 0) + 1
        self._pending: tuple[int, Use, str] | None = None
        self._depth = 0
        self._light = True

    def add(self, use: Use, indent: int, applied: Applied) -> None:
        """Adds the application of a use."""
        joined = self._joined(use, indent, applied)
        if joined is not None:
            self._pending = (indent, use, joined)
            self._depth += 1
            self._light = self._light and use.light
            return
        self.flush()
        self._pending = (indent, use, applied([self._names[number] for number in use.inputs]))
        self._depth = 1
        self._light = use.light

    def _joined(self, use: Use, indent: int, applied: Applied) -> str | None:
        """The expression in the making with this use applied to it, where that reads well in one line."""
        if self._pending is None or self._depth >= DEEPEST or len(use.inputs) != 1:
            return None
        before, last, text = self._pending
        if before != indent or last.results != use.inputs or self._readers[use.inputs[0]] != 1:
            return None
        if not (use.light or self._light) or _is_infix(use.made):
            return None
        joined = applied([text])
        target = ", ".join(self._names[number] for number in use.results)
        return joined if indent + len(target) + 3 + len(joined) <= WIDTH else None

    def hand_over(self, pairs: list[tuple[Number, Number]], indent: int) -> None:
        """Makes the first value of each pair what the second one is."""
        named = [(self._names[number], self._names[other]) for number, other in pairs]
        self.done += [(indent, line) for line in handed_over(named)]

    def makes_just(self, number: Number) -> bool:
        """Whether the statement in the making makes this value and nothing else."""
        return self._pending is not None and self._pending[1].results == (number,)

    def take(self) -> str:
        """The expression in the making, which becomes no statement."""
        assert self._pending is not None
        text = self._pending[2]
        self._pending = None
        return text

    def flush(self) -> None:
        """Ends the statement in the making."""
        if self._pending is not None:
            indent, use, text = self._pending
            self.done.append((indent, f"{', '.join(self._names[number] for number in use.results)} = {text}"))
            self._pending = None
