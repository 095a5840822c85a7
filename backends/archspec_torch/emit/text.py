"""Writes a whole module of PyTorch classes."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from itertools import takewhile

from archspec.ir import Graph, Operation
from archspec.program import python as py
from archspec.program.calls import Call, Function, Site
from archspec.program.cases import Value
from archspec.program.language import in_python, with_objects
from archspec.program.model import Activation, Apply, Body, Definition, Loop, Module, Unsayable, Use
from archspec.program.names import RESERVED, Names, camel, snake
from archspec.program.renaming import with_free_names
from archspec.program.signatures import Objects, Signatures
from archspec.program.trees import names_free, nodes_in
from archspec.program.walking import applied, columns_in, counters_in, every_layer
from archspec_torch.emit import HELPERS
from archspec_torch.emit.definition import ClassWriter
from archspec_torch.emit.expansion import ATTRIBUTE, expansions_in, with_expansions
from archspec_torch.emit.fusing import fused
from archspec_torch.emit.memory import channels_last, forward_of_sequence
from archspec_torch.emit.names import WORDS
from archspec_torch.emit.row import INPLACE
from archspec_torch.emit.sequence import are_attributes, has_names, is_chain, with_channels
from archspec_torch.emit.target import TorchTarget

OWN_NAMES = WORDS | {"layers", "channels"}
"""Names with a meaning of their own in the source."""

RECOMPUTED = "Recomputed"
"""The class of helpers from which a block derives if backward computes its inner values again."""


class ModuleText:
    """Writes all classes of a module."""

    def __init__(self, module: Module, target: TorchTarget, names: Names, *, fuses: bool = False) -> None:
        """Set the classes. With `fuses` convolutions do the work of sums and activations behind them."""
        module = self._module = with_free_names(
            module, (OWN_NAMES - {"i"}).union(HELPERS, [camel(each.name) for each in module.definitions])
        )
        self._target = target
        self._fuses = fuses
        self._names = names
        self._classes = {each: names.fresh(camel(each.name), f"{camel(each.name)}Block") for each in module.definitions}
        self._signatures = Signatures(self._classes, "type[nn.Module]")
        for definition in (*module.definitions, module.network):
            self._choose(definition)
            self._check_names(definition)
        self._expansions = {each: expansions_in(each) for each in self._signatures.chosen}
        self._current = module.network
        self._variables: dict[Definition, frozenset[str]] = {}
        self._written: list[ast.stmt] = []
        self._groups: dict[str, str] = {}

    def _check_names(self, definition: Definition) -> None:
        """Raise `Unsayable` if a variable has a name with another meaning in the source."""
        own = {*definition.channels, *definition.parameters, *definition.local, *columns_in(definition.body)}
        taken = sorted(name for name in own if name in OWN_NAMES or name in RESERVED or name in self._names)
        taken += sorted(OWN_NAMES.intersection(definition.inputs))
        if taken:
            raise Unsayable(f"{taken[0]} is the name of something else in the source")

    def write(
        self,
        name: str,
        inputs: Sequence[str],
        last: Sequence[ast.stmt],
        turned: Sequence[bool] = (),
        recomputed: Set[str] = frozenset(),
    ) -> list[ast.stmt]:
        """The classes; the network's has this name, and `last` are the last statements of its `__init__`.

        `turned` says of each input whether `forward` brings it into the memory layout channels-last. `recomputed` are
        the blocks whose inner values backward computes again.
        """
        for definition in self._module.definitions:
            self._current = definition
            inner = definition.inputs if len(definition.channels) > 1 else ("x",)
            self._write(self._classes[definition], definition, inner, {}, [])
        network = self._current = self._module.network
        inputs = inputs if len(inputs) > 1 else ("x",)
        first = [channels_last(each) for each, is_turned in zip(inputs, turned, strict=False) if is_turned]
        self._write(name, network, inputs, self._module.outputs, last, first)
        self._recompute(recomputed)
        self._add_expansions()
        return self._written

    def _recompute(self, blocks: Set[str]) -> None:
        """Derive the classes of these blocks from `Recomputed`; raises `Unsayable` for a block without a class."""
        classes = {self._classes[each] for each in self._module.definitions if each.name in blocks}
        if len(classes) < len(blocks):
            raise Unsayable("the class of a block that backward computes again")
        for statement in self._written:
            if isinstance(statement, ast.ClassDef) and statement.name in classes:
                others = [base for base in statement.bases if ast.unparse(base) != "nn.Module"]
                statement.bases = [py.dotted(RECOMPUTED), *others]

    def _add_expansions(self) -> None:
        """Add the class attributes of blocks that other classes read."""
        if not any(isinstance(node, ast.Attribute) and node.attr == ATTRIBUTE for node in nodes_in(self._written)):
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
        parameters, keywords = self._signatures.variant(definition, graph, position, self.say)
        made = py.return_(py.call(network, [], keywords))
        return py.function(snake(name), parameters, py.dotted(network), [made])

    def _write(
        self,
        name: str,
        definition: Definition,
        inputs: Sequence[str],
        outputs: Mapping[str, Value],
        last: Sequence[ast.stmt],
        first: Sequence[ast.stmt] = (),
    ) -> None:
        body = definition.body
        if self._fuses:
            body = fused(body, [*outputs.values()], self._activation_form)
        writer = ClassWriter(self, definition.local)
        methods: list[ast.stmt] = []
        whole = len(outputs) < 2 and next(iter(outputs.values()), body.output) is body.output
        has_weights = any(item.made.has_weights for item in every_layer(body))
        if whole and has_weights and self.is_sequence(body) and not (has_names(body) and are_attributes(body)):
            base, made = "nn.Sequential", writer.sequential(body, last)
            methods = [forward_of_sequence(inputs[0], first)] if first else []
        else:
            made, forward = writer.module(body, inputs, outputs, last)
            forward.body[:0] = first
            base, methods = "nn.Module", [forward]
        channels = [py.Parameter(name, py.dotted("int")) for name in definition.reads]
        parameters = [py.Parameter("self"), *channels, *self._signatures.parameters(definition, self.say)]
        init = py.function("__init__", parameters, ast.Constant(None), with_channels(made))
        self._written.append(py.class_(name, [py.dotted(base)], [init, *methods]))

    @property
    def optional(self) -> Mapping[str, ast.expr]:
        """The conditions of the network's outputs that only some variants have."""
        return self._module.optional

    # What is chosen by a param

    def _choose(self, definition: Definition) -> None:
        """Find the classes that the params of a definition may be: of blocks, and of activations."""
        found = self._signatures.add(definition)
        for made in [item.made for item in every_layer(definition.body)]:
            if isinstance(made, Activation) and isinstance(made.choice, ast.Name):
                found.setdefault(made.choice.id, {}).update(self._activation_classes(made))

    def _activation_classes(self, activation: Activation) -> Objects:
        found = {"linear": "nn.Identity"}
        for word, operation in activation.operations.items():
            form = self._activation_form(operation)
            if not isinstance(form, Call) or any(each.value != each.default for each in form.arguments):
                raise Unsayable(f"PyTorch has no class for the activation {word}")
            found[word] = form.callee
        return found

    # How things are said

    def say(self, tree: ast.expr) -> ast.expr:
        """Translate an expression of the language to Python."""
        known = with_expansions(tree, self._expansions[self._current])
        return in_python(known, self._signatures.chosen[self._current], {})

    def with_chosen(self, loop: Loop) -> Loop:
        """The loop with classes instead of their names in its columns."""
        known = partial(self._signatures.with_objects, self._current)
        return replace(loop, columns={name: known(name, tree) for name, tree in loop.columns.items()})

    def is_sequence(self, body: Body) -> bool:
        """Whether a body becomes an `nn.Sequential` in which unnamed layers with weights have their positions.

        Raises `Unsayable` if layers between them are left out.
        """
        unnamed = [item for item in applied(body) if item.name is None and item.made.has_weights]
        if not (is_chain(body) and all(self.own_name(item).isdigit() for item in unnamed)):
            return False
        # Behind a loop or a condition, positions differ between cases.
        for position, item in enumerate(takewhile(lambda item: isinstance(item, Apply), body.items)):
            if item in unnamed and self.own_name(item) != str(position):
                raise Unsayable("a sequence of which some layers are left out")
        return True

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

    def activation(self, item: Apply, activation: Activation) -> ast.expr:
        """The call that makes an activation that an expression chooses."""
        kind = self.say(with_objects(activation.choice, self._activation_classes(activation)))
        return py.call(kind, (), {INPLACE: ast.Constant(True)} if self._overwrites(item, activation) else {})

    def _overwrites(self, item: Apply, activation: Activation) -> bool:
        """Whether each activation that can be chosen has an argument for it, and each use may overwrite its input."""
        forms = [self._activation_form(operation) for operation in activation.operations.values()]
        able = all(isinstance(form, Call) and INPLACE in [each.name for each in form.arguments] for form in forms)
        graphs = [(case.graph, case.graph.by_path[path]) for case, path in item.paths.items()]
        return able and all(
            graph.for_inference and INPLACE in self._target.facts_of(graph, node) for graph, node in graphs
        )

    def _activation_form(self, operation: Operation) -> Call | Function | None:
        return self._target.describe(Site(operation.layer, operation.inputs, operation.output))[0]

    def use(self, use: Use) -> ast.expr:
        """The call that makes a block."""
        channels = dict(zip(use.definition.channels, use.channels, strict=True))
        sizes = [self.say(channels[name]) for name in use.definition.reads]
        return self._signatures.call(use, sizes, self.say)

    def group(self, item: Apply, body: Body) -> ast.expr:
        """Write a class for a group that is no sequence, unless an equal one has it; returns the call that makes it."""
        made, forward = ClassWriter(self, {}).module(body, ["x"], {})
        counters = dict.fromkeys(counters_in(self._current.body))
        known = [*self._current.channels, *self._current.in_order, *self._current.local, *counters]
        needed = names_free(made)
        free = [each for each in known if each in needed]
        if not needed - set(free) <= self._words:
            raise Unsayable("a group that reads a variable of what is around it")
        parameters = [py.Parameter("self"), *[py.Parameter(each, self._free(each)) for each in free]]
        init = py.function("__init__", parameters, ast.Constant(None), with_channels(made))
        content = ast.dump(ast.Module([init, forward], []))
        if content not in self._groups:
            name = self._groups[content] = self._group_name(item)
            self._written.append(py.class_(name, [py.dotted("nn.Module")], [init, forward]))
        return py.call(self._groups[content], [py.dotted(each) for each in free])

    def _group_name(self, item: Apply) -> str:
        """A new class name for a group: its own name, or its copies', without numbers.

        If it is taken, the name of the class around it stands before it, or the group's number after it.
        """
        around, _, own = next(iter(item.paths.values())).rpartition(".")
        word = own.rstrip("0123456789").rstrip("_")
        name = camel(word or around.rpartition(".")[2] or "part")
        outer, number = self._classes.get(self._current, ""), own[len(word) :].strip("_")
        return self._names.fresh(name, f"{outer}{name}", f"{outer}{name}{number}")

    def _free(self, name: str) -> ast.expr:
        values = self._current.values_of(name)
        return self._signatures.annotation(self._current, name) if values else py.dotted("int")

    @property
    def _words(self) -> frozenset[str]:
        own = frozenset({"super", "nn", "torch", "self", "math", "OrderedDict", "range", "zip", "enumerate", "list"})
        return own | frozenset(self._names)
