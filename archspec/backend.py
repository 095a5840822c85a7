"""What a backend is, and how one is found."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from archspec.errors import BackendMissingError
from archspec.ir import Graph

if TYPE_CHECKING:
    from archspec.weights import NativeLayout, Stored

Arrays = Mapping[str, Any]
"""Names to `numpy.ndarray`s."""

GROUP = "archspec.backends"
"""The entry-point group in which a package offers a backend under its name."""


_OTHER_WORDS = {"keras": "tensorflow", "tf": "tensorflow", "pytorch": "torch", "pt": "torch"}
"""Other words for backends, for hints."""


@runtime_checkable
class Backend(Protocol):
    """A framework to compile to. `emit` and the attributes need no framework; the rest imports it."""

    name: str
    """The word for it on the command line."""
    weights_file: str
    """The file name of weights in the framework's own format."""

    def emit(self, graph: Graph, dtype: str = "float32") -> str:
        """The source of the network: the same bytes for the same graph; raises `EmitError` for what it cannot say.

        Run as a program it loads the weights beside it, which are of `dtype`; the network itself has none.
        """

    def load(self, graph: Graph, source: str, weights: Arrays, *, dtype: str, device: str) -> Any:
        """The live model that `source` says, with canonical weights, in evaluation mode.

        `dtype` is float64, float32, float16 or bfloat16, `device` auto, cpu or cuda.
        """

    def run(self, graph: Graph, model: Any, inputs: Arrays) -> dict[str, Any]:
        """The outputs by name for inputs by name, both channels-last with the batch axis first, without gradients."""

    def read_weights(self, graph: Graph, model: Any) -> dict[str, Any]:
        """The model's weights under their canonical names and in canonical layouts, in the model's own precision."""

    def save_weights(self, model: Any, path: Path) -> None:
        """Writes the weights in the framework's own format."""

    def owns(self, model: Any) -> bool:
        """Whether the model is one of this framework's; imports nothing."""

    def device_of(self, model: Any) -> str:
        """The device that the model is on, in words."""

    def versions(self) -> dict[str, str]:
        """The versions of the framework and of what it rests on."""


@runtime_checkable
class ConvertingBackend(Backend, Protocol):
    """A backend whose files of weights are understood, so that weights of others' networks can come and go."""

    checkpoints: tuple[str, ...]
    """How the names of files end that `save_weights` writes."""

    def native_layout(self, graph: Graph) -> NativeLayout:
        """Where the framework keeps each weight; imports no framework."""


@runtime_checkable
class ReadingBackend(Protocol):
    """A backend without which its framework's own files cannot be read."""

    def stored(self, path: Path) -> Mapping[str, Stored]:
        """The tensors of a file by name, in its order; raises `WeightsError`. Code in the file is never run."""


def backend_names() -> list[str]:
    """The names of the backends that are installed."""
    return sorted(_installed())


def find_backend(name: str) -> Backend:
    """The backend of this name; raises `BackendMissingError` with the names that there are."""
    found = _installed().get(name)
    if found is None:
        known = _OTHER_WORDS.get(str(name).lower())
        close = [known] if known in _installed() else difflib.get_close_matches(str(name).lower(), _installed(), n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise BackendMissingError(f"there is no backend {name!r}; installed: {', '.join(backend_names())}{meant}")
    loaded = found.load()
    if not isinstance(loaded, Backend):
        raise BackendMissingError(f"the entry point {found.value} of group {GROUP} is not a backend")
    return loaded


@cache
def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
