"""A text with expressions, with the positions of its characters in the source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archspec.errors import ArchspecError, Diagnostic, Span

# Offsets into a passage's text, without the end.
Region = tuple[int, int]

# The escapes of a character by a backslash before it, in JSON and in YAML's double quotes.
_PLAIN_ESCAPES = '"\\/'


class ExpressionError(ArchspecError):
    """An expression that cannot be read or has no value.

    `diagnostic` has the reason and the part; it is None if a name has no value and this was reported.
    """

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Passage:
    """A value's text after unquoting, and the whole value's place in the source."""

    text: str
    place: Callable[[], Span | str | None]

    def error(self, region: Region, code: str, message: str, hint: str | None = None) -> ExpressionError:
        """The error that points at this part of the text."""
        return ExpressionError(Diagnostic(code, message, self._locate(region), hint))

    def _locate(self, region: Region) -> Span | str | None:
        where = self.place()
        if not isinstance(where, Span):
            return where
        offsets = _align(where.text, self.text)
        start, end = region
        if offsets is None or start >= end:
            return where
        return where.inside(offsets[start], offsets[end - 1] + 1)


def _align(written: str, text: str) -> list[int] | None:
    r"""The position of each character of `text` in the source's spelling of it; None if it is unknown.

    Knows quotes, the escapes `\"`, `\\`, `\/` and `''`, a block's header, and lines that YAML folds or indents.
    """
    quote = written[0] if written[:1] in ("'", '"') else ""
    found = written.rfind(text)
    if found >= len(quote):
        return list(range(found, found + len(text)))
    position = _block_start(written) if written[:1] in ("|", ">") else len(quote)
    offsets = []
    content = text.rstrip()
    previous = ""
    for character in content:
        # White space after a line break can be the removed indentation.
        blank = character.isspace() and previous.isspace() and not written[position : position + 1].isspace()
        after = position if blank else _after(written, position, character, quote)
        previous = character
        if after is None:
            return None
        offsets.append(after - 1)
        position = after
    return offsets + [position] * (len(text) - len(content))


def _block_start(written: str) -> int:
    """The offset of a block's first character, which is on the line after its header."""
    _, _, lines = written.partition("\n")
    return len(written) - len(lines.lstrip())


def _after(written: str, position: int, character: str, quote: str) -> int | None:
    """The offset after the spelling of `character` that begins at `position`; None if something else is there."""
    here = written[position : position + 1]
    if character in " \n" and here.isspace():
        rest = written[position:]
        blank = rest[: len(rest) - len(rest.lstrip())]
        return position + (len(blank) if "\n" in blank or "\r" in blank else 1)
    escape = "\\" if quote == '"' else quote
    if not escape or here != escape:
        return position + 1 if here == character else None
    escaped = _PLAIN_ESCAPES if quote == '"' else "'"
    return position + 2 if character in escaped and written[position + 1 : position + 2] == character else None
