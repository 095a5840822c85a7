"""Writes a whole module of Keras functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from archspec.errors import EmitError
from archspec.expressions import names_of
from archspec.ir import Graph
from archspec.layers.activation import Linear
from archspec.program import python as py
from archspec.program.calls import Call, Function
from archspec.program.cases import Value
from archspec.program.language import in_python, with_tuples
from archspec.program.model import Activation, Apply, Definition, Layer, Module, Unsayable, Use
from archspec.program.names import Names, identifier, snake
from archspec.program.renaming import with_free_names
from archspec.program.signatures import Signatures
from archspec.program.trees import names_read, nodes_in
from archspec.program.walking import every_layer
from archspec_tensorflow.emit import inline_activation, layer_name
from archspec_tensorflow.emit.expressions import channels_of
from archspec_tensorflow.emit.function import FunctionWriter
from archspec_tensorflow.emit.labels import Part, joined
from archspec_tensorflow.emit.names import FRESH
from archspec_tensorflow.emit.naming import automatic_name, operation_names, without_number
from archspec_tensorflow.emit.target import KerasTarget


class ModuleText:
    """Writes all functions of a module; the network's is called `entry`.

    `graphs` are the networks of the source: one, or all variants of a document. `words` are the names with a meaning of
    their own in the source.
    """

    def __init__(
        self, graphs: Sequence[Graph], module: Module, target: KerasTarget, words: frozenset[str], entry: str
    ) -> None:
        self._graph = graphs[0]
        self._is_family = len(graphs) > 1
        module = self._module = with_free_names(module, words - {"i"} | {entry, "channels", "x"})
        self._target = target
        self.has_gaps = target.has_gaps()
        self._entry = entry
        definitions = (*module.definitions, module.network)
        own = [(*each.parameters, *each.local, *each.channels, *each.inputs) for each in definitions]
        names = Names({*words, *FRESH, entry}.union(*own))
        self._functions = {
            each: names.fresh(snake(each.name), f"{snake(each.name)}_block") for each in module.definitions
        }
        self._words = (words - {"i"}) | {entry} | frozenset(self._functions.values())
        self._named: dict[Definition, bool] = {}
        self._given = frozenset(
            without_number(name) for graph in graphs for name in (*graph.inputs, *graph.by_path) if "." not in name
        )
        self._operations = frozenset[str]().union(*map(operation_names, self._templates()))
        self._signatures = Signatures(self._functions, "Callable[..., KerasTensor]")
        for definition in (*module.definitions, module.network):
            self._named[definition] = any(map(self.bears_name, every_layer(definition.body)))
            self._signatures.add(definition, frozenset(self._whole(definition)))
        self._current = module.network

    def write(self) -> list[ast.stmt]:
        """The functions, the network's last; raises `EmitError` for an input with one of Keras's automatic names."""
        for name in self._graph.inputs:
            if without_number(name) in self._operations:
                raise EmitError(
                    f'Keras calls an operation of this network "{name}" too: give the input another name',
                    path=f"@{name}",
                )
        return [*map(self._function, self._module.definitions), self._network()]

    def _templates(self) -> Iterator[str]:
        for definition in (*self._module.definitions, self._module.network):
            for item in every_layer(definition.body):
                if isinstance(item.made, Layer):
                    made = [form.made for form in item.made.forms if form is not None]
                    yield from (each.template for each in made if isinstance(each, Function))

    # Functions

    def _function(self, definition: Definition) -> ast.stmt:
        self._current = definition
        body = definition.body
        inputs = [identifier(name) for name in definition.inputs] if len(definition.channels) > 1 else ["x"]
        parameters = self._parameters(definition)
        own = {*inputs, *definition.parameters, *definition.local, *definition.channels}
        if not self._words.isdisjoint(own) or len(own & set(inputs)) != len(inputs):
            raise Unsayable("a param has the name of something else")
        if not set(inputs).isdisjoint({*definition.parameters, *definition.local}):
            raise Unsayable("a param has the name of an input")
        prefix: tuple[Part, ...] = (py.dotted("name"),) if self._named[definition] else ()
        taken = self._words | (own - set(inputs))
        writer = FunctionWriter(self, body, inputs, [body.output], taken, prefix)
        statements = writer.statements()
        statements = [*self._before(definition, inputs, statements), *_returning(statements, writer, body.output)]
        tensor = py.dotted("KerasTensor")
        given = [*[py.Parameter(name, tensor) for name in inputs], *parameters]
        by_name = [py.Parameter("name", py.dotted("str"))] if self._named[definition] else []
        return py.function(self._functions[definition], given, tensor, _renamed(statements), by_name)

    def _before(
        self, definition: Definition, inputs: Sequence[str], statements: Sequence[ast.stmt]
    ) -> Iterator[ast.stmt]:
        """The assignments of variables that the statements read: numbers of channels, and the author's variables."""
        read = names_read(statements)
        local = []
        for name, tree in reversed(definition.local.items()):
            if name in read:
                read |= names_of(tree)
                local.append(py.assign(name, self.say(tree, {})))
        for name, variable in zip(definition.channels, inputs, strict=True):
            if name in read:
                yield py.assign(name, channels_of(variable))
        yield from reversed(local)

    def _parameters(self, definition: Definition) -> list[py.Parameter]:
        return list(self._signatures.parameters(definition, partial(self.say, renamed={})))

    def _network(self) -> ast.stmt:
        graph, network = self._graph, self._module.network
        self._current = network
        outputs = self._module.outputs
        by_name = [py.Parameter("name", py.dotted("str"))] if self._is_family else []
        names = Names({*self._words, *network.parameters, *network.local})
        inputs = [names.fresh(name) for name in graph.inputs]
        taken = self._words | {*network.parameters, *network.local}
        if not self._words.isdisjoint({*network.parameters, *network.local}):
            raise Unsayable("a param has the name of something else")
        results = list(outputs.values())
        writer = FunctionWriter(self, network.body, inputs, results, taken, (), keeps_inputs=True)
        given = [
            py.assign(name, py.call("keras.Input", [self._shape(word)], {"name": ast.Constant(word)}))
            for name, word in zip(inputs, graph.inputs, strict=True)
        ]
        statements = [*given, *writer.statements()]
        variables = [py.dotted(name) for name in inputs]
        read = {name: py.dotted(writer.variable(value)) for name, value in outputs.items()}
        model = py.call(
            "keras.Model",
            [
                variables[0] if len(variables) == 1 else py.list_(variables),
                self._results(read),
            ],
            {"name": py.dotted("name") if self._is_family else ast.Constant(graph.name)},
        )
        statements = [*self._before(network, [], statements), *statements]
        parameters = self._parameters(network)
        made = _renamed([*statements, py.return_(model)])
        return py.function(self._entry, parameters, py.dotted("keras.Model"), made, by_name)

    def _results(self, read: Mapping[str, ast.expr]) -> ast.expr:
        """What the network gives, where its outputs are these expressions."""
        common = {name: tree for name, tree in read.items() if name not in self._module.optional}
        every, less = [py.dict_(each) if len(each) > 1 else next(iter(each.values())) for each in (read, common)]
        test = next(iter(self._module.optional.values()), None)
        return every if test is None else py.choice(self.say(test, {}), every, less)

    def _shape(self, name: str) -> ast.expr:
        """The shape of an input."""
        return self.say(with_tuples(self._module.inputs[name]), {})

    def variant(self, name: str, graph: Graph, position: int) -> ast.stmt:
        """The function that builds one variant of a family, the one at this position."""
        network = self._current = self._module.network
        parameters, keywords = self._signatures.variant(network, graph, position, partial(self.say, renamed={}))
        made = py.return_(py.call(self._entry, [], keywords | {"name": ast.Constant(graph.name)}))
        return py.function(name, parameters, py.dotted("keras.Model"), [made])

    def _whole(self, definition: Definition) -> Iterator[str]:
        """The params that layers get unchanged: Keras has tuples instead of lists."""
        for item in every_layer(definition.body):
            match item.made:
                case Layer(forms=forms):
                    trees = [tree for form in forms if form is not None for _, tree in form.arguments]
                case Use() as use:
                    callees = use.definitions.values()
                    names = {name for callee in callees for name in self._signatures.tuples[callee]}
                    trees = [tree for name, tree in use.arguments.items() if name in names]
                case _:
                    trees = []
            yield from (tree.id for tree in trees if isinstance(tree, ast.Name))

    # What functions are told

    def say(self, tree: ast.expr, renamed: Mapping[str, str]) -> ast.expr:
        """Translate an expression of the language to Python, with other names for some variables."""
        return in_python(tree, self._signatures.chosen[self._current], renamed)

    def with_functions(self, name: str, tree: ast.expr) -> ast.expr:
        """The value for a variable, with functions instead of their names in the document."""
        return self._signatures.with_objects(self._current, name, tree)

    def check(self, activation: Activation) -> None:
        """Raise `Unsayable` unless Keras has the activations under the language's names."""
        for word, operation in activation.operations.items():
            if inline_activation(operation.layer) is None and not isinstance(operation.layer, Linear):
                raise Unsayable(f"Keras has no word for the activation {word}")

    def use(self, use: Use, inputs: Sequence[ast.expr], label: ast.expr | None, renamed: Mapping[str, str]) -> ast.expr:
        """A call of a block's function."""
        named = {} if label is None else {"name": label}
        return self._signatures.call(use, inputs, partial(self.say, renamed=renamed), named)

    def bears_name(self, item: Apply) -> bool:
        """Whether a layer, or a layer inside a block, gets a name."""
        match item.made:
            case Layer(forms=forms) as layer:
                made = [form.made for form in forms if form is not None]
                calls = [each for each in made if isinstance(each, Call)]
                named = bool(calls) and (item.name is not None or layer.has_weights)
                return named or any(self.is_given(automatic_name(each.callee)) for each in calls)
            case Activation():
                return item.name is not None or self.is_given("activation")
            case Use(definitions=definitions):
                return any(self._named[each] for each in definitions.values())
        return any(map(self.bears_name, every_layer(item.made.body)))

    def is_given(self, kind: str) -> bool:
        """Whether Keras's automatic name for an unnamed layer is the name of another layer."""
        return kind in self._given

    def label(self, parts: Sequence[Part], item: Apply) -> ast.expr:
        """The name of a layer, with a dot before it if TensorFlow refuses the name, or an input or operation has it."""
        text = joined(parts)
        if not isinstance(parts[0], str) and self._current is not self._module.network:
            return text
        if isinstance(text, ast.Constant):
            name = str(text.value)
            return ast.Constant(f".{name}" if self._is_taken(name) else layer_name(name))
        if any(self._is_taken(name) or layer_name(name) != name for name in item.paths.values()):
            raise Unsayable("a name that begins with an underscore, or that Keras gives")
        return text

    def _is_taken(self, name: str) -> bool:
        taken = name in self._graph.inputs or without_number(name) in self._operations
        return "." not in name and taken

    def depth(self, item: Apply, value: Value) -> int:
        """The number of layers before a value that a layer reads, summed over all cases."""
        found = [(case.graph, value.of(case)) for case in item.output.at]
        return sum(self._target.analysis(graph).depths[made] for graph, made in found if made is not None)


def _returning(statements: list[ast.stmt], writer: FunctionWriter, value: Value) -> list[ast.stmt]:
    """The statements and the return of the value, as one statement if the last assignment makes the value."""
    name = writer.variable(value)
    match statements:
        case [*before, ast.Assign(targets=[ast.Name(id=target)], value=tree)] if target == name:
            return [*before, py.return_(tree)]
    return [*statements, py.return_(py.dotted(name))]


def _renamed(statements: list[ast.stmt]) -> list[ast.stmt]:
    """The statements with one name for the numbers of channels inside loops; each loop makes its own."""
    found = [
        [node for node in nodes_in([statement]) if isinstance(node, ast.Name) and node.id.startswith("channels:")]
        for statement in statements
    ]
    own = [{node.id for node in nodes} for nodes in found if nodes]
    if any(len(names) > 1 for names in own):
        raise Unsayable("loops inside each other that read numbers of channels")
    if 1 < len(set.union(set(), *own)) < len(own):
        raise Unsayable("a number of channels inside a loop that is read behind it")
    for node in chain.from_iterable(found):
        node.id = "channels"
    return statements
