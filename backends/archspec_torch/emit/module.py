"""Graphs as PyTorch source: a class for each definition and one for the network, and a part that runs as a program."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from archspec.errors import EmitError
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
from archspec_torch.emit.memory import turned
from archspec_torch.emit.names import WORDS, check_names, entry_point, inputs_of, names
from archspec_torch.emit.target import TorchTarget
from archspec_torch.emit.text import ModuleText

IMPORTS = {
    "Any": "from typing import Any",
    "OrderedDict": "from collections import OrderedDict",
    "contextmanager": "from contextlib import contextmanager",
    "nullcontext": "from contextlib import nullcontext",
    "Iterator": "from collections.abc import Iterator",
    "math": "import math",
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "Tensor": "from torch import Tensor",
    "nn": "from torch import nn",
    "checkpoint": "from torch.utils.checkpoint import checkpoint",
}
"""The import statements for the names that the source may use."""


def emit(graph: Graph, dtype: str = "float32") -> str:
    """The source of a module whose class `entry_point(graph)` is the network.

    Its `forward` takes the network's inputs in order, images as (N, C, H, W), and returns the output, or a dict of
    outputs by name if there are several. As a program it loads weights of `dtype`.
    """
    check_names(graph)
    target = TorchTarget()
    try:
        definitions = first_sayable(graph, target, lambda program: _definitions(graph, program, target))
    except Unsayable as reason:
        raise EmitError(f"{graph.name}: PyTorch's source cannot have {reason}") from None
    return module_source(title(graph), IMPORTS, target.helpers, definitions, _main(graph, dtype))


def _definitions(graph: Graph, program: Module, target: TorchTarget) -> list[ast.stmt]:
    """The classes of a network, and the function that draws its weights; raises `Unsayable`."""
    drawing = ast.parse(initialization([graph], target)).body
    text = ModuleText(program, target, names(graph), fuses=graph.fused)
    classes = text.write(entry_point(graph), inputs_of(graph), _drawn(drawing), turned(graph), graph.recomputed)
    return [*drawing, *classes]


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
    taken = Names({*WORDS, *HELPERS})
    common, own = _initializations(graphs, target, taken)
    drawing = ast.parse(common).body
    network = taken.fresh((first.program and first.program.class_name) or camel(name))
    text = ModuleText(program, target, taken)
    classes = text.write(network, inputs_of(first), _drawn(drawing))
    variants = [
        _drawing(text.variant(each, network, graph, at), own.get(each))
        for at, (each, graph) in enumerate(graphs.items())
    ]
    others = [function for _, source in dict.fromkeys(own.values()) for function in ast.parse(source).body]
    return module_source(family_title(name, first), IMPORTS, target.helpers, [*drawing, *others, *classes, *variants])


Drawing = tuple[str, str]
"""The name of a function that draws weights, and its source."""


def _initializations(
    graphs: Mapping[str, Graph], target: TorchTarget, taken: Names
) -> tuple[str, Mapping[str, Drawing]]:
    """The function with which the class draws the weights of every variant; or else those of the variants."""
    alone = {variant: initialization([graph], target) for variant, graph in graphs.items()}
    one, *others = dict.fromkeys(alone.values())
    if not others:
        return one, {}
    common = initialization(list(graphs.values()), target)
    if not speaks_of_names(common):
        return common, {}
    functions: dict[str, Drawing] = {}
    for variant, source in alone.items():
        if source and source not in functions:
            name = taken.fresh(f"{INITIALIZE}_{variant}")
            functions[source] = name, initialization([graphs[variant]], target, name)
    return "", {variant: functions[source] for variant, source in alone.items() if source}


def _drawing(function: ast.FunctionDef, drawing: Drawing | None) -> ast.FunctionDef:
    """The function of a variant, which also draws the weights of its model."""
    match function.body:
        case [ast.Return(value=ast.expr() as made)] if drawing is not None:
            model = py.dotted("model")
            draw = py.statement(py.call(drawing[0], [model]))
            function.body = [py.assign("model", made), draw, py.return_(model)]
    return function


def _main(graph: Graph, dtype: str) -> str:
    """The part that runs as a program, with weights of `dtype`: float32 is the framework's default."""
    inputs = []
    for kind in at_usual_sizes(graph)[0].inputs.values():
        shape = (kind.shape[2], *kind.shape[:2]) if len(kind.shape) == 3 else kind.shape
        inputs.append(f"torch.rand({', '.join(map(str, (1, *shape)))})")
    return main_part(
        graph,
        f"{entry_point(graph)}().eval(){'.to(memory_format=torch.channels_last)' if any(turned(graph)) else ''}",
        "model.safetensors",
        "model.load_state_dict(load_file(weights))",
        ["with torch.inference_mode():", f"    outputs = model({', '.join(inputs)})"],
        "tuple({}.shape)",
        imports=["from safetensors.torch import load_file"],
        settings=[] if dtype == "float32" else [f"torch.set_default_dtype(torch.{dtype})"],
    )
