"""The names of a package and of its module, and the package's `__init__.py`."""

from __future__ import annotations

import keyword
import sys

from archspec.program import python as py
from archspec.program.names import snake
from archspec.program.printing import Verbatim, print_statements

_OF_TRAINING = frozenset(("PIL", "grain", "mlxtend", "mnist1d", "sklearn", "tensorboardX"))
"""Modules that a training program imports."""

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

TAKEN = frozenset(keyword.kwlist) | sys.stdlib_module_names | _FRAMEWORKS | _OF_TRAINING
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
    title = py.docstring(f"{network} for {backend}; network.json says what it was compiled from.")
    imported = f"from .{module_name(network)} import {entry_point}\n"
    handed_on = py.assign("__all__", py.list_([py.literal(entry_point)]))
    return print_statements([title, Verbatim(imported), handed_on])
