"""timm's networks of which the specs know the names, and what was measured of them, which timm.json beside this has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archspec.zoo import natural
from tests.peers.known_networks import Known, known_of

MEASURED = Path(__file__).with_name("timm.json")

PARTY = "timm"


def known() -> list[Known]:
    """A row for each of timm's networks and the zoo's network that its names belong to."""
    return sorted(known_of(PARTY), key=lambda row: (natural(row.theirs), bool(row.differs), natural(row.network)))


def measured() -> dict[str, dict[str, Any]]:
    """What was measured, by timm's name and the zoo's network."""
    found: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


def key(row: Known) -> str:
    return f"{row.theirs} {row.network}"


def write(row: Known, found: Mapping[str, Any]) -> None:
    """Write down what was measured of a row, and forget rows that no spec has."""
    everything = measured() | {key(row): dict(found)}
    kept = [key(each) for each in known() if key(each) in everything]
    lines = [f" {json.dumps(each)}: {json.dumps(everything[each])}" for each in kept]
    MEASURED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
