"""The names of a package and of its module, and the package's `__init__.py`."""

from __future__ import annotations

import keyword
import sys

from archspec.codegen.layout import layout
from archspec.codegen.printer import WIDTH
from archspec.codegen.source import docstring
from archspec.program.names import snake

_FRAMEWORKS = frozenset(
    (
        *("absl", "astunparse", "certifi", "charset_normalizer", "cupy", "filelock", "flatbuffers", "flax", "fsspec"),
        *("functorch", "gast", "google", "grpc", "h5py", "huggingface_hub", "idna", "jax", "jaxlib", "jinja2", "keras"),
        *("libclang", "markdown", "markupsafe", "ml_dtypes", "mpmath", "namex", "networkx", "numpy", "nvidia"),
        *("opt_einsum", "optree", "packaging", "pandas", "pil", "psutil", "pygments", "requests", "rich"),
        *("safetensors", "scipy", "setuptools", "six", "sympy", "tensorboard", "tensorflow", "termcolor", "timm"),
        *("torch", "torchaudio", "torchgen", "torchvision", "tqdm", "triton", "typing_extensions", "urllib3", "wrapt"),
        *("yaml", "zstandard"),
    )
)
"""Modules that the frameworks and their dependencies import: a program's file of such a name would hide them."""

TAKEN = frozenset(keyword.kwlist) | sys.stdlib_module_names | _FRAMEWORKS
"""Names that no written module or package may have."""


def module_name(network: str) -> str:
    """The module's name: `resnet50`; for `2net`, no identifier, `n2net`; for `torch`, a taken name, `torch_`."""
    name = snake(network)
    return f"{name}_" if name in TAKEN else name


def package_name(network: str, backend: str) -> str:
    """The default name of the folder: `resnet50_torch`."""
    return snake(f"{module_name(network)}_{backend}")


def init_source(network: str, backend: str, entry_point: str) -> str:
    """The source of `__init__.py`, which imports the network's class or function."""
    title = docstring(f"{network} for {backend}; network.json says what it was compiled from.")
    imported = f"from .{module_name(network)} import {entry_point}"
    if len(imported) > WIDTH:
        imported = f"from .{module_name(network)} import (\n    {entry_point},\n)"
    handed_on = layout(f'__all__ = ["{entry_point}"]', 0)
    return "\n".join([*title, "", imported, "", *handed_on, ""])
