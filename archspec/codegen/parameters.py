"""Which arguments of a definition's layers vary from use to use, and how to say them by as few parameters as will do.

Every expression is fitted to the values of all the uses there are, so it is right for each of them by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archspec.codegen.body import Body
from archspec.program.calls import REQUIRED, Argument, Code, Literal, Made, Missing, Required, Table

SIZES = frozenset({
    "in_channels", "out_channels", "num_features", "in_features", "out_features", "normalized_shape", "num_channels",
    "filters", "units", "channels", "growth",
})  # fmt: skip
"""Arguments that count channels: one parameter may stand for several of them, and be multiplied.

So does a parameter that is called so and has a number behind it, when it is an argument of another definition.
"""

DERIVED_SIZES = frozenset({"groups"})
"""Arguments that follow from channels, but from which none follow: a depthwise convolution has as many groups."""

INPUT_SIZES = {"in_channels": "in_channels", "num_features": "in_channels", "in_features": "in_features"}
"""Arguments that say what comes in, and the parameter's name for it. What a body reads first is its input: a relation
to another argument would be a coincidence."""

Value = Literal | Missing
Values = tuple[Value, ...]
"""What an argument is in each use."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a definition: its values in each use, and the value that need not be said."""

    name: str
    values: Values
    default: Literal | Required = REQUIRED
    size: bool = False

    @property
    def optional(self) -> bool:
        """Whether a use may leave it out."""
        return not isinstance(self.default, Required)

    @property
    def tabulated(self) -> bool:
        """Whether it is a table of what varies in a loop."""
        return isinstance(self.values[0], Table)

    @property
    def annotation(self) -> str:
        """The type to annotate it with."""
        tabulated = [each for value in self.values if isinstance(value, Table) for each in value.values]
        if tabulated:
            return f"list[{_annotations(tabulated)}]"
        return _annotations([value for value in self.values if not isinstance(value, Missing)])


def _annotations(values: list[Literal]) -> str:
    kinds = set(map(_annotation, values))
    return " | ".join(sorted(kinds, key=lambda kind: (kind == "None", kind)))


def _annotation(value: Literal) -> str:
    if value is None:
        return "None"
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_annotation, value))}]"
    return value.callee if isinstance(value, Made) else type(value).__name__


@dataclass(frozen=True, slots=True)
class Generalised:
    """A body that says every use, and the parameters by which they differ."""

    body: Body
    parameters: tuple[Parameter, ...]


def vary(
    columns: Iterable[tuple[Argument, ...]], taken: frozenset[str]
) -> tuple[list[Argument], tuple[Parameter, ...]]:
    """The arguments of what is said once for several turns, whose arguments are these columns, and what varies in it.

    Nothing that varies is called one of the names in `taken`.
    """
    fitting = _Fitting([], {}, taken)
    return [fitting.fit_argument(column) for column in columns], fitting.parameters()


def generalise(
    bodies: list[Body], hints: list[Mapping[str, object]], defaults: Mapping[str, object], taken: frozenset[str]
) -> Generalised:
    """One body for several that differ only in the values of arguments.

    `hints` are the arguments that the spec gave in each use: their names are the first choice for parameters, with the
    spec's `defaults`. Parameters are never called one of the names in `taken`.
    """
    # Many uses are equal, so that most arguments need only be compared in a few bodies.
    distinct = {id(body): body for body in bodies}
    positions = {identity: position for position, identity in enumerate(distinct)}
    uses = [positions[id(body)] for body in bodies]
    fitting = _Fitting(_candidates(hints, defaults), defaults, taken)
    arguments = []
    for column in zip(*[body.arguments for body in distinct.values()], strict=True):
        first = column[0]
        arguments.append(first if _are_equal(column) else fitting.fit_argument(tuple([column[use] for use in uses])))
    return Generalised(bodies[0].with_arguments(arguments), fitting.parameters())


def _are_equal(column: tuple[Argument, ...]) -> bool:
    """Whether these arguments are equal, and of the same types throughout."""
    if len(set(map(id, column))) == 1:
        return True
    if column.count(column[0]) < len(column):
        return False
    kinds = [(type(each.value), type(each.default), type(each.step)) for each in column]
    return kinds.count(kinds[0]) == len(kinds)


def _literal(value: Value | Code) -> Value:
    if isinstance(value, Code):
        raise TypeError("a body is generalised once")
    return value


def _candidates(hints: list[Mapping[str, object]], defaults: Mapping[str, object]) -> list[Parameter]:
    names = [name for name in (hints[0] if hints else {}) if all(name in hint for hint in hints)]
    found = []
    for name in names:
        values = tuple(value for hint in hints if isinstance(value := hint[name], bool | int | float | str | None))
        if len(values) == len(hints) and len(set(values)) > 1:
            default = next((value for value in values if same(value, defaults.get(name, REQUIRED))), REQUIRED)
            found.append(Parameter(name, values, default, size=all(type(value) is int for value in values)))
    return found


class _Fitting:
    """Finds an expression for one column of values after another, and keeps the parameters that they mention."""

    def __init__(self, candidates: list[Parameter], defaults: Mapping[str, object], taken: frozenset[str]) -> None:
        self._candidates = [candidate for candidate in candidates if candidate.name not in taken]
        self._made: list[Parameter] = []
        self._used: dict[str, None] = {}
        self._taken = set(taken)
        self._known: dict[Values, Code] = {}

    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters in use: those without a default first, the input's size before others, tables last."""
        everything = {parameter.name: parameter for parameter in self._candidates + self._made}
        used = [everything[name] for name in self._used]
        inputs = set(INPUT_SIZES.values())
        return tuple(sorted(used, key=lambda each: (each.optional, each.tabulated, each.name not in inputs)))

    def fit_argument(self, column: tuple[Argument, ...]) -> Argument:
        """The argument that says a column, its growth from turn to turn of a loop included."""
        argument = column[0]
        if len(set(map(id, column))) == 1:
            return argument
        if not _are_same([each.default for each in column]):
            # What one use may leave out, another has to say: MaxPool2d's stride is its kernel unless it is given.
            argument = argument._replace(default=REQUIRED)
        value = self.fit(argument, [each.value for each in column])
        if not argument.step:
            return argument.with_value(value)
        step = self.fit(argument._replace(name="growth"), [each.step for each in column])
        if not isinstance(step, int | Code):
            raise TypeError("a growth is a whole number")
        return argument._replace(value=value, step=step)

    def fit(self, argument: Argument, column: Sequence[Value | Code]) -> Value | Code:
        """The literal that all uses share, or an expression of parameters."""
        if _are_same(column):
            return column[0]
        values = tuple(map(_literal, column))
        known = [value for value in values if not isinstance(value, Missing)]
        if len(known) < len(values) and _are_same(known):
            return known[0]
        word = _word(argument.name)
        size = word in SIZES or word in DERIVED_SIZES
        if size and values in self._known:
            return self._known[values]
        code = self._related(argument, values, size) or self._new(argument, values, word in SIZES)
        if word in SIZES:
            self._known[values] = code
        return code

    def _related(self, argument: Argument, values: Values, size: bool) -> Code | None:
        for parameter, text in self._expressions(argument, values, size):
            self._used[parameter.name] = None
            return Code(text)
        return None

    def _expressions(self, argument: Argument, values: Values, size: bool) -> Iterator[tuple[Parameter, str]]:
        """Expressions that have these values in every use, the plainest first."""
        known = self._candidates + self._made
        exact = [parameter for parameter in known if _equal(values, parameter.values)]
        exact.sort(
            key=lambda parameter: (parameter.name not in _aliases(argument.name), parameter.name not in self._used)
        )
        for parameter in exact:
            if parameter in self._candidates or parameter.name in _aliases(argument.name) or (size and parameter.size):
                yield parameter, parameter.name
        if argument.name == "padding":
            yield from ((each, f"{each.name} // 2") for each in known if _centres(values, each))
        if not size or (argument.name in INPUT_SIZES and not self._known):
            return
        for parameter in sorted((p for p in known if p.size), key=lambda p: p.name not in self._used):
            for form in (_multiple, _quotient):
                text = form(values, parameter)
                if text:
                    yield parameter, text

    def _new(self, argument: Argument, values: Values, size: bool) -> Code:
        """A parameter of the definition's own; what a use has no value for, it need not say."""
        word = _word(argument.name)
        name = self._free_name(INPUT_SIZES.get(word, word))
        known = [value for value in values if not isinstance(value, Missing)]
        usual = next((value for value in known if same(value, argument.default)), max(known, key=known.count))
        filled = tuple(usual if isinstance(value, Missing) else value for value in values)
        optional = len(known) < len(values) or usual is False or same(usual, argument.default)
        self._made.append(Parameter(name, filled, usual if optional else REQUIRED, size))
        self._used[name] = None
        return Code(name)

    def _free_name(self, base: str) -> str:
        """The name, or one with a number; a candidate that nothing has used gives its name up."""
        self._candidates = [each for each in self._candidates if each.name != base or each.name in self._used]
        taken = self._taken.union(parameter.name for parameter in self._candidates + self._made)
        name, number = base, 2
        while name in taken:
            name, number = f"{base}{number}", number + 1
        return name


_ALIASES = {
    "stride": "strides", "out_channels": "filters", "out_features": "units", "dilation": "dilation_rate",
    "pool_size": "kernel_size", "p": "rate",
}  # fmt: skip
"""PyTorch's names for what the language calls by Keras's."""


def _word(name: str) -> str:
    """What an argument that counts channels is called but for the number that tells it from others."""
    word = name.rstrip("0123456789")
    return word if word in SIZES else name


def _aliases(name: str) -> set[str]:
    return {name, _ALIASES.get(name, name)}


def same(a: object, b: object) -> bool:
    """Whether values are equal and of one type: source has 1, 1.0 and True for three things."""
    return type(a) is type(b) and a == b


def _are_same(values: Sequence[object]) -> bool:
    """Whether values are equal and of one type; as fast as can be, because it is asked of every argument there is."""
    return values.count(values[0]) == len(values) and len(set(map(type, values))) == 1


def _equal(values: Values, others: Values) -> bool:
    return all(isinstance(a, Missing) or same(a, b) for a, b in zip(values, others, strict=True))


def _pairs(values: Values, parameter: Parameter) -> list[tuple[int, int]] | None:
    """(wanted, parameter's) whole numbers in each use that has a value, or None where they are something else."""
    pairs = [(a, b) for a, b in zip(values, parameter.values, strict=True) if not isinstance(a, Missing)]
    if all(type(a) is int and type(b) is int and b > 0 for a, b in pairs):
        return [(a, b) for a, b in pairs if isinstance(a, int) and isinstance(b, int)]
    return None


def _multiple(values: Values, parameter: Parameter) -> str | None:
    pairs = _pairs(values, parameter)
    return _constant(pairs, lambda a, b: a // b if a % b == 0 else 0, f"{{}} * {parameter.name}")


def _centres(values: Values, parameter: Parameter) -> bool:
    """Whether the values are the padding that centres a kernel of the parameter's sizes."""
    pairs = _pairs(values, parameter) if parameter.name == "kernel_size" else None
    return bool(pairs) and all(padding == kernel // 2 for padding, kernel in pairs or ())


def _quotient(values: Values, parameter: Parameter) -> str | None:
    pairs = _pairs(values, parameter)
    return _constant(pairs, lambda a, b: b // a if a > 0 and b % a == 0 else 0, f"{parameter.name} // {{}}")


def _constant(pairs: list[tuple[int, int]] | None, relation: Callable[[int, int], int], text: str) -> str | None:
    """The text with the one number by which all pairs are related, if there is one."""
    found = {relation(a, b) for a, b in pairs or ()}
    return text.format(found.pop()) if len(found) == 1 and min(found) > 1 else None
