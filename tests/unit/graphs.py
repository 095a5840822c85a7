"""Small networks made of layers, without a document."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Graph, Layer, Node, Shape, TensorType

Use = tuple[str, Layer, str] | tuple[str, Layer, str, str]
"""A node: its path, its layer, the values that it reads (with spaces between), and the path that it shares."""


def graph(inputs: Mapping[str, Shape], uses: list[Use], outputs: str) -> Graph:
    """A network of these nodes, with these values as outputs."""
    types = {f"@{name}": TensorType(shape) for name, shape in inputs.items()}
    given = dict(zip(inputs, types.values(), strict=True))
    nodes = []
    for path, layer, read, *shares in uses:
        values = tuple(read.split())
        types[path] = layer.infer([types[value] for value in values])
        nodes.append(Node(path, layer, values, types[path], shares=shares[0] if shares else None))
    return Graph("net", given, tuple(nodes), {value: value for value in outputs.split()})


def chain(shape: Shape, *layers: Layer) -> Graph:
    """A network of layers one after the other, called a, b, c, ..."""
    paths = "abcdefghijkl"[: len(layers)]
    uses: list[Use] = [
        (path, layer, before) for path, layer, before in zip(paths, layers, ["@x", *paths], strict=False)
    ]
    return graph({"x": shape}, uses, paths[-1])
