"""Finds the layer that an exporter, or the runtime of its files, cannot express."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from archspec.errors import ArchspecError, BackendMissingError, EmitError, says_out_of_memory
from archspec.ir import Graph, Node
from archspec.passes import restrict

Attempt = Callable[[Graph], object]
"""Exports a network and runs the file; raises an exception if one of both fails."""


def refusal(graph: Graph, target: str, error: Exception, attempt: Attempt) -> Exception:
    """The exception to raise for one of an exporter: it names the layer, if a part of the network fails too.

    The layer is found by exporting the network up to some layer, by bisection. A lack of memory is returned as it is.
    A package that cannot be imported is no layer's fault.
    """
    if isinstance(error, ArchspecError) or says_out_of_memory(error):
        return error
    if isinstance(error, ImportError):
        return BackendMissingError(f"a package that {target} needs cannot be imported: {error}")
    found = _first_failing(graph, attempt)
    if found is None:
        return ArchspecError(f"{graph.name} cannot be exported to {target}: {reason(error)}")
    node, own = found
    said = f"{target} cannot express {node.path} ({type(node.layer).__name__}): {reason(own)}"
    return EmitError(said, path=node.path)


def reason(error: BaseException) -> str:
    """The first line of the innermost cause, which is the exporter's own, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


def _first_failing(graph: Graph, attempt: Attempt) -> tuple[Node, Exception] | None:
    """The first layer at which the attempt fails, and its exception; None if no part fails."""
    least, most = 0, len(graph.nodes)
    error = _failure(graph, most, attempt)
    if error is None:
        return None
    while most - least > 1:
        middle = (least + most) // 2
        found = _failure(graph, middle, attempt)
        if found is None:
            least = middle
        else:
            most, error = middle, found
    return graph.nodes[most - 1], error


def _failure(graph: Graph, count: int, attempt: Attempt) -> Exception | None:
    """The exception of an attempt with the first `count` layers; the values that they do not read are outputs."""
    nodes = graph.nodes[:count]
    read = set(chain.from_iterable(node.inputs for node in nodes))
    ends = [result for node in nodes for result in node.results if result not in read]
    try:
        attempt(restrict(graph, ends))
    except Exception as error:
        return error
    return None
