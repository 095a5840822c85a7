"""A graph as Keras source: a function for each definition, and one that builds the whole functional model."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.codegen.body import Body, Loop, Number, Use
from archspec.codegen.definitions import Definition
from archspec.codegen.source import (
    argument_texts,
    call,
    function,
    literal,
    loop_header,
    module,
    output_numbers,
    signature,
    statements,
    title,
)
from archspec.codegen.variables import FRESH, handed_over, variables
from archspec.errors import EmitError
from archspec.ir import Graph
from archspec.program.calls import Call, Function
from archspec.program.families import family_title
from archspec.program.functions import MAKE_DIVISIBLE
from archspec.program.model import Unsayable
from archspec.program.names import Names, identifier
from archspec_tensorflow.emit import HELPERS, layer_name
from archspec_tensorflow.emit.plan import WORDS, KerasPlanner, entry_point, input_names, names
from archspec_tensorflow.emit.program import family_source, program_source

IMPORTS = {
    "Callable": "from collections.abc import Callable",
    "math": "import math",
    "keras": "import keras",
    "KerasTensor": "from keras import KerasTensor",
    "layers": "from keras import layers",
    "ops": "from keras import ops",
}

Line = tuple[int, str]


def emit(graph: Graph, dtype: str = "float32") -> str:
    """The source of a module whose function `entry_point(graph)` builds the network as a functional `keras.Model`.

    The model's inputs have the network's names; it returns the output, or a dict of outputs by name where there are
    several. As a program it loads weights of `dtype`.
    """
    try:
        sections = [program_source(graph)]
    except Unsayable:
        sections = _planned(graph)
    return module(title(graph), IMPORTS, {**HELPERS, "make_divisible": MAKE_DIVISIBLE}, sections, _main(graph, dtype))


def emit_family(name: str, graphs: Mapping[str, Graph]) -> str:
    """The source of a module with one function for all variants of a document, and a function for each.

    The functions are called after the document and its variants. Raises `EmitError` with the reason where one function
    cannot say all of them.
    """
    try:
        source = family_source(name, graphs)
    except Unsayable as reason:
        raise EmitError(f"Keras has no one function for all variants of {name}: {reason}") from None
    doc = family_title(name, next(iter(graphs.values())))
    return module(doc, IMPORTS, {**HELPERS, "make_divisible": MAKE_DIVISIBLE}, [source], "")


def _planned(graph: Graph) -> list[str]:
    """The functions of a network of which the author's document is not enough to say it."""
    plan = KerasPlanner(graph, names(graph)).plan()
    defined = {definition.name: _is_named(definition.body) for definition in plan.definitions}
    sections = [_function(definition, defined) for definition in plan.definitions]
    sections.append(_model(graph, plan.body, defined))
    return sections


def _is_named(body: Body) -> bool:
    """Whether something in a function bears a name, so that the function must be told its own."""
    return any(use.name is not None for use in body.uses)


def _kept_layers(body: Body, taken: set[str]) -> dict[str, str]:
    """The variables for layers that are applied again, by the layers' names."""
    names = Names({*FRESH, *taken})
    kept = [use.name for use in body.uses if use.kept and use.name is not None]
    return {name: names.fresh(identifier(name.replace(".", "_")) + "_layer") for name in kept}


def _function(definition: Definition, defined: Mapping[str, bool]) -> str:
    body = definition.body
    inputs = [*FRESH, *(f"x{number}" for number in range(body.inputs))][: body.inputs]
    parameters = [f"{name}: KerasTensor" for name in inputs] + signature(definition.parameters)
    returned = "KerasTensor" if len(body.outputs) == 1 else f"tuple[{', '.join(['KerasTensor'] * len(body.outputs))}]"
    header = ", ".join([*parameters, "*", "name: str"] if defined[definition.name] else parameters)
    own = {parameter.name for parameter in definition.parameters}
    taken = own | body.variables | WORDS | defined.keys() | HELPERS.keys()
    layers = _kept_layers(body, {*taken, *inputs})
    lines = _Lines(variables(body, inputs, taken.union(layers.values())), layers, defined, inside=True)
    lines.add_items(body)
    result = lines.returned(body)
    return "\n".join(
        statements([(0, f"def {definition.name}({header}) -> {returned}:"), *lines.done, (4, f"return {result}")])
    )


def _model(graph: Graph, body: Body, defined: Mapping[str, bool]) -> str:
    inputs = input_names(graph, defined)
    lines: list[Line] = [(0, f"def {entry_point(graph)}() -> keras.Model:")]
    for variable, (name, kind) in zip(inputs, graph.inputs.items(), strict=True):
        lines.append((4, f"{variable} = {call('keras.Input', literal(kind.axes), f'name={literal(name)}')}"))
    taken = {*WORDS, *HELPERS, *defined, entry_point(graph), *body.variables}
    layers = _kept_layers(body, {*taken, *inputs})
    outputs = output_numbers(graph, body)
    values = variables(body, inputs, taken.union(layers.values()), kept=range(body.inputs), outputs=outputs)
    inner = _Lines(values, layers, defined, inside=False)
    inner.add_items(body)
    results = {name: values[number] for name, number in outputs.items()}
    made = ", ".join(f"{literal(name)}: {value}" for name, value in results.items())
    returned = "{" + made + "}" if len(results) > 1 else next(iter(results.values()))
    given = inputs[0] if len(inputs) == 1 else f"[{', '.join(inputs)}]"
    last = f"return {call('keras.Model', given, returned, f'name={literal(graph.name)}')}"
    return "\n".join(statements([*lines, *inner.done, (4, last)]))


class _Lines:
    """Statements in the making, a use a line."""

    def __init__(
        self, values: dict[Number, str], layers: Mapping[str, str], defined: Mapping[str, bool], *, inside: bool
    ) -> None:
        self.done: list[Line] = []
        self._values = values
        self._layers = layers
        self._defined = defined
        self._inside = inside

    def add_items(self, body: Body) -> None:
        """Adds the statements of all the items."""
        for item in body.items:
            if isinstance(item, Loop):
                self._loop(item)
            else:
                self._use(item, 4)

    def returned(self, body: Body) -> str:
        """The expression that a function returns; a last statement that makes just that is taken back."""
        names = ", ".join(self._values[number] for number in body.outputs)
        if self.done and len(body.outputs) == 1:
            indent, text = self.done[-1]
            target, _, expression = text.partition(" = ")
            last = body.items[-1]
            if indent == 4 and target == names and isinstance(last, Use) and last.results == body.outputs:
                self.done.pop()
                return expression
        return names

    def _use(self, use: Use, indent: int) -> None:
        result = ", ".join(self._values[number] for number in use.results)
        if use.switch is not None:
            self._switch(use, result, indent)
            indent += 4
        if use.kept and isinstance(use.made, Call):
            variable = self._layers[use.name or ""]
            self.done.append((indent, f"{variable} = {self._made(use)}"))
        self.done.append((indent, f"{result} = {self._applied(use)}"))

    def _switch(self, use: Use, result: str, indent: int) -> None:
        assert use.switch is not None
        condition = (indent, f"if {literal(use.switch.value)}:")
        without = self._values[use.inputs[0]]
        opened = next((line for line in reversed(self.done) if line[0] <= indent), None)
        if opened == condition and without == result:
            return
        if without != result:
            self.done.append((indent, f"{result} = {without}"))
        self.done.append(condition)

    def _applied(self, use: Use) -> str:
        inputs = [self._values[number] for number in use.inputs]
        if isinstance(use.made, Function):
            return function(use.made.template, inputs, use.made.arguments)
        if use.shares is not None or use.kept:
            return call(self._layers[use.shares or use.name or ""], self._together(inputs))
        if isinstance(use.made, Call) and use.made.callee in self._defined:
            name = [f"name={self._name(use.name or '')}"] if self._defined[use.made.callee] else []
            return call(use.made.callee, *inputs, *argument_texts(use.made.arguments), *name)
        return f"{self._made(use)}({self._together(inputs)})"

    def _made(self, use: Use) -> str:
        assert isinstance(use.made, Call)
        name = [] if use.name is None else [f"name={self._name(use.name)}"]
        return call(use.made.callee, *argument_texts(use.made.arguments), *name)

    def _name(self, name: str) -> str:
        if self._inside:
            return f'f"{{name}}.{name}"'
        own = layer_name(name)
        return f'f"{own}"' if "{" in own else literal(own)

    @staticmethod
    def _together(inputs: list[str]) -> str:
        return inputs[0] if len(inputs) == 1 else f"[{', '.join(inputs)}]"

    def _loop(self, loop: Loop) -> None:
        values = self._values
        before = [(values[carried.inside], values[carried.before]) for carried in loop.carried]
        self.done += [(4, line) for line in handed_over(before)]
        self.done.append((4, loop_header(loop, literal(loop.turns.value))))
        for use in loop.uses:
            self._use(use, 8)
        after = [(values[carried.after], values[carried.turned]) for carried in loop.carried]
        self.done += [(8, line) for line in handed_over(after)]


def _main(graph: Graph, dtype: str) -> str:
    """What happens when the file is run: a forward pass of random inputs, with the weights beside it, if any.

    That is in `dtype`, which needs no saying where it is the framework's own.
    """
    shapes = [literal((1, *kind.shape)) for kind in graph.inputs.values()]
    values = [call("keras.random.uniform", shape) for shape in shapes]
    given = values[0] if len(values) == 1 else f"[{', '.join(values)}]"
    lines = [
        'if __name__ == "__main__":',
        "    from pathlib import Path",
        "",
        *(
            []
            if dtype == "float32"
            else [f'    keras.config.set_floatx("{dtype}")', f'    keras.config.set_dtype_policy("{dtype}")']
        ),
        f"    model = {entry_point(graph)}()",
        '    weights = Path(__file__).with_name("model.weights.h5")',
        "    if weights.exists():",
        "        model.load_weights(weights)",
        *statements([(4, f"outputs = model({given}, training=False)")]),
    ]
    if len(graph.outputs) > 1:
        return "\n".join([*lines, "    for name, output in outputs.items():", "        print(name, output.shape)"])
    return "\n".join([*lines, "    print(outputs.shape)"])
