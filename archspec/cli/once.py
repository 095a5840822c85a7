"""Refuses repeated options, because the last one would silently win."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

import typer
from typer.core import TyperCommand, TyperOption

if TYPE_CHECKING:
    from typer._click.core import Context

Value = TypeVar("Value")


class OnceCommand(TyperCommand):
    """A command that refuses a repeated option with a single value; flags and lists may be repeated."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """The remaining arguments; raises `BadParameter`."""
        if args and not ctx.resilient_parsing:
            _, _, given = self.make_parser(ctx).parse_args(args=list(args))
            for param, times in Counter(given).items():
                if times > 1 and isinstance(param, TyperOption) and not (param.multiple or param.is_flag):
                    raise _given_again(param.opts[0])
        return super().parse_args(ctx, args)


def each_once(pairs: Iterable[tuple[str, Value]], option: str) -> dict[str, Value]:
    """The values of a repeatable option by their names; raises `BadParameter` for a repeated name."""
    found: dict[str, Value] = {}
    for name, value in pairs:
        if name in found:
            raise _given_again(f"{option} {name}=" if name else option)
        found[name] = value
    return found


def _given_again(option: str) -> typer.BadParameter:
    return typer.BadParameter("it is given more than once, and only one value can be meant", param_hint=option)
