"""Packages of compiled code, by PyTorch's AOTInductor; run by PyTorch, without tracing or compiling.

They hold instructions of the processor that they were compiled on.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import torch
import torch._inductor
from torch import nn

from archspec.backend.exporting import Run
from archspec.errors import BackendMissingError
from archspec.ir import Graph
from archspec_torch.export.layouts import canonical, native
from archspec_torch.export.program import exported_program
from archspec_torch.export.pt2 import called

_SETTINGS = {
    "freezing": True,  # weights are constants, in the layouts that the processor's convolutions take
    "cpp.dynamic_threads": True,  # as many threads as the program that loads it has
}


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Write the package; raises `BackendMissingError` without a C++ compiler."""
    _check_compiler()
    program = exported_program(graph, model)
    with torch.no_grad():
        torch._inductor.aoti_compile_and_package(program, package_path=str(path), inductor_configs=_SETTINGS)


def opened(graph: Graph, path: Path, threads: int | None) -> Run:
    """PyTorch's run of the package on the CPU, with PyTorch's threads."""
    module = torch._inductor.aoti_load_package(str(path))
    return lambda inputs: canonical(called(graph, module, native(inputs)))


def _check_compiler() -> None:
    """Raise `BackendMissingError` unless the compiler that inductor takes is there."""
    words = shlex.split(os.environ.get("CXX", "")) or ["clang++" if sys.platform == "darwin" else "g++"]
    if shutil.which(words[0]) is None:
        raise BackendMissingError(
            f"the target aotinductor compiles C++, and there is no {words[0]}: install it, or set CXX to a compiler"
        )
