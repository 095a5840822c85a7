"""The function `initialize` of emitted source: the spec's initial values, if PyTorch's modules have others.

The modules of a class mostly follow one rule. So the function has a branch for the class, as a person would write it,
and exceptions by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from archspec.ir import Graph, Operation
from archspec.program.calls import Call
from archspec_torch.emit import row_for
from archspec_torch.emit.row import BareParameter
from archspec_torch.emit.rules import SPLITS, Rule, rule_for
from archspec_torch.emit.target import TorchTarget

INITIALIZE: Final = "initialize"
"""The name of the function."""

Line = tuple[int, str]

_ALIKE = frozenset({"nn.Conv2d", "nn.ConvTranspose2d", "nn.Linear"})
"""Classes with a weight and an optional bias, which share a branch if they follow one rule."""

_FEW = 2
"""The largest number of modules with separate statements."""

_ENDINGS = 4
"""The largest number of endings of names in a condition."""

_READABLE = 8
"""The largest number of rules of a class that are told apart by endings, which are compared with all names."""

_BASE = re.compile(r"^class \w+\((nn\.(?!Module\b)\w+)\)", re.MULTILINE)


@dataclass(slots=True)
class _Kind:
    """The modules of one class: the paths of all, and the paths for each weight and rule."""

    bases: list[str]
    condition: str = ""
    paths: list[str] = field(default_factory=list)
    rules: dict[str, dict[Rule, list[str]]] = field(default_factory=dict)

    def add(self, paths: list[str], own: list[tuple[str, Rule]]) -> None:
        """Adds the modules at these paths, which all have these weights and rules."""
        self.paths += paths
        for name, rule in own:
            self.rules.setdefault(name, {}).setdefault(rule, []).extend(paths)

    def join(self, other: _Kind) -> None:
        """Adds another class's modules."""
        self.bases += [base for base in other.bases if base not in self.bases]
        self.paths += other.paths
        for name, rules in other.rules.items():
            for rule, paths in rules.items():
                self.rules.setdefault(name, {}).setdefault(rule, []).extend(paths)

    def usual(self) -> dict[str, Rule]:
        """The most frequent rule for each weight that a branch for the class can set.

        It is empty if one module needs no rule, because that module would need a condition.
        """
        own = [name for name in self.rules if name.isidentifier() and not (self.sometimes(name) and self._foreign)]
        return {name: _usual(self.rules[name]) for name in own}

    def unusual(self, name: str) -> list[tuple[Rule, list[str]]]:
        """The other rules for a weight, and the modules that follow them."""
        usual = self.usual().get(name, "")
        return [(rule, paths) for rule, paths in self.rules[name].items() if rule != usual]

    def sometimes(self, name: str) -> bool:
        """Whether some of the modules lack this weight."""
        return sum(map(len, self.rules[name].values())) < len(self.paths)

    @property
    def _foreign(self) -> bool:
        """Whether a module without a weight may lack the attribute; in PyTorch's own classes it is None."""
        return not all(base.startswith("nn.") for base in self.bases)


def _usual(rules: Mapping[Rule, list[str]]) -> Rule:
    """The most frequent rule; among several rules, one that is valid for all shapes."""
    fitting = [rule for rule in rules if len(rules) == 1 or SPLITS not in rule]
    return max(fitting, key=lambda rule: (not rule, len(rules[rule])), default="")


def initialization(graphs: Sequence[Graph], target: TorchTarget, name: str = INITIALIZE) -> str:
    """The source of the function for these networks, a line for each statement.

    It is empty if all modules have the right initial values.
    """
    kinds = _joined(_kinds(graphs, target))
    branches = [line for kind in kinds for line in _branch(kind)]
    if branches:
        branches[0] = (8, branches[0][1].removeprefix("el"))
    behind = [line for kind in kinds for line in _one_by_one(kind)]
    if not (branches or behind):
        return ""
    named = any("name." in text or "name in" in text for _, text in branches)
    modules = "name, module in model.named_modules()" if named else "module in model.modules()"
    loop = [(4, f"for {modules}:"), *branches] if branches else []
    lines = [(0, f"def {name}(model: nn.Module) -> None:"), *loop, *behind]
    return "\n".join(" " * indent + text for indent, text in lines)


def _kinds(graphs: Sequence[Graph], target: TorchTarget) -> dict[tuple[str, bool], _Kind]:
    """All modules by class, and by whether they are grouped convolutions; some modules may have no weights."""
    equal: dict[tuple[Operation, str], tuple[Call, list[str]]] = {}
    for graph, node in [(each, node) for each in graphs for node in each.nodes if node.shares is None]:
        module = target.module(graph, node)
        if isinstance(module, Call) and not isinstance(module, BareParameter):
            key = graph.operations[node.path], module.callee
            equal.setdefault(key, (module, []))[1].append(target.path_of(graph, node.path))
    found: dict[tuple[str, bool], _Kind] = {}
    for (operation, callee), (module, paths) in equal.items():
        base = _base(callee, target.helpers)
        grouped = any(each.name == "groups" and each.value != 1 for each in module.arguments)
        natives = row_for(operation.layer).weights
        own = [
            (natives[weight.slot].name, rule_for(natives[weight.slot], weight, operation.inputs[0]))
            for weight in operation.weights
        ]
        found.setdefault((base, grouped), _Kind([base])).add(paths, own)
    return found


def speaks_of_names(source: str) -> bool:
    """Whether the function tells modules of one class apart by their names."""
    return any(each in source for each in ("named_modules()", "model.get_submodule(")) or source.count("model.") > 1


def _base(callee: str, helpers: Mapping[str, str]) -> str:
    """The PyTorch class that a helper inherits from, or the helper itself."""
    inherited = _BASE.search(helpers.get(callee, ""))
    return inherited[1] if inherited else callee


def _joined(found: Mapping[tuple[str, bool], _Kind]) -> list[_Kind]:
    """The classes, joined if they follow one rule; grouped convolutions with their own rule come first."""
    apart: list[_Kind] = []
    whole: list[_Kind] = []
    for base in dict.fromkeys(base for base, _ in found):
        kind, grouped = found.get((base, False)), found.get((base, True))
        if kind is not None and grouped is not None:
            if not _agree(kind, grouped) and all(grouped.usual().values()):
                grouped.condition = " and module.groups > 1"
                apart.append(grouped)
            else:
                kind.join(grouped)
        kind = kind or grouped
        assert kind is not None
        same = next((other for other in whole if _ALIKE.issuperset({base, *other.bases}) and _agree(kind, other)), None)
        if same is None:
            whole.append(kind)
        else:
            same.join(kind)
    return [*apart, *whole]


def _agree(kind: _Kind, other: _Kind) -> bool:
    """Whether one branch fits both: their rules are equal, or differ in that one has no biases."""
    rules, others = kind.usual(), other.usual()
    return all(rules.get(name) == others.get(name) for name in {*rules, *others} - {"bias"}) and (
        rules.get("bias", others.get("bias")) == others.get("bias", rules.get("bias"))
    )


def _branch(kind: _Kind) -> list[Line]:
    """The branch for a class; empty if its modules have the right initial values."""
    lines = [line for name, rule in kind.usual().items() for line in _in_branch(kind, name, rule)]
    classes = kind.bases[0] if len(kind.bases) == 1 else f"({', '.join(kind.bases)})"
    return [(8, f"elif isinstance(module, {classes}){kind.condition}:"), *lines] if lines else []


def _in_branch(kind: _Kind, name: str, usual: Rule) -> list[Line]:
    """The statements of a branch for one weight."""
    lines: list[Line] = []
    word = "if"
    unusual = kind.unusual(name)
    for rule, paths in unusual:
        if len(paths) > _FEW:
            condition = _condition(paths, kind if len(unusual) <= _READABLE else None)
            lines += [(12, f"{word} {condition}:"), (16, rule.format(f"module.{name}"))]
            word = "elif"
    written = usual.format(f"module.{name}")
    if not usual:
        return lines
    if kind.sometimes(name):
        return [*lines, (12, f"{word} module.{name} is not None:"), (16, written)]
    return [*lines, (12, "else:"), (16, written)] if lines else [(12, written)]


def _condition(paths: list[str], kind: _Kind | None) -> str:
    """A condition for the names of these modules: an ending that no other module of the class has, or a list."""
    others = set() if kind is None else set(kind.paths).difference(paths)
    for words in (1, 2) if kind is not None else ():
        endings = tuple(dict.fromkeys(".".join(path.split(".")[-words:]) for path in paths))
        if len(endings) <= _ENDINGS and not any(other.endswith(endings) for other in others):
            return f"name.endswith({endings[0] if len(endings) == 1 else endings!r})"
    return f"name in {tuple(paths)!r}"


def _one_by_one(kind: _Kind) -> Iterator[Line]:
    """The statements after the loop, for the few modules that differ from the others of their class."""
    usual = kind.usual()
    for name in kind.rules:
        for rule, paths in kind.unusual(name):
            if rule and (name not in usual or len(paths) <= _FEW):
                yield from ((4, rule.format(f"{_module(path)}.{name}")) for path in paths)


def _module(path: str) -> str:
    """The expression for the module at a path."""
    by_attributes = all(word.isidentifier() for word in path.split("."))
    return f"model.{path}" if by_attributes else f"model.get_submodule({path!r})"
