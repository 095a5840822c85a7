"""Diagnostics as text: the place, the line, a caret under the word, and the hint.

lenet.yaml:5:18: error: there is no layer type "Conv2d" [unknown-layer]
  |
5 |   - layer_type: Conv2d
  |                 ^^^^^^
  = hint: did you mean "Conv2D"?
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archspec.errors import Diagnostic, Span

WINDOW = 100
"""The columns that are shown of a long line."""

LONGEST_SENTENCE = 500
"""The characters that are shown of a message; only messages with a very long word of the text have more."""

_TAB = 4
_CUT = "..."
_STYLES = {"error": "1;31", "warning": "1;33", "place": "1", "gutter": "34", "hint": "36", "note": "2"}


def render(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """The diagnostics as text, an empty line between them, ending in a line break; nothing for none.

    Text from the source is printed without control characters. `color` adds ANSI colours.
    """
    paint = _Paint(color)
    return "\n".join("".join(line + "\n" for line in _lines(diagnostic, paint)) for diagnostic in diagnostics)


@dataclass(frozen=True)
class _Paint:
    color: bool

    def __call__(self, style: str, text: str) -> str:
        if not self.color or not text:
            return text
        return f"\x1b[{_STYLES.get(style, '1')}m{text}\x1b[0m"


def _lines(diagnostic: Diagnostic, paint: _Paint) -> Iterator[str]:
    where = diagnostic.where
    word = paint(diagnostic.severity, f"{diagnostic.severity}:")
    message = f"{word} {paint('place', _sentence(diagnostic.message))} [{diagnostic.code}]"
    gutter = ""
    if isinstance(where, Span):
        place = f"{_clean(where.source.name)}:{where.line}:{where.column}:"
        yield f"{paint('place', place)} {message}"
        gutter = " " * len(str(where.line))
        yield from _excerpt(where, gutter, diagnostic.severity, paint)
    else:
        yield f"{paint('place', _clean(where) + ':')} {message}" if where else message
    indent = gutter + " " if gutter else "  "
    if diagnostic.hint:
        yield f"{indent}{paint('gutter', '=')} {paint('hint', 'hint:')} {_sentence(diagnostic.hint)}"
    for note in diagnostic.notes:
        yield f"{indent}{paint('gutter', '=')} {paint('note', 'note:')} {_sentence(note)}"


def _excerpt(where: Span, gutter: str, style: str, paint: _Paint) -> Iterator[str]:
    """The line with its number, and the carets under the span."""
    before, marked, after = _window(where)
    bar = paint("gutter", f"{gutter} |")
    yield bar
    text = before + marked + after
    yield f"{paint('gutter', f'{where.line} |')} {text}".rstrip()
    carets = "^" * max(1, _width(marked))
    yield f"{bar} {' ' * _width(before)}{paint(style, carets)}"


def _window(where: Span) -> tuple[str, str, str]:
    """The line as it is printed: before the span, the span, and after it, cut to `WINDOW` columns in all."""
    line = where.source.line(where.line)
    first = min(where.column - 1, len(line))
    last = max(first, min(len(line.rstrip()), first + where.end - where.start))
    # A character takes between zero and ten columns (`\U0010ffff`), so this part is enough.
    begin = max(0, first - WINDOW)
    before, column = _printed(line[begin:first], 0)
    marked, column = _printed(line[first : min(last, first + WINDOW)], column)
    after, _ = _printed(line[last : last + WINDOW], column) if last <= first + WINDOW else (_CUT, 0)
    return _fit(before, marked, after, cut=begin > 0, more=last + WINDOW < len(line))


def _fit(before: str, marked: str, after: str, *, cut: bool, more: bool) -> tuple[str, str, str]:
    """As much of the three parts as fits; `...` replaces the rest."""
    if not cut and not more and _width(before + marked + after) <= WINDOW:
        return before, marked, after
    kept_marked = _head(marked, WINDOW - 2 * len(_CUT))
    room = WINDOW - _width(kept_marked)
    kept_after = _head(after, max(room // 3, room - _width(before)))
    kept_before = _tail(before, room - _width(kept_after))
    if cut or kept_before != before:
        kept_before = _CUT + _tail(kept_before, _width(kept_before) - len(_CUT))
    if more or kept_after != after or kept_marked != marked:
        kept_after = _head(kept_after, _width(kept_after) - len(_CUT)) + _CUT
    return kept_before, kept_marked, kept_after


def _printed(text: str, column: int) -> tuple[str, int]:
    """The text with tabs as spaces and other control characters as escapes; and the column after it."""
    parts = []
    for character in text:
        part = " " * (_TAB - column % _TAB) if character == "\t" else _visible(character)
        parts.append(part)
        column += _width(part)
    return "".join(parts), column


def _sentence(text: str) -> str:
    """A message, a hint or a note, without the middle of it if it is too long."""
    if len(text) > LONGEST_SENTENCE:
        text = text[: LONGEST_SENTENCE // 2] + _CUT + text[-LONGEST_SENTENCE // 2 :]
    return _clean(text)


def _clean(text: str) -> str:
    """The text in one line, without characters that could move the cursor or colour the screen."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def _width(text: str) -> int:
    """The number of columns of a printable text in a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _head(text: str, columns: int) -> str:
    """The beginning of a text that takes at most this many columns."""
    kept = 0
    for index, character in enumerate(text):
        kept += _columns(character)
        if kept > columns:
            return text[:index]
    return text


def _tail(text: str, columns: int) -> str:
    """The end of a text that takes at most this many columns."""
    return _head(text[::-1], columns)[::-1]
