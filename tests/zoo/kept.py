"""What was measured of the zoo's networks: a file each, of a line a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import filter as matching
from pathlib import Path
from typing import Any

from archspec import zoo


@dataclass(frozen=True)
class Kept:
    """A file beside this one."""

    name: str

    @property
    def _path(self) -> Path:
        return Path(__file__).with_name(self.name)

    def read(self) -> dict[str, Any]:
        """What was measured, by the networks' names."""
        found: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        return found

    def write(self, name: str, found: Mapping[str, Any]) -> None:
        """Write down what was measured for a network, beside what is there of others."""
        everything = self.read() | {name: found}
        known = [each for each in zoo.list_networks() if each in everything]
        lines = [f" {json.dumps(each)}: {json.dumps(everything[each])}" for each in known]
        self._path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def named(wanted: str, unmeasured: list[str]) -> list[str]:
    """The networks whose names match a pattern; `unmeasured` stands for those of which nothing is known."""
    return unmeasured if wanted == "unmeasured" else matching(zoo.list_networks(), wanted)


def rounded(number: float) -> float:
    """A number with the two digits that are kept of it."""
    return float(f"{number:.1e}")
