"""Reads one line of generated Python into the tree that `layout` breaks over lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from archspec.codegen.tree import (
    CLOSERS,
    PRECEDENCE,
    Binary,
    Bracket,
    Chain,
    Clauses,
    Node,
    Prefix,
    SyntaxTooHard,
    Text,
    plain,
)

DEPTH_LIMIT = 40
"""Brackets within brackets; deeper statements are not split. Python's own parser stops at 200."""

_TOKEN = re.compile(
    r"""(?P<space>[ ]*)
    (?P<token>
        [rRbBuUfF]{0,2}(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')   # string
      | [0-9](?:[eE][+-](?=[0-9])|[\w.])*                        # number
      | \.[0-9](?:[eE][+-](?=[0-9])|[\w.])*
      | \w+
      | \*\*=|//=|<<=|>>=|->|:=|[-+*/%@&|^]=|[<>=!]=|\*\*|//|<<|>>|\.\.\.
      | [-+*/%@&|^~<>=()\[\]{},.:]
    )""",
    re.VERBOSE,
)

_NOT_PRECEDENCE = 2


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and whether a space stands before it."""

    text: str
    spaced: bool


def tokenize(line: str) -> list[Token]:
    """Split a line into tokens; raises SyntaxTooHard at a character that starts none."""
    tokens = []
    position = 0
    while position < len(line):
        match = _TOKEN.match(line, position)
        if match is None:
            raise SyntaxTooHard(line[position : position + 20])
        tokens.append(Token(match["token"], bool(match["space"])))
        position = match.end()
    return tokens


class Reader:
    """A recursive-descent reader of expressions over a list of tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    @property
    def next(self) -> str:
        """The next token's text, "" at the end."""
        return self._tokens[self._position].text if self._position < len(self._tokens) else ""

    def take(self, expected: str | None = None) -> str:
        """Consume the next token; raises SyntaxTooHard unless it is `expected`."""
        text = self.next
        if not text or (expected is not None and text != expected):
            raise SyntaxTooHard(f"{text!r} where {expected or 'a token'!r} should be")
        self._position += 1
        return text

    def text_until(self, stop: Callable[[str], bool]) -> str:
        """Consume tokens, as they are spaced, up to the first outside brackets for which `stop` holds."""
        parts: list[str] = []
        depth = 0
        while self.next and not (depth == 0 and stop(self.next)):
            token = self._tokens[self._position]
            depth += (token.text in CLOSERS) - (token.text in CLOSERS.values())
            parts.append(" " * token.spaced + token.text)
            self._position += 1
        return "".join(parts)

    def expression(self) -> Node:
        """A whole expression: a ternary, a binary chain, a lambda, or simpler."""
        if self.next == "lambda":
            return Text(self.text_until(lambda text: text in {",", ")", "]", "}"}).lstrip())
        first = self._binary()
        rest: list[Node] = []
        while self.next == "if":
            self.take()
            rest.append(Prefix("if ", self._binary()))
            self.take("else")
            rest.append(Prefix("else ", self._binary()))
        return Clauses(first, tuple(rest), comprehension=False) if rest else first

    def expressions(self) -> Node:
        """An expression, or several with commas, which are a tuple without its parentheses."""
        items = [self._starred()]
        magic = False
        while self.next == ",":
            self.take()
            magic = self.next in {"", ":"}
            if not magic:
                items.append(self._starred())
        if len(items) == 1 and not magic:
            return items[0]
        return Bracket("", tuple(items), "singleton" if len(items) == 1 else "tuple", magic and len(items) > 1)

    def _starred(self) -> Node:
        return Prefix(self.take(), self.expression()) if self.next == "*" else self.expression()

    def _binary(self, floor: int = 0) -> Node:
        operands = [self._unary()]
        operators: list[str] = []
        while (operator := self._operator()) and PRECEDENCE[operator] > floor:
            self._position += 1 + (" " in operator)
            operators.append(operator)
            operands.append(self._unary())
        return Binary(tuple(operands), tuple(operators)) if operators else operands[0]

    def _operator(self) -> str:
        following = self._tokens[self._position + 1].text if self._position + 1 < len(self._tokens) else ""
        two = f"{self.next} {following}"
        if two in PRECEDENCE:
            return two
        return self.next if self.next in PRECEDENCE else ""

    def _unary(self) -> Node:
        prefix = ""
        while self.next in {"-", "+", "~", "not", "await"}:
            if self.next == "not":
                self.take()
                return Prefix(prefix + "not ", self._binary(_NOT_PRECEDENCE))
            prefix += self.take() + " " * (self._tokens[self._position - 1].text == "await")
        return Prefix(prefix, self._chain()) if prefix else self._chain()

    def _chain(self) -> Node:
        atom = self.bracket("") if self.next in CLOSERS else Text(self.take())
        if isinstance(atom, Text) and not re.match(r"[\w.\"']", atom.text):
            raise SyntaxTooHard(atom.text)
        parts: list[Text | Bracket] = [atom]
        while self.next in {"(", "[", "."}:
            if self.next == ".":
                self.take()
                parts.append(Text("." + self.take()))
            else:
                parts.append(self.bracket("call" if self.next == "(" else "subscript"))
        return Chain(tuple(parts)) if len(parts) > 1 else atom

    def bracket(self, role: str) -> Bracket:
        """Brackets of this role; "" for what begins an expression."""
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise SyntaxTooHard("too deep")
        opener = self.take()
        items, comma = self._items(CLOSERS[opener])
        self.take(CLOSERS[opener])
        self._depth -= 1
        lone = len(items) == 1 and not comma
        if lone and _is_comprehension(items[0]):
            return Bracket(opener, tuple(items), "argument" if role == "call" else "comprehension")
        if lone and opener == "(" and not role:
            return Bracket(opener, tuple(items), "group")
        if len(items) == 1 and (role == "subscript" or (opener == "(" and not role)):
            return Bracket(opener, tuple(items), "singleton" if comma else "index")
        return Bracket(opener, tuple(items), role or "display", comma)

    def _items(self, closer: str) -> tuple[list[Node], bool]:
        items: list[Node] = []
        comma = False
        while self.next != closer:
            if items and not comma:
                raise SyntaxTooHard("a comma is missing")
            items.append(self._item())
            comma = self.next == ","
            if comma:
                self.take()
        return items, comma

    def _item(self) -> Node:
        if self.next in {"*", "**"}:
            star = self.take()
            return Text(star) if self.next == "," else Prefix(star, self._item())
        if self.next == ":":
            return Text(self._slice())
        start = self._position
        first = self.expression()
        if self.next in {"=", ":="}:
            equals = self.take()
            spaced = self._tokens[self._position - 1].spaced
            return Prefix(f"{plain(first)} {equals} " if spaced else f"{plain(first)}=", self._item())
        if self.next in {"for", "async"}:
            return Clauses(first, tuple(self._comprehension()), comprehension=True)
        return self._after_colon(first, start) if self.next == ":" else first

    def _after_colon(self, first: Node, start: int) -> Node:
        """`key: value` of a dict or `name: type = default` of a parameter; a slice is left as it is written."""
        if self._tokens[self._position].spaced or not self._followed_by_space():
            self._position = start
            return Text(self._slice())
        self.take()
        return Prefix(f"{plain(first)}: ", self._item())

    def _followed_by_space(self) -> bool:
        return self._position + 1 < len(self._tokens) and self._tokens[self._position + 1].spaced

    def _slice(self) -> str:
        return self.text_until(lambda text: text in {",", "]"}).lstrip()

    def _comprehension(self) -> list[Node]:
        clauses: list[Node] = []
        while self.next in {"for", "async", "if"}:
            if self.next == "if":
                self.take()
                clauses.append(Prefix("if ", self._binary()))
                continue
            head = self.text_until(lambda text: text == "in").lstrip()
            self.take("in")
            clauses.append(Prefix(f"{head} in ", self._binary()))
        return clauses


def _is_comprehension(item: Node) -> bool:
    """Whether an item has `for`s behind it, a dict's behind its key and value."""
    if isinstance(item, Prefix):
        return _is_comprehension(item.operand)
    return isinstance(item, Clauses) and item.comprehension
