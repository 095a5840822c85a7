"""Bytes to text, with a diagnostic if they are not text."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from archspec.errors import Diagnostic, Source, Span, SpecError
from archspec.files import open_now
from archspec.source.faults import MAX_CHARACTERS

_OTHER_ENCODINGS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
_SHOWN = 1000


def load_source(path: str | os.PathLike[str]) -> Source:
    """Reads a UTF-8 file or pipe. Raises `SpecError` if it cannot be opened, is too long or is not UTF-8."""
    name = os.fspath(path)
    try:
        with open_now(path) as file:
            data = file.read(MAX_CHARACTERS * 4 + 1)
    except (OSError, ValueError) as error:  # ValueError: the path has a NUL in it
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SpecError((Diagnostic("unreadable-file", f"the file cannot be read: {reason}", name),)) from None
    if not data and Path(path).is_fifo():
        raise SpecError((Diagnostic("unreadable-file", "no program writes into this pipe", name),))
    return decode_source(name, data, Path(path))


def decode_source(name: str, data: bytes, file: Path | None = None) -> Source:
    """The text of these bytes, called `name` in messages. Raises `SpecError` if they are not UTF-8."""
    try:
        return Source(name, data.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        raise SpecError((_not_utf8(name, data, error.start),)) from None


def _not_utf8(name: str, data: bytes, start: int) -> Diagnostic:
    for mark, encoding in _OTHER_ENCODINGS:
        if data.startswith(mark):
            shown = Source(name, data[:_SHOWN].decode(encoding, "ignore"))
            return Diagnostic("not-utf8", f"the file is {encoding}", Span(shown, 0, 1), hint="save it as UTF-8")
    # The error's offset does not count the byte order mark, and the shown text does not have it.
    data = data.removeprefix(codecs.BOM_UTF8)
    before = data[:start].decode("utf-8", "replace")
    shown = Source(name, before + data[start:].decode("utf-8", "replace"))
    message = f"the byte 0x{data[start]:02X} is not UTF-8"
    where = Span(shown, len(before), len(before) + 1)
    return Diagnostic("not-utf8", message, where, hint="save the file as UTF-8")
