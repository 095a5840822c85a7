"""Where the lines of an expression may break, and which of its parts break together."""

from __future__ import annotations

from archspec.codegen.printer import INDENT, Comma, Element, End, Group, Line, Shift, flat
from archspec.codegen.tree import PRECEDENCE, Binary, Bracket, Chain, Clauses, Node, Prefix, Text

_SHORT_TAIL = 24
"""A call's tail like `(x)` or `.flatten(1)` up to this length is not left alone between broken brackets."""


def is_fluent(chain: Chain) -> bool:
    """Whether a chain has two attributes of results, and so gets a line for each: `a(x).b(y).c(z)`."""
    return sum(map(_follows_bracket, chain.parts, (None, *chain.parts))) > 1


def _follows_bracket(part: Node, before: Node | None) -> bool:
    return isinstance(part, Text) and isinstance(before, Bracket) and before.role in _CALLED


_LISTS = frozenset({"call", "display", "subscript", "tuple", "parameters"})
_ARGUMENTS = frozenset({"call", "parameters", "argument", "comprehension"})
_CALLED = frozenset({"call", "argument", "subscript", "index", "group"})


def expression_elements(node: Node, *, inside: bool) -> list[Element]:
    """What to print for a node; `inside` brackets lines may break anywhere."""
    match node:
        case Text(text):
            return [text]
        case Prefix(text, operand):
            return [text, *expression_elements(operand, inside=inside)]
        case Bracket():
            return _bracket(node, tail=0)
        case Chain():
            return _chain(node, inside=inside)
        case Binary():
            return _binary(node, inside=inside)
        case Clauses():
            return _clauses(node, inside=inside)


def _clauses(node: Clauses, *, inside: bool) -> list[Element]:
    space: Element = Line(" ") if inside else " "
    first = expression_elements(node.first, inside=inside)
    elements: list[Element] = [Group(), *first, End()] if node.comprehension else first
    for clause in node.rest:
        elements += [space, *expression_elements(clause, inside=inside)]
    return _grouped(elements) if inside and not node.comprehension else elements


def _grouped(elements: list[Element]) -> list[Element]:
    return [Group(opened=_is_opened(elements)), *elements, End()]


def _is_opened(elements: list[Element]) -> bool:
    return any(isinstance(element, Group) and element.opened for element in elements)


def _chain(chain: Chain, *, inside: bool) -> list[Element]:
    fluent = inside and is_fluent(chain)
    elements: list[Element] = []
    for index, part in enumerate(chain.parts):
        if fluent and _follows_bracket(part, chain.parts[index - 1] if index else None):
            elements.append(Line(""))
        if isinstance(part, Bracket):
            elements += _bracket(part, tail=0 if fluent else _short_tail(chain.parts[index + 1 : index + _SHORT_TAIL]))
        else:
            elements.append(part.text)
    return _grouped(elements) if fluent else elements


def _short_tail(parts: tuple[Text | Bracket, ...]) -> int:
    """The length of what follows a call if it is too simple to break there, as in `(x)`; else 0."""
    length = 0
    for part in parts:
        if isinstance(part, Bracket) and (
            len(part.items) > 1 or not all(isinstance(item, Text) for item in part.items)
        ):
            return 0
        length += len(flat(expression_elements(part, inside=True)) or "")
        if length > _SHORT_TAIL:
            return 0
    return length


def _bracket(bracket: Bracket, tail: int) -> list[Element]:
    if not bracket.items:
        return [bracket.opener + bracket.closer]
    contents: list[Element] = []
    for index, item in enumerate(bracket.items):
        contents += [",", Line(" ")] if index else []
        contents += expression_elements(item, inside=True)
    opened = bracket.magic or _is_opened(contents)
    inner = Group(opened, magic=bracket.magic)
    contents += _last_comma(bracket, inner)
    if not bracket.opener:
        return contents
    if bracket.role in _ARGUMENTS:
        contents = [inner, *contents, End()]
    outer = Group(opened, tail if bracket.role == "call" else 0, inner)
    return [outer, bracket.opener, Shift(INDENT), Line(""), *contents, Shift(-INDENT), Line(""), bracket.closer, End()]


def _last_comma(bracket: Bracket, group: Group) -> list[Element]:
    if bracket.role == "singleton":
        return [","]
    lone = len(bracket.items) == 1 and bracket.role != "parameters"
    return [Comma(group, lone)] if bracket.role in _LISTS else []


def _binary(node: Binary, *, inside: bool) -> list[Element]:
    """A binary chain breaks before its loosest operators first."""
    if not node.operators:
        return expression_elements(node.operands[0], inside=inside)
    loosest = min(PRECEDENCE[operator] for operator in node.operators)
    space: Element = Line(" ") if inside else " "
    elements: list[Element] = []
    start = 0
    for index, operator in enumerate((*node.operators, "")):
        if operator and PRECEDENCE[operator] != loosest:
            continue
        part = Binary(node.operands[start : index + 1], node.operators[start:index])
        elements += _binary(part, inside=inside)
        elements += [space, f"{operator} "] if operator else []
        start = index + 1
    return _grouped(elements) if inside else elements
