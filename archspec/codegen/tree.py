"""The tree of a generated expression: what decides where a line may break, and text for all the rest."""

from __future__ import annotations

from dataclasses import dataclass

CLOSERS = {"(": ")", "[": "]", "{": "}"}

PRECEDENCE = {
    **dict.fromkeys(("or", "and"), 1),
    **dict.fromkeys(("in", "not in", "is", "is not", "<", "<=", ">", ">=", "==", "!="), 3),
    "|": 4,
    "^": 5,
    "&": 6,
    **dict.fromkeys(("<<", ">>"), 7),
    **dict.fromkeys(("+", "-"), 8),
    **dict.fromkeys(("*", "/", "//", "%", "@"), 9),
    "**": 10,
}
"""Which binary operators lines break at first, looser ones before tighter; `or` and `and` together."""


class SyntaxTooHard(Exception):
    """The text is not Python that `layout` understands."""


@dataclass(frozen=True, slots=True)
class Text:
    """A name, a number, a string: nothing that breaks."""

    text: str


@dataclass(frozen=True, slots=True)
class Bracket:
    """Brackets and what is between them.

    `role` is "call", "parameters", "subscript", "display" (list, dict, set, tuple), "group" (around one expression),
    "singleton" (a tuple of one, with its comma), "tuple" (one without parentheses), "index" (a subscript of one),
    "comprehension" or "argument" (a call of a lone generator). `magic`: the source has a comma before the closer that
    asks for one element a line.
    """

    opener: str
    items: tuple[Node, ...]
    role: str
    magic: bool = False

    @property
    def closer(self) -> str:
        """The closing bracket; none for a tuple without parentheses."""
        return CLOSERS.get(self.opener, "")


@dataclass(frozen=True, slots=True)
class Chain:
    """An atom followed by attributes, calls and subscripts: `layers.Conv2D(64, 3)(x)`."""

    parts: tuple[Text | Bracket, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Operands and the operators between them, of any precedences."""

    operands: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Text that stays in front of an expression: `*`, `-`, `not `, `name=`, `key: `."""

    text: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Clauses:
    """An expression and the clauses that follow it: `a if b else c`, or `a` and the `for`s of a comprehension."""

    first: Node
    rest: tuple[Node, ...]
    comprehension: bool


Node = Text | Bracket | Chain | Binary | Prefix | Clauses


def plain(node: Node) -> str:
    """The text of a name, a type or a key, which are never split."""
    match node:
        case Text(text):
            return text
        case Chain(parts):
            return "".join(map(plain, parts))
        case Prefix(text, operand):
            return text + plain(operand)
        case Bracket():
            return node.opener + ", ".join(map(plain, node.items)) + node.closer
        case Binary(operands, operators):
            texts = [plain(operands[0])]
            for operator, operand in zip(operators, operands[1:], strict=True):
                texts += [operator, plain(operand)]
            return " ".join(texts)
        case Clauses():
            raise SyntaxTooHard("a name or a key should be simple")
