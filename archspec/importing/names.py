"""Names of the language for a file's names, each once."""

from __future__ import annotations

import re
from collections.abc import Callable

from archspec.spec.names import LONGEST_NAME, is_layer_name, is_name

_OTHER = re.compile(r"[^A-Za-z0-9_-]+")
_RESERVED = frozenset({"input"})


class Names:
    """The names of one scope; a name that is taken gets a number."""

    def __init__(self) -> None:
        self._taken: set[str] = set(_RESERVED)
        self._last: dict[str, int] = {}

    def layer(self, name: str) -> str:
        """A free name for a layer, the file's own if the language allows it."""
        return self._free(name, is_layer_name)

    def input(self, name: str) -> str:
        """A free name for an input of the network."""
        return self._free(name.replace("-", "_"), is_name)

    def _free(self, name: str, allowed: Callable[[object], bool]) -> str:
        base = name if allowed(name) else _OTHER.sub("_", name).strip("_-")[: LONGEST_NAME - 10]
        if not allowed(base):
            base = f"layer_{base}".rstrip("_")
        found, count = base, self._last.get(base, 0)
        while found in self._taken:
            count += 1
            found = f"{base}_{count}"
        self._last[base] = count
        self._taken.add(found)
        return found
