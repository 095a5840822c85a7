"""Pasted text of other languages: Python's tuples, `(3, 3)` for [3, 3], and the `${x}` of shells for $x."""

from __future__ import annotations

import re

from archspec.errors import Source, Span
from archspec.source.builders import Root, SequenceBuilder
from archspec.source.scalars import NumberError, resolve
from archspec.source.values import Sequence

_ITEM = r"""[\w.+\-$]{1,40}|'[^'\r\n]{0,40}'|"[^"\r\n]{0,40}\""""
# White space is possessive here: text that fits in more than one way would be tried in all of them.
_FLAT = rf"\(\s*+(?:{_ITEM})(?:\s*+,\s*+(?:{_ITEM}))*+\s*+,?+\s*+\)"
_NESTED = rf"\(\s*+(?:{_FLAT}|{_ITEM})(?:\s*+,\s*+(?:{_FLAT}|{_ITEM}))*+\s*+,?+\s*+\)"
_TUPLE = re.compile(_NESTED)
_LONGEST = 200
_PART = re.compile(rf"[()]|{_ITEM}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACKETS = str.maketrans("()", "[]")


def tuple_at(text: str, start: int) -> str | None:
    """The tuple that begins at `start`: of numbers, words and quoted texts, or of tuples of them; None if none does."""
    found = _TUPLE.match(text, start, min(start + _LONGEST, len(text)))
    return None if found is None else found.group()


def as_list(written: str) -> str:
    """The list that a tuple means, as YAML writes it: [3, 3] for (3, 3), [3] for (3,), and 3 for (3)."""
    if "," not in written:
        return written.strip("() \t\r\n")
    return re.sub(r"\s*+,?+\s*+\)", ")", written).translate(_BRACKETS)


def tuple_value(where: Span) -> Sequence:
    """The list that the tuple in this place means, with the places of its items."""
    root = Root()
    around: list[Root | SequenceBuilder] = [root]
    for part in _PART.finditer(where.source.text, where.start, where.end):
        if part[0] == "(":
            around.append(SequenceBuilder(part.start(), ")"))
        elif part[0] == ")":
            inner = around.pop()
            assert isinstance(inner, SequenceBuilder)
            around[-1].add(inner.close(where.source, part.end()), inner.start, part.end())
        else:
            around[-1].add(_item(part[0]), *part.span())
    assert isinstance(root.value, Sequence)
    return root.value


def _item(text: str) -> object:
    if text[0] in "'\"":
        return text[1:-1]
    try:
        return resolve(text)
    except NumberError:
        return text


def may_be_tuple(text: str) -> bool:
    """Whether a text may be a tuple; quick, and seldom true."""
    return text[:1] == "("


def as_value(text: str) -> object:
    """The list that a text means if it is a tuple of Python, (3, 3); otherwise the text itself."""
    if not may_be_tuple(text) or "," not in text or tuple_at(text, 0) != text:
        return text
    return tuple_value(Span(Source("", text), 0, len(text)))


BRACES = re.compile(r"\$\{\s*+([^{}\r\n]{0,60}?)\s*+\}")
"""`${x}` and its content."""

DOLLAR_HINT = "write $name, $(expression), or $$ for a dollar"
BRACES_MESSAGE = "an expression stands in round brackets, not in braces"


def braces_hint(found: re.Match[str]) -> str:
    """Advice for a `${inner}` that `BRACES` found: `$inner`, unless a word continues after it."""
    inner = found[1]
    if not inner:
        return DOLLAR_HINT
    goes_on = _NAME.match(found.string, found.end()) or found.string[found.end() : found.end() + 1].isdigit()
    return f"write ${inner}" if _NAME.fullmatch(inner) and not goes_on else f"write $({inner})"
