"""Writes a whole module of PyTorch classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archspec.expressions import constant, names_of, same
from archspec.ir import Graph
from archspec.program import python as py
from archspec.program.annotations import annotation
from archspec.program.calls import Call, Site
from archspec.program.cases import Value
from archspec.program.choices import Objects, chosen_blocks
from archspec.program.families import value_in
from archspec.program.language import in_python, with_objects
from archspec.program.model import Activation, Apply, Body, Definition, Loop, Module, Unsayable, Use
from archspec.program.names import RESERVED, Names, camel, snake
from archspec.program.renaming import with_free_names
from archspec.program.trees import names_read
from archspec.program.walking import applied, columns_in, every_layer
from archspec_torch.emit import HELPERS
from archspec_torch.emit.definition import ClassWriter
from archspec_torch.emit.expansion import ATTRIBUTE, expansions_in, with_expansions
from archspec_torch.emit.names import WORDS
from archspec_torch.emit.sequence import are_attributes, has_names, is_chain, with_channels
from archspec_torch.emit.target import TorchTarget

OWN_NAMES = WORDS | {"layers", "channels"}
"""Names with a meaning of their own in the source."""


class ModuleText:
    """Writes all classes of a module."""

    def __init__(self, module: Module, target: TorchTarget, names: Names) -> None:
        module = self._module = with_free_names(
            module, (OWN_NAMES - {"i"}).union(HELPERS, [camel(each.name) for each in module.definitions])
        )
        self._target = target
        self._names = names
        self._classes = {each: names.fresh(camel(each.name)) for each in module.definitions}
        self._chosen: dict[Definition, dict[str, Objects]] = {}
        for definition in (*module.definitions, module.network):
            self._chosen[definition] = self._choices(definition)
            self._check_names(definition)
        self._expansions = {each: expansions_in(each) for each in self._chosen}
        self._current = module.network
        self._variables: dict[Definition, frozenset[str]] = {}
        self._written: list[ast.stmt] = []

    def _check_names(self, definition: Definition) -> None:
        """Raise `Unsayable` if a variable has a name with another meaning in the source."""
        own = {*definition.channels, *definition.parameters, *definition.local, *columns_in(definition.body)}
        taken = sorted(name for name in own if name in OWN_NAMES or name in RESERVED or name in self._names)
        taken += sorted(OWN_NAMES.intersection(definition.inputs))
        if taken:
            raise Unsayable(f"{taken[0]} is the name of something else in the source")

    def write(self, name: str, inputs: Sequence[str], last: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The classes; the network's has this name, and `last` are the last statements of its `__init__`."""
        for definition in self._module.definitions:
            self._current = definition
            inner = definition.inputs if len(definition.channels) > 1 else ("x",)
            self._write(self._classes[definition], definition, inner, {}, [])
        network = self._current = self._module.network
        self._write(name, network, inputs if len(inputs) > 1 else ("x",), self._module.outputs, last)
        self._add_expansions()
        return self._written

    def _add_expansions(self) -> None:
        """Add the class attributes of blocks that other classes read."""
        nodes = [node for statement in self._written for node in ast.walk(statement)]
        if not any(isinstance(node, ast.Attribute) and node.attr == ATTRIBUTE for node in nodes):
            return
        factors = {
            kind: factor
            for each in self._expansions.values()
            for found in each.values()
            for kind, factor in found.items()
        }
        classes = {self._classes[each]: factors.get(each.name) for each in self._module.definitions}
        for statement in self._written:
            factor = classes.get(statement.name) if isinstance(statement, ast.ClassDef) else None
            if isinstance(statement, ast.ClassDef) and factor is not None:
                statement.body.insert(0, py.assign(ATTRIBUTE, ast.Constant(factor)))

    def variant(self, name: str, network: str, graph: Graph, position: int) -> ast.FunctionDef:
        """The function that makes one variant of a family, the one at this position, whose class is `network`."""
        definition = self._current = self._module.network
        chosen = self._chosen[definition]
        parameters, keywords = [], {}
        for each in definition.in_order:
            default = definition.literals.get(each)
            value = constant(value_in(definition, each, graph, position))
            if default is not None and each not in definition.varied:
                parameters.append(py.Parameter(each, self._annotation(each, definition), self.say(default)))
                keywords[each] = py.dotted(each)
            elif default is None or not same(default, value):
                keywords[each] = self.say(with_objects(value, chosen.get(each, {})))
        made = py.return_(py.call(network, [], keywords))
        return py.function(snake(name), parameters, py.dotted(network), [made])

    def _write(
        self,
        name: str,
        definition: Definition,
        inputs: Sequence[str],
        outputs: Mapping[str, Value],
        last: Sequence[ast.stmt],
    ) -> None:
        body = definition.body
        writer = ClassWriter(self, definition.local)
        methods: list[ast.stmt] = []
        whole = len(outputs) < 2 and next(iter(outputs.values()), body.output) is body.output
        has_weights = any(item.made.has_weights for item in every_layer(body))
        if whole and has_weights and self.is_sequence(body) and not (has_names(body) and are_attributes(body)):
            base, made = "nn.Sequential", writer.sequential(body, last)
        else:
            made, forward = writer.module(body, inputs, outputs, last)
            base, methods = "nn.Module", [forward]
        parameters = [py.Parameter("self"), *self._parameters(definition)]
        init = py.function("__init__", parameters, ast.Constant(None), with_channels(made))
        self._written.append(py.class_(name, [py.dotted(base)], [init, *methods]))

    def _parameters(self, definition: Definition) -> Iterator[py.Parameter]:
        chosen = self._chosen[definition]
        for name in definition.reads:
            yield py.Parameter(name, py.dotted("int"))
        for name in definition.in_order:
            default = definition.literals.get(name)
            if default is not None:
                default = self.say(with_objects(default, chosen.get(name, {})))
            yield py.Parameter(name, self._annotation(name, definition), default)

    def _annotation(self, name: str, definition: Definition) -> ast.expr:
        values = definition.values_of(name)
        classes = self._chosen[definition].get(name)
        if not classes:
            return annotation(values)
        others = [value for value in values if value not in classes]
        more = f" | {ast.unparse(annotation(others))}" if others else ""
        return ast.parse(f"type[nn.Module]{more}", mode="eval").body

    @property
    def optional(self) -> Mapping[str, ast.expr]:
        """The conditions of the network's outputs that only some variants have."""
        return self._module.optional

    # What is chosen by a param

    def _choices(self, definition: Definition) -> dict[str, Objects]:
        """The params whose values are classes, and their possible classes."""
        found = chosen_blocks(definition, self._classes, self._chosen)
        for made in [item.made for item in every_layer(definition.body)]:
            if isinstance(made, Activation) and isinstance(made.choice, ast.Name):
                found.setdefault(made.choice.id, {}).update(self._activation_classes(made))
        return found

    def _activation_classes(self, activation: Activation) -> Objects:
        found = {"linear": "nn.Identity"}
        for word, operation in activation.operations.items():
            form = self._target.describe(Site(operation.layer, operation.inputs, operation.output))[0]
            if not isinstance(form, Call) or any(each.value != each.default for each in form.arguments):
                raise Unsayable(f"PyTorch has no class for the activation {word}")
            found[word] = form.callee
        return found

    # How things are said

    def say(self, tree: ast.expr) -> ast.expr:
        """Translate an expression of the language to Python."""
        known = with_expansions(tree, self._expansions[self._current])
        return in_python(known, self._chosen[self._current], {})

    def with_chosen(self, loop: Loop) -> Loop:
        """The loop with classes instead of their names in its columns."""
        chosen = self._chosen[self._current]
        columns = {name: with_objects(tree, chosen.get(name, {})) for name, tree in loop.columns.items()}
        return replace(loop, columns=columns)

    def is_sequence(self, body: Body) -> bool:
        """Whether a body becomes an `nn.Sequential` in which unnamed layers with weights have their positions."""
        unnamed = [item for item in applied(body) if item.name is None and item.made.has_weights]
        return is_chain(body) and all(self.own_name(item).isdigit() for item in unnamed)

    def own_name(self, item: Apply) -> str:
        """PyTorch's name for an unnamed layer; raises `Unsayable` if it differs between cases."""
        paths = {self._target.path_of(case.graph, path) for case, path in item.paths.items()}
        names = {path.rpartition(".")[2] for path in paths}
        if len(names) > 1 and not all(map(str.isdigit, names)):
            raise Unsayable("a layer without a name that is called differently in some cases")
        return names.pop()

    def is_defined(self, name: str) -> bool:
        """Whether the module or the current definition defines this name."""
        current = self._current
        if current not in self._variables:
            own = (*current.channels, *current.parameters, *current.local, *columns_in(current.body))
            self._variables[current] = frozenset(own)
        return name in self._names or name in self._variables[current]

    def activation(self, activation: Activation) -> ast.expr:
        """The class of an activation that an expression chooses."""
        return self.say(with_objects(activation.choice, self._activation_classes(activation)))

    def use(self, use: Use) -> ast.expr:
        """The call that makes a block."""
        definition = use.definition
        callee = py.dotted(self._classes[definition])
        if use.choice is not None and names_of(use.choice):
            classes = {kind: self._classes[each] for kind, each in use.definitions.items()}
            callee = self.say(with_objects(use.choice, classes))
        channels = dict(zip(definition.channels, use.channels, strict=True))
        positional = [self.say(channels[name]) for name in definition.reads]
        keywords = {}
        for name in definition.in_order:
            tree, literal = use.arguments.get(name), definition.literals.get(name)
            if tree is None or (literal is not None and same(literal, tree)):
                continue
            for each in use.definitions.values():
                tree = with_objects(tree, self._chosen[each].get(name, {}))
            if literal is None:
                positional.append(self.say(tree))
            else:
                keywords[name] = self.say(tree)
        return py.call(callee, positional, keywords)

    def group(self, item: Apply, body: Body) -> ast.expr:
        """Write a class for a group that is no sequence; returns the call that makes it."""
        word = str(item.name.value) if isinstance(item.name, ast.Constant) else "part"
        own = camel(re.sub(r"_?\d+$", "", word) or word)
        around = self._classes.get(self._current, "")
        name = self._names.fresh(own if own not in self._names else f"{around}{camel(word)}")
        made, forward = ClassWriter(self, {}).module(body, ["x"], {})
        known = [*self._current.channels, *self._current.in_order, *self._current.local]
        nodes = [node for each in made for node in ast.walk(each) if isinstance(node, ast.Name)]
        assigned = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
        free = [each for each in known if each in names_read(made)]
        if not names_read(made) - assigned - set(free) <= self._words:
            raise Unsayable("a group that reads a variable of what is around it")
        parameters = [py.Parameter("self"), *[py.Parameter(each, self._free(each)) for each in free]]
        init = py.function("__init__", parameters, ast.Constant(None), with_channels(made))
        self._written.append(py.class_(name, [py.dotted("nn.Module")], [init, forward]))
        return py.call(name, [py.dotted(each) for each in free])

    def _free(self, name: str) -> ast.expr:
        values = self._current.values_of(name)
        return self._annotation(name, self._current) if values else py.dotted("int")

    @property
    def _words(self) -> frozenset[str]:
        own = frozenset({"super", "nn", "torch", "self", "math", "OrderedDict", "range", "zip", "enumerate", "list"})
        return own | frozenset(self._names)
