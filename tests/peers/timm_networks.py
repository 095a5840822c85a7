"""timm's networks of which the specs know the names, and what was measured of them, which timm.json beside this has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archspec.ir import TheirNetwork
from archspec.source import load_source, read_document
from archspec.spec import parse_document
from archspec.zoo import natural, spec_files

MEASURED = Path(__file__).with_name("timm.json")

PARTY = "timm"


@dataclass(frozen=True)
class Known:
    """A network of timm's with the weights of one of the zoo's.

    `params` are those of the zoo's network for timm's function. `differs` says what is other; empty for the same
    function.
    """

    theirs: str
    network: str
    params: Mapping[str, object] = field(default_factory=dict)
    differs: str = ""

    @property
    def call(self) -> str:
        """The network as the command line has it."""
        return " ".join([self.network, *(f"--set {name}={value}" for name, value in self.params.items())])


def known() -> list[Known]:
    """A row for each of timm's networks and the zoo's network that its names belong to.

    The params that give its function are taken. So a difference is left only where another network has the function,
    or none.
    """
    rows = {(row.theirs, row.network): row for path in spec_files() for row in _of(path)}
    return sorted(rows.values(), key=lambda row: (natural(row.theirs), bool(row.differs), natural(row.network)))


def _of(path: Path) -> Iterator[Known]:
    document, _ = parse_document(read_document(load_source(path), json=False)[0], path.stem)
    for party in document.third_parties:
        for variant, networks in party.networks.items() if party.name == PARTY else ():
            for each in networks:
                yield _row(variant or document.name, each)


def _row(network: str, theirs: TheirNetwork) -> Known:
    if theirs.params and not theirs.network:
        return Known(theirs.name, network, theirs.params)
    return Known(theirs.name, network, {}, theirs.differs)


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
