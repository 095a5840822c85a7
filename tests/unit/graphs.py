"""Small networks made of layers, without a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archspec.ir import Graph, Input, Layer, Node, Shape, TensorType, Value

Use = tuple[str, Layer, str] | tuple[str, Layer, str, str]
"""A node: its path, its layer, the values that it reads (with spaces between), and the path that it shares."""


def graph(inputs: Mapping[str, Shape], uses: list[Use], outputs: str) -> Graph:
    """A network of these nodes, with these values as outputs."""
    types = {name: TensorType(shape) for name, shape in inputs.items()}
    values: dict[str, Value] = {f"@{name}": Input(name, type_) for name, type_ in types.items()}
    nodes = []
    for path, layer, read, *shares in uses:
        reads = tuple([values[text] for text in read.split()])
        results = layer.results([value.type for value in reads])
        nodes.append(Node(path, layer, reads, results, shares=shares[0] if shares else None))
        values |= {str(result): result for result in nodes[-1].results}
    return Graph("net", types, tuple(nodes), {text: values[text] for text in outputs.split()})


def texts(values: Iterable[Value]) -> tuple[str, ...]:
    """The texts of values."""
    return tuple(map(str, values))


def outputs_of(network: Graph) -> dict[str, str]:
    """The texts of a network's outputs, by their names."""
    return {name: str(value) for name, value in network.outputs.items()}


def chain(shape: Shape, *layers: Layer) -> Graph:
    """A network of layers one after the other, called a, b, c, ..."""
    paths = "abcdefghijkl"[: len(layers)]
    uses: list[Use] = [
        (path, layer, before) for path, layer, before in zip(paths, layers, ["@x", *paths], strict=False)
    ]
    return graph({"x": shape}, uses, paths[-1])
