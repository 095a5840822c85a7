"""What the zoo's networks are, in numbers: read from the zoo's index, which is true of the specs that it was made of.

Lowering all of them takes seconds. A spec that has been changed since the index was made is lowered; a test holds that
the index says what lowering says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from archspec.network import Network
from archspec.reading import load
from archspec.zoo import ZooNetwork, digest, indexed, matching, natural, read_networks, spec_files


@dataclass(frozen=True, slots=True)
class Summary:
    """A network in numbers; shapes are channels last and without the batch, multiply-adds those of one sample."""

    name: str
    inputs: Mapping[str, list[int]]
    outputs: Mapping[str, list[int]]
    parameters: int
    trainable: int
    multiply_adds: int
    description: str
    source: str


def summaries(pattern: str = "*") -> list[Summary]:
    """The zoo's networks whose names match a shell pattern, as people sort their names."""
    return sorted(map(_summary, matching(pattern)), key=lambda summary: natural(summary.name))


def summary_of(network: Network) -> Summary:
    """A network in numbers."""
    parameters = network.parameters()
    return Summary(
        network.name,
        {name: list(kind.shape) for name, kind in network.inputs.items()},
        {name: list(kind.shape) for name, kind in network.outputs.items()},
        parameters.total,
        parameters.trainable,
        network.graph.multiply_adds(),
        network.graph.description,
        network.graph.source,
    )


def index_text() -> str:
    """The zoo's index as it should be: every network lowered."""
    files: dict[str, Any] = {}
    for entry in chain.from_iterable(map(read_networks, spec_files())):
        said = asdict(summary_of(load(entry.path, variant=entry.variant)))
        head = {
            "sha256": digest(entry.path),
            "description": said.pop("description"),
            "source": said.pop("source"),
            "variants": entry.variant is not None,
        }
        files.setdefault(entry.path.name, {**head, "networks": {}})["networks"][said.pop("name")] = said
    return "\n".join(_lines(files)) + "\n"


def _summary(entry: ZooNetwork) -> Summary:
    file = indexed(entry.path)
    if file is None:
        return summary_of(load(entry.path, variant=entry.variant))
    own = file["networks"][entry.name]
    return Summary(name=entry.name, description=file["description"], source=file["source"], **own)


def _lines(files: Mapping[str, Any]) -> Iterator[str]:
    """The index as JSON, a network a line."""
    yield "{"
    for number, (name, file) in enumerate(files.items(), 1):
        head = ", ".join(f"{json.dumps(key)}: {json.dumps(file[key])}" for key in file if key != "networks")
        yield f'{json.dumps(name)}: {{{head}, "networks": {{'
        own = [f" {json.dumps(each)}: {json.dumps(said)}" for each, said in file["networks"].items()]
        yield ",\n".join(own)
        yield "}}" + ("," if number < len(files) else "")
    yield "}"
