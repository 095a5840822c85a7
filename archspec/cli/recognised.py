"""The word for a network that the file of weights tells."""

from __future__ import annotations

import sys
from pathlib import Path

AUTO = "auto"
"""The word in place of a network's name."""


def told_by(source: Path, settings: list[str] | None, *, key: str | None, only_matching: bool) -> tuple[str, list[str]]:
    """The name of the only network of the zoo that a file fits, and the values of `--set` for it.

    The name goes to stderr. Raises `CheckpointError` if there are several networks or none.
    """
    from archspec.cli.progress import working
    from archspec.recognition import find_network

    with working(f"looking for the network of {source}"):
        found = find_network(source, key=key, only_matching=only_matching)
    own = list(settings or ())
    given = {setting.partition("=")[0] for setting in own}
    own += [f"{name}={value}" for name, value in found.origin.params.items() if name not in given]
    said = "".join(f", --set {each}" for each in own)
    print(f"archspec: {source} fits {found.name}{said}", file=sys.stderr)
    return found.name, own
