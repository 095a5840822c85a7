"""Breaks generated statements over lines as the formatter that their readers run would leave them.

`ruff format` (and `black`, for most) with its default settings changes nothing in what `layout` returns; the tests hold
it to that with thousands of random statements.
"""

from __future__ import annotations

import re

from archspec.codegen.breaks import expression_elements, is_fluent
from archspec.codegen.printer import (
    INDENT,
    WIDTH,
    Element,
    Line,
    Shift,
    fits_around_groups,
    flat,
    opened_widths,
    render,
)
from archspec.codegen.simple import MAGIC_COMMA, simply_broken
from archspec.codegen.syntax import Reader, tokenize
from archspec.codegen.tree import PRECEDENCE, Binary, Bracket, Chain, Clauses, Node, Prefix, SyntaxTooHard, Text

_HEAD = re.compile(
    r"""(?:async\ )?def\ \w+(?=\() | class\ \w+(?=\()
      | (?:return|for|if|elif|while|assert|yield|raise)\   # a keyword and a space
      | from\ [\w.]+\ import\    # and a space
    """,
    re.VERBOSE,
)
_ASSIGNMENT = re.compile(
    r"(?P<target>[\w.]+(?:\[[^\[\]]*\])?(?:, [\w.]+)*(?:: [^=]+?)?) (?P<operator>(?:[-+*/@]|//)?=) "
)
_OPAQUE = re.compile(r"import |with |global |nonlocal |del |try:|else:|finally:|except|pass$|continue$|break$|#|@")


def layout(statement: str, indent: int) -> list[str]:
    """The lines of a statement that is given on one line, indented by `indent` columns.

    A comma before a closing bracket asks for one element a line. A statement that cannot be split (a long string,
    brackets nested deeper than anyone reads, a word that is not known here) comes back as one line.
    """
    line = " " * indent + statement
    if len(line) <= WIDTH and not MAGIC_COMMA.search(statement):
        return [line]
    simple = simply_broken(statement, indent)
    if simple is not None:
        return simple
    if _OPAQUE.match(statement):
        return [line]
    try:
        return _Statement(statement).lines(indent)
    except (SyntaxTooHard, RecursionError):
        return [line]


class _Statement:
    """A statement as text in front, an expression, and text behind."""

    def __init__(self, statement: str) -> None:
        head, body = _split_head(statement)
        self._keyword = head
        self._reader = Reader(tokenize(body))
        self._definition = head.startswith(("def ", "async def ", "class "))
        if head.startswith("from "):
            self._expression = self._imported()
        elif head == "for ":
            self._keyword += self._reader.text_until(lambda text: text == "in").lstrip() + " in "
            self._reader.take("in")
            self._expression = self._reader.expressions()
        elif self._definition:
            self._expression = self._reader.bracket("call" if head.startswith("class ") else "parameters")
        else:
            self._expression = self._reader.expressions()
        self._tail = self._reader.text_until(lambda text: False)
        if self._tail and not self._tail.endswith(":"):
            raise SyntaxTooHard(self._tail)

    def _imported(self) -> Node:
        names = self._reader.expressions()
        return Bracket("", (names,), "tuple") if isinstance(names, Text) else names

    def lines(self, indent: int) -> list[str]:
        """The lines at this indentation."""
        expression = self._expression
        bare = [self._keyword, *expression_elements(expression, inside=False), self._tail]
        one_line = flat(bare)
        if one_line is not None and indent + len(one_line) <= WIDTH:
            return [" " * indent + one_line]
        if self._definition or _has_own_breaks(expression):
            return render(bare, indent)
        bare_first = _can_stay_bare(expression)
        if bare_first and fits_around_groups(bare, indent):
            return render(bare, indent)
        wrapped = self._wrapped()
        if bare_first:
            single = not _needs_parentheses(expression)
            if single and (not self._keyword or max(opened_widths(wrapped, indent)) > WIDTH):
                return render(bare, indent)
        return render(wrapped, indent)

    def _wrapped(self) -> list[Element]:
        """The statement with its expression in parentheses."""
        inner = expression_elements(self._expression, inside=True)
        return [f"{self._keyword}(", Shift(INDENT), Line(""), *inner, Shift(-INDENT), Line(""), f"){self._tail}"]


def _split_head(statement: str) -> tuple[str, str]:
    """The text before a statement's last expression, and the rest."""
    match = _HEAD.match(statement) or _ASSIGNMENT.match(statement)
    end = match.end() if match else 0
    return statement[:end], statement[end:]


def _has_own_breaks(node: Node) -> bool:
    """Whether an expression is a display, which is never put in parentheses."""
    return isinstance(node, Bracket) and node.opener != ""


def _needs_parentheses(node: Node) -> bool:
    """Whether an expression has breaks outside brackets, which only parentheses allow."""
    return isinstance(node, Binary | Clauses | Prefix) or (isinstance(node, Chain) and is_fluent(node))


def _can_stay_bare(node: Node) -> bool:
    """Whether an expression is broken inside its brackets if that is enough, and not put in parentheses."""
    if isinstance(node, Bracket):
        return False
    if isinstance(node, Chain) and is_fluent(node):
        return False
    if not isinstance(node, Binary | Clauses | Prefix):
        return True
    if isinstance(node, Clauses):
        return False
    if isinstance(node, Prefix):
        return _can_stay_bare(node.operand)
    loosest = min(PRECEDENCE[operator] for operator in node.operators)
    loose = [operator for operator in node.operators if PRECEDENCE[operator] == loosest]
    first, last = node.operands[0], node.operands[-1]
    return len(loose) == 1 and (_ends_in_bracket(last) or (isinstance(first, Bracket) and bool(first.items)))


def _ends_in_bracket(node: Node) -> bool:
    if isinstance(node, Prefix):
        return _ends_in_bracket(node.operand)
    last = node.parts[-1] if isinstance(node, Chain) else node
    return isinstance(last, Bracket) and bool(last.items) and (node is last or last.opener == "(")
