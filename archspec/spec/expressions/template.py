"""Texts with `$name`, `$name[0]` and `$(expression)` in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archspec.errors import Span
from archspec.expressions.values import MOST_ELEMENTS, OperationError, text_of
from archspec.source.pasted import BRACES, BRACES_MESSAGE, DOLLAR_HINT, braces_hint
from archspec.spec.expressions.compiler import Compiler, Evaluator
from archspec.spec.expressions.passage import ExpressionError, Passage, Region
from archspec.spec.expressions.syntax import variable

LONGEST_TEXT = 1000

_DOLLAR = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<element>(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<index>\[-?[0-9]+\])*)|(?P<open>\())"
)
# Whole strings, so that what is inside them is passed over, and what matters outside of them.
_TOKEN = re.compile(r"""'(?:[^'\\\r\n]|\\.)*'|"(?:[^"\\\r\n]|\\.)*"|[()'"#]""")


@dataclass(frozen=True, slots=True)
class _Hole:
    """The place of an expression in a text: the whole of `$name`, `$name[0]` or `$(expression)`."""

    region: Region
    evaluate: Evaluator
    tree: ast.expr


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A parsed text. `names` are the names in its expressions, without functions and constants."""

    passage: Passage
    names: frozenset[str]
    pieces: tuple[str | _Hole, ...]
    whole: Evaluator | None

    @property
    def text(self) -> str:
        """The original text."""
        return self.passage.text

    @property
    def tree(self) -> ast.expr:
        """The value as an expression of Python: a text with several pieces is an f-string."""
        holes = [piece for piece in self.pieces if isinstance(piece, _Hole)]
        if self.whole is not None:
            return holes[0].tree
        if not holes:
            return ast.Constant("".join(str(piece) for piece in self.pieces))
        return ast.JoinedStr(
            [
                ast.FormattedValue(piece.tree, -1) if isinstance(piece, _Hole) else ast.Constant(piece)
                for piece in self.pieces
            ]
        )

    def evaluate(self, env: Mapping[str, object]) -> object:
        """The value for these names.

        One expression with at most white space around it keeps its type; otherwise the value is the text with each
        expression's value in its place: texts and integers as they are, floats as Python writes them. Lists and
        mappings of `env` are handed out as they are, not copied. Raises ExpressionError, with the wrong word's span:
        `unknown-name` or `expression-failed`.
        """
        if self.whole is not None:
            return self.whole(env)
        parts = [piece if isinstance(piece, str) else self._fill(piece, env) for piece in self.pieces]
        if sum(map(len, parts)) > max(MOST_ELEMENTS, len(self.text)):
            message = f"the text has more than {MOST_ELEMENTS} characters"
            raise self.passage.error((0, len(self.text)), "expression-failed", message)
        return "".join(parts)

    def _fill(self, hole: _Hole, env: Mapping[str, object]) -> str:
        value = hole.evaluate(env)
        try:
            return text_of(value)
        except OperationError as fault:
            raise self.passage.error(hole.region, "expression-failed", fault.message) from None


def parse(text: str, place: Callable[[], Span | str | None] = lambda: None) -> Template:
    """Read a text once, to be evaluated often.

    `place` gives the whole value's span, quotes included, or the path to it; it is only asked for messages. Raises
    ExpressionError (`bad-expression`, `unknown-function`) that points at the wrong part.
    """
    passage = Passage(text, place)
    if "$" not in text:
        return Template(passage, frozenset(), (text,), None)
    if len(text) > LONGEST_TEXT:
        message = f"a text with expressions has at most {LONGEST_TEXT} characters"
        raise passage.error((0, len(text)), "bad-expression", message)
    compiler = Compiler(passage)
    pieces = tuple(_split(passage, compiler))
    return Template(passage, frozenset(compiler.names), pieces, _alone(pieces))


def _alone(pieces: tuple[str | _Hole, ...]) -> Evaluator | None:
    """The expression of a text that has nothing else."""
    holes = [piece for piece in pieces if isinstance(piece, _Hole)]
    blank = all(isinstance(piece, _Hole) or piece.isspace() for piece in pieces)
    return holes[0].evaluate if len(holes) == 1 and blank else None


def _split(passage: Passage, compiler: Compiler) -> list[str | _Hole]:
    text = passage.text
    pieces: list[str | _Hole] = []
    position = 0
    while (dollar := text.find("$", position)) >= 0:
        if dollar > position:
            pieces.append(text[position:dollar])
        found = _DOLLAR.match(text, dollar)
        if found is None:
            raise _no_expression(passage, dollar)
        position = found.end()
        if found["dollar"]:
            pieces.append("$")
        elif found["index"]:
            pieces.append(_Hole((dollar, position), *compiler.expression(*found.span("element"))))
        elif found["name"]:
            tree = variable(found["name"])
            pieces.append(_Hole((dollar, position), compiler.name(found.span("name")), tree))
        else:
            close = _closing(passage, dollar)
            pieces.append(_Hole((dollar, close + 1), *compiler.expression(position, close)))
            position = close + 1
    if position < len(text):
        pieces.append(text[position:])
    return pieces


def _no_expression(passage: Passage, dollar: int) -> ExpressionError:
    """The error of a dollar without a name or expression; shells and other templates write `${name}`."""
    braces = BRACES.match(passage.text, dollar)
    if braces is None:
        region = (dollar, min(dollar + 2, len(passage.text)))
        return passage.error(region, "bad-expression", "a dollar begins an expression", DOLLAR_HINT)
    return passage.error(braces.span(), "bad-expression", BRACES_MESSAGE, braces_hint(braces))


def _closing(passage: Passage, dollar: int) -> int:
    """The offset of the parenthesis that closes the one after the dollar."""
    depth = 0
    for token in _TOKEN.finditer(passage.text, dollar + 1):
        word = token[0]
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
            if depth == 0:
                return token.start()
        elif len(word) == 1:
            raise _stray(passage, token)
    region = (dollar, len(passage.text))
    raise passage.error(region, "bad-expression", "the parenthesis is never closed", 'an expression ends with ")"')


def _stray(passage: Passage, token: re.Match[str]) -> ExpressionError:
    message = "an expression has no comments" if token[0] == "#" else "the quote is never closed"
    return passage.error(token.span(), "bad-expression", message)
