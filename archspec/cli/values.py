"""What the texts on the command line stand for. A wrong one is told in the program's own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

import typer

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")


def whole_number(least: int) -> Callable[[object], int]:
    """The parser of whole numbers from `least`."""

    def parse(text: object) -> int:
        if not _WHOLE.fullmatch(str(text)) or int(str(text)) < least:
            raise typer.BadParameter(f'"{text}" is no whole number from {least}')
        return int(str(text))

    return parse


def one_of(words: Collection[str]) -> Callable[[object], str]:
    """The parser of these words."""

    def parse(text: object) -> str:
        if text not in words:
            raise typer.BadParameter(f'"{text}" is none of {", ".join(words)}')
        return str(text)

    return parse
