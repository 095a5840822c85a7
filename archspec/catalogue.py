"""The zoo's networks in numbers, from the zoo's index.

Lowering all networks would take seconds. A spec that has changed since the index was made is lowered; a test compares
the index with lowering.
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

_OF_THE_FAMILY = ("family", "description", "source", "meanings")
"""The properties that all networks of a file share."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A network in numbers; shapes are channels last and without the batch, multiply-adds are for one sample.

    `gives` has the kind of each output: logits, probabilities or features. `params` has the default values of its
    params, and `preprocessing` describes the images for a third party's weights. `family` is the name of the spec file,
    and `meanings` are the meanings of the family's params.
    """

    name: str
    inputs: Mapping[str, list[int | None]]
    outputs: Mapping[str, list[int | None]]
    gives: Mapping[str, str]
    parameters: int
    trainable: int
    multiply_adds: int | None
    params: Mapping[str, Any]
    preprocessing: Mapping[str, Any] | None
    family: str
    description: str
    source: str
    meanings: Mapping[str, str]


def summaries(pattern: str = "*") -> list[Summary]:
    """The zoo's networks that match a pattern (see `archspec.zoo.matching`), in natural order of names."""
    return sorted(map(_summary, matching(pattern)), key=lambda summary: natural(summary.name))


def summary_of(network: Network) -> Summary:
    """A network in numbers."""
    parameters = network.parameters()
    return Summary(
        name=network.name,
        inputs={name: list(kind.axes) for name, kind in network.inputs.items()},
        outputs={name: list(kind.axes) for name, kind in network.outputs.items()},
        gives=network.gives(),
        parameters=parameters.total,
        trainable=parameters.trainable,
        multiply_adds=network.graph.multiply_adds(),
        params={setting.name: setting.default for setting in network.settings},
        preprocessing=None if network.preprocessing is None else asdict(network.preprocessing),
        family=network.origin.name,
        description=network.graph.description,
        source=network.graph.source,
        meanings={setting.name: setting.meaning for setting in network.settings},
    )


def index_text() -> str:
    """The zoo's index, made by lowering every network."""
    files: dict[str, Any] = {}
    for entry in chain.from_iterable(map(read_networks, spec_files())):
        said = asdict(summary_of(load(entry.path, variant=entry.variant)))
        head = {
            "sha256": digest(entry.path),
            **{key: said.pop(key) for key in _OF_THE_FAMILY},
            "variants": entry.variant is not None,
        }
        files.setdefault(entry.path.name, {**head, "networks": {}})["networks"][said.pop("name")] = said
    return "\n".join(_lines(files)) + "\n"


def _summary(entry: ZooNetwork) -> Summary:
    file = indexed(entry.path)
    if file is None:
        return summary_of(load(entry.path, variant=entry.variant))
    return Summary(name=entry.name, **{key: file[key] for key in _OF_THE_FAMILY}, **file["networks"][entry.name])


def _lines(files: Mapping[str, Any]) -> Iterator[str]:
    """The index as JSON, with a line for each network."""
    yield "{"
    for number, (name, file) in enumerate(files.items(), 1):
        head = ", ".join(f"{json.dumps(key)}: {json.dumps(file[key])}" for key in file if key != "networks")
        yield f'{json.dumps(name)}: {{{head}, "networks": {{'
        own = [f" {json.dumps(each)}: {json.dumps(said)}" for each, said in file["networks"].items()]
        yield ",\n".join(own)
        yield "}}" + ("," if number < len(files) else "")
    yield "}"
