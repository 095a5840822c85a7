"""Graphs as PyTorch source: a class for each definition and one for the network, and a part that runs as a program."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from archspec.ir import Graph
from archspec.passes import at_usual_sizes
from archspec.program import python as py
from archspec.program.arguments import written_family
from archspec.program.families import family_title, refusal
from archspec.program.model import Module, Unsayable
from archspec.program.names import Names, camel
from archspec.program.plain import first_sayable
from archspec.program.source import main_part, module_source, title
from archspec_torch.emit import HELPERS
from archspec_torch.emit.initialisation import INITIALIZE, initialization, speaks_of_names
from archspec_torch.emit.names import WORDS, check_names, entry_point, inputs_of, names
from archspec_torch.emit.target import TorchTarget
from archspec_torch.emit.text import ModuleText

IMPORTS = {
    "OrderedDict": "from collections import OrderedDict",
    "math": "import math",
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "Tensor": "from torch import Tensor",
    "nn": "from torch import nn",
}
"""The import statements for the names that the source may use."""


def emit(graph: Graph, dtype: str = "float32") -> str:
    """The source of a module whose class `entry_point(graph)` is the network.

    Its `forward` takes the network's inputs in order, images as (N, C, H, W), and returns the output, or a dict of
    outputs by name if there are several. As a program it loads weights of `dtype`.
    """
    check_names(graph)
    target = TorchTarget()
    definitions = first_sayable(graph, target, lambda program: _definitions(graph, program, target))
    return module_source(title(graph), IMPORTS, target.helpers, definitions, _main(graph, dtype))


def _definitions(graph: Graph, program: Module, target: TorchTarget) -> list[ast.stmt]:
    """The classes of a network, and the function that draws its weights; raises `Unsayable`."""
    drawing = ast.parse(initialization([graph], target)).body
    text = ModuleText(program, target, names(graph))
    return [*drawing, *text.write(entry_point(graph), inputs_of(graph), _drawn(drawing))]


def _drawn(drawing: list[ast.stmt]) -> list[ast.stmt]:
    """The last statement of `__init__`: the call of the function that draws the weights, if there is one."""
    return [py.statement(py.call(INITIALIZE, [py.dotted("self")]))] if drawing else []


def emit_family(name: str, graphs: Mapping[str, Graph]) -> str:
    """The source of a module with one class for all variants of a document, and a function for each.

    The class is named after the document, a function after its variant. Raises `EmitError` with the reason if one class
    cannot express all variants.
    """
    try:
        return _family(name, graphs)
    except Unsayable as reason:
        raise refusal(f"PyTorch has no one class for all variants of {name}", reason, graphs.values()) from None


def _family(name: str, graphs: Mapping[str, Graph]) -> str:
    target, first = TorchTarget(), next(iter(graphs.values()))
    for graph in graphs.values():
        check_names(graph)
    program = written_family(list(graphs.values()), target)
    drawing = ast.parse(_common_initialization(list(graphs.values()), target)).body
    taken = Names({*WORDS, *HELPERS})
    network = taken.fresh((first.program and first.program.class_name) or camel(name))
    text = ModuleText(program, target, taken)
    classes = text.write(network, inputs_of(first), _drawn(drawing))
    variants = [text.variant(each, network, graph, at) for at, (each, graph) in enumerate(graphs.items())]
    return module_source(family_title(name, first), IMPORTS, target.helpers, [*drawing, *classes, *variants])


def _common_initialization(graphs: Sequence[Graph], target: TorchTarget) -> str:
    """The function that draws the weights of each variant; raises `Unsayable` if variants need different ones."""
    alone = {initialization([graph], target) for graph in graphs}
    common = alone.pop() if len(alone) == 1 else initialization(graphs, target)
    if alone and speaks_of_names(common):
        raise Unsayable("the initial values are said by name")
    return common


def _main(graph: Graph, dtype: str) -> str:
    """The part that runs as a program, with weights of `dtype`: float32 is the framework's default."""
    inputs = []
    for kind in at_usual_sizes(graph)[0].inputs.values():
        shape = (kind.shape[2], *kind.shape[:2]) if len(kind.shape) == 3 else kind.shape
        inputs.append(f"torch.rand({', '.join(map(str, (1, *shape)))})")
    return main_part(
        graph,
        f"{entry_point(graph)}().eval()",
        "model.safetensors",
        "model.load_state_dict(load_file(weights))",
        ["with torch.inference_mode():", f"    outputs = model({', '.join(inputs)})"],
        "tuple({}.shape)",
        imports=["from safetensors.torch import load_file"],
        settings=[] if dtype == "float32" else [f"torch.set_default_dtype(torch.{dtype})"],
    )
