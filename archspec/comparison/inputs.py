"""The inputs of a comparison: random numbers, or arrays from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from archspec.comparison.shape_mismatch import has_axes
from archspec.errors import ArchspecError
from archspec.files import check_regular
from archspec.ir import Graph, shown


def random_inputs(graph: Graph, seed: int = 0, batch: int = 2) -> dict[str, Any]:
    """Standard normal inputs in float64, the same for the same seed; the axes of the graph's inputs are known."""
    generator = np.random.Generator(np.random.PCG64([seed, 1]))
    return {name: generator.standard_normal((batch, *kind.shape)) for name, kind in graph.inputs.items()}


def read_inputs(graph: Graph, files: Mapping[str, str | Path]) -> dict[str, Any]:
    """The inputs in .npy files, by the inputs' names, in float64; the empty name is that of the only input.

    An .npz, under the empty name, has an array for each input by its name. An array is one sample, or has a batch axis.
    Raises `ArchspecError` for a file that is none, or has other shapes than the network, and for inputs left over.
    """
    found: dict[str, Any] = {}
    for name, file in files.items():
        loaded = _loaded(Path(file))
        if isinstance(loaded, Mapping):
            found |= loaded
        else:
            found[name or next(iter(graph.inputs))] = loaded
    unknown = [name for name in found if name not in graph.inputs]
    missing = [name for name in graph.inputs if name not in found]
    if unknown or missing:
        what = f"no input {unknown[0]!r}" if unknown else f"an input {missing[0]!r}, for which there is no array"
        raise ArchspecError(f"{graph.name} has {what}; its inputs: {', '.join(graph.inputs)}")
    arrays = {name: _batched(graph, name, np.asarray(found[name])) for name in graph.inputs}
    if len({len(array) for array in arrays.values()}) > 1:
        raise ArchspecError(f"the inputs of {graph.name} should have equally many samples")
    return arrays


def _loaded(file: Path) -> Any:
    check_regular(file)
    try:
        loaded = np.load(file, allow_pickle=False)
        return loaded if isinstance(loaded, np.ndarray) else dict(loaded)
    except OSError:
        raise
    except Exception as error:  # numpy raises many kinds for damaged files
        raise ArchspecError(f"{file} has no arrays of numbers: {str(error)[:100]}") from None


def _batched(graph: Graph, name: str, array: np.ndarray[Any, Any]) -> Any:
    axes = graph.inputs[name].axes
    if has_axes(array[None], axes):
        array = array[None]
    if not has_axes(array, axes) or not len(array) or array.dtype.kind not in "fiub":
        is_ = f"{array.shape} of {array.dtype}"
        raise ArchspecError(f"the array for {name} is {is_}, and the input {shown(axes)}, with a batch axis before")
    return array.astype(np.float64)
