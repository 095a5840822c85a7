"""What is said once: an option that is given again would silently win over the first."""

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
    """A command that refuses an option with one value when it is given twice; flags and lists may be."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """The arguments that are left over; raises `BadParameter`."""
        if args and not ctx.resilient_parsing:
            _, _, given = self.make_parser(ctx).parse_args(args=list(args))
            for param, times in Counter(given).items():
                if times > 1 and isinstance(param, TyperOption) and not (param.multiple or param.is_flag):
                    raise _given_again(param.opts[0])
        return super().parse_args(ctx, args)


def each_once(pairs: Iterable[tuple[str, Value]], option: str) -> dict[str, Value]:
    """The values of an option that may be repeated, by their names; raises `BadParameter` for a name that is."""
    found: dict[str, Value] = {}
    for name, value in pairs:
        if name in found:
            raise _given_again(f"{option} {name}=" if name else option)
        found[name] = value
    return found


def _given_again(option: str) -> typer.BadParameter:
    return typer.BadParameter("it is given more than once, and only one value can be meant", param_hint=option)
