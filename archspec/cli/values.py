"""Parsers for texts on the command line, with the program's own messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

import typer

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")


def whole_number(least: int) -> Callable[[object], int]:
    """A parser for whole numbers from `least` on."""

    def parse(text: object) -> int:
        if not _WHOLE.fullmatch(str(text)) or int(str(text)) < least:
            raise typer.BadParameter(f'"{text}" is not a whole number of {least} or more')
        return int(str(text))

    return parse


def one_of(words: Collection[str]) -> Callable[[object], str]:
    """A parser for these words."""

    def parse(text: object) -> str:
        if text not in words:
            raise typer.BadParameter(f'"{text}" is none of {", ".join(words)}')
        return str(text)

    return parse
