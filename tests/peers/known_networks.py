"""Third parties' networks of which the specs know the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from archspec.ir import TheirNetwork
from archspec.source import load_source, read_document
from archspec.spec import Document, parse_document
from archspec.zoo import spec_files


@dataclass(frozen=True)
class Known:
    """A third party's network with the weights of one of the zoo's.

    `params` are those of the zoo's network for the third party's function. `differs` says what is other; empty for the
    same function.
    """

    theirs: str
    network: str
    params: Mapping[str, object] = field(default_factory=dict)
    differs: str = ""

    @property
    def call(self) -> str:
        """The network as the command line has it."""
        return " ".join([self.network, *(f"--set {name}={value}" for name, value in self.params.items())])


def known_of(party: str) -> list[Known]:
    """A row for each of the party's networks and the zoo's network that its names belong to, in the order of the specs.

    The params that give its function are taken. So a difference is left only where another network has the function,
    or none.
    """
    return list({(row.theirs, row.network): row for path in spec_files() for row in _of(party, path)}.values())


def _of(name: str, path: Path) -> Iterator[Known]:
    document = _document(path)
    for party in document.third_parties:
        for variant, networks in party.networks.items() if party.name == name else ():
            for each in networks:
                yield _row(variant or document.name, each)


@cache
def _document(path: Path) -> Document:
    return parse_document(read_document(load_source(path), json=False)[0], path.stem)[0]


def _row(network: str, theirs: TheirNetwork) -> Known:
    if theirs.params and not theirs.network:
        return Known(theirs.name, network, theirs.params)
    return Known(theirs.name, network, {}, theirs.differs)
