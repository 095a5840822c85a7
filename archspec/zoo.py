"""The specs that ship with archspec: one file a family, its networks by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from itertools import takewhile
from pathlib import Path

from archspec.source import load_source, read_document
from archspec.spec.suggest import closest


@dataclass(frozen=True, slots=True)
class ZooNetwork:
    """A network of the zoo: its name, the file that says it, and the variant there, if the file has variants."""

    name: str
    path: Path
    variant: str | None


@cache
def spec_files() -> tuple[Path, ...]:
    """The zoo's files: inside the installed package, or beside it in a checkout."""
    folder = _folder()
    return tuple(sorted(folder.glob("*.yaml"))) if folder else ()


@cache
def checks() -> Mapping[str, Mapping[str, float]]:
    """What the networks were compared with: by name and third party, the largest relative difference in float64."""
    folder = _folder()
    found: dict[str, dict[str, float]] = json.loads((folder / "checks.json").read_text("utf-8")) if folder else {}
    return found


def find_network(name: str) -> ZooNetwork | None:
    """The network of this name, if the zoo has it. The files whose names begin like it are read first."""
    files = sorted(spec_files(), key=lambda path: -_common(path.stem, name))
    return next((network for path in files for network in _networks(path) if network.name == name), None)


def list_networks(pattern: str = "*") -> list[str]:
    """The names of the zoo's networks that match a shell pattern (`resnet*`), sorted."""
    return sorted(network.name for network in networks() if fnmatchcase(network.name, pattern))


def networks() -> Iterator[ZooNetwork]:
    """Every network of the zoo, file by file, in the order of the files."""
    for path in spec_files():
        yield from _networks(path)


def suggest(name: str) -> str | None:
    """The name of the network that was probably meant."""
    return closest(name, list_networks())


def _folder() -> Path | None:
    package = Path(__file__).parent
    return next((place for place in (package / "specs", package.parent / "specs") if place.is_dir()), None)


def _common(stem: str, name: str) -> int:
    """How many characters two words begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(stem, name, strict=False)))


@cache
def _networks(path: Path) -> tuple[ZooNetwork, ...]:
    document, _ = read_document(load_source(path), json=False)
    variants = document.get("variants") if isinstance(document, dict) else None
    if isinstance(variants, dict) and variants:
        return tuple(ZooNetwork(variant, path, variant) for variant in variants)
    return (ZooNetwork(path.stem, path, None),)
