"""Refuses options that exclude each other."""

from __future__ import annotations

from collections.abc import Mapping

import typer


def refuse(reasons: Mapping[str, str | bool]) -> None:
    """Raise `BadParameter` for the first option with a reason to refuse it."""
    for option, reason in reasons.items():
        if reason:
            raise typer.BadParameter(str(reason), param_hint=option)
