"""Options that do not go together."""

from __future__ import annotations

from collections.abc import Mapping

import typer


def refuse(reasons: Mapping[str, str | bool]) -> None:
    """Raise `BadParameter` for the first option that there is a reason to refuse."""
    for option, reason in reasons.items():
        if reason:
            raise typer.BadParameter(str(reason), param_hint=option)
