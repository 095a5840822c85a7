"""docs/zoo.md as the zoo has it."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.catalogue import summaries
from archspec.cli.table import count_text, shape_text
from archspec.zoo import checks, networks

HEAD = """# The zoo

Every network that comes with archspec: `archspec compile NAME --backend torch` makes any of them a model. Parameters
are counted as Keras does, with the statistics of batch normalisation; multiply-adds are for one sample.

Two backends fed from one spec agree even where both are wrong, so each network is also compared with one that somebody
else wrote: the same weights in both, random statistics for batch normalisation, float64, inference. The last column is
the largest difference of any output, in either backend, divided by that output's largest value; 1e-10 is allowed. It is
measured at the network's own depth and width, where the table does not say otherwise, sometimes on a smaller image.

This page is generated: `pytest --full tests/peers tests/docs --regenerate`.
"""


def page() -> str:
    """The whole page: a table for each of the zoo's files."""
    return "\n".join([HEAD, *_tables()]).rstrip("\n") + "\n"


def _tables() -> Iterator[str]:
    family, numbers = None, {summary.name: summary for summary in summaries()}
    for entry in networks():
        network = numbers[entry.name]
        if entry.path != family:
            if family is not None:
                yield ""
            family = entry.path
            yield f"## {entry.path.stem}\n"
            yield f"{_sentence(network.description)}{_sentence(network.source)}".rstrip() + "\n"
            yield "| network | input | parameters | trainable | multiply-adds | compared with | largest difference |"
            yield "|---|---|--:|--:|--:|---|--:|"
        found = checks().get(entry.name, {})
        cells = [
            f"`{entry.name}`",
            ", ".join(shape_text(shape) for shape in network.inputs.values()),
            f"{network.parameters:,}",
            f"{network.trainable:,}",
            count_text(network.multiply_adds),
            ", ".join(found),
            ", ".join(f"{difference:.1e}" for difference in found.values()),
        ]
        yield f"| {' | '.join(cells)} |"


def _sentence(text: str) -> str:
    return f"{text.rstrip('.')}. " if text else ""
