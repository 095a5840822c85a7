"""A graph as PyTorch source: a class for each definition and one for the network, and what runs them as a program."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.codegen.definitions import Definition
from archspec.codegen.source import call, module, statements, title
from archspec.errors import EmitError
from archspec.ir import Graph
from archspec.program import python as py
from archspec.program.arguments import written, written_family
from archspec.program.families import family_title
from archspec.program.functions import MAKE_DIVISIBLE
from archspec.program.model import Unsayable
from archspec.program.names import Names, camel
from archspec.program.printing import print_statements
from archspec_torch.emit import HELPERS
from archspec_torch.emit.classes import class_source
from archspec_torch.emit.initialisation import INITIALIZE, initialization
from archspec_torch.emit.modules import WORDS
from archspec_torch.emit.plan import TorchPlanner, entry_point, names
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
"""The words that the source may use, and the statements that bring them."""


def emit(graph: Graph, dtype: str = "float32") -> str:
    """The source of a module whose class `entry_point(graph)` is the network.

    Its `forward` takes the network's inputs in order, images as (N, C, H, W), and returns the output, or a dict of
    outputs by name where there are several. As a program it loads weights of `dtype`.
    """
    try:
        return _said(graph, dtype)
    except Unsayable:
        return _planned(graph, dtype)


def _said(graph: Graph, dtype: str) -> str:
    """The source as the network's author says it; raises `Unsayable`."""
    target = TorchTarget()
    program = written(graph, target)
    drawing = initialization(graph, TorchPlanner(graph, names(graph)))
    last = [py.statement(py.call(INITIALIZE, [py.dotted("self")]))] if drawing else []
    text = ModuleText(program, target, names(graph))
    classes = print_statements(text.write(entry_point(graph), inputs_of(graph), last))
    sections = [drawing, classes] if drawing else [classes]
    helpers = {**target.helpers, "make_divisible": MAKE_DIVISIBLE}
    return module(title(graph), IMPORTS, helpers, sections, _main(graph, dtype))


def emit_family(name: str, graphs: Mapping[str, Graph]) -> str:
    """The source of a module with one class for all variants of a document, and a function for each.

    The class is called after the document, a function after its variant. Raises `EmitError` with the reason where one
    class cannot say all of them.
    """
    try:
        return _family(name, graphs)
    except Unsayable as reason:
        raise EmitError(f"PyTorch has no one class for all variants of {name}: {reason}") from None


def _family(name: str, graphs: Mapping[str, Graph]) -> str:
    target, first = TorchTarget(), next(iter(graphs.values()))
    program = written_family(list(graphs.values()), target)
    drawings = {initialization(graph, TorchPlanner(graph, names(graph))) for graph in graphs.values()}
    if len(drawings) > 1:
        raise Unsayable("the initial values are said by name")
    drawing = drawings.pop()
    last = [py.statement(py.call(INITIALIZE, [py.dotted("self")]))] if drawing else []
    taken = Names({*WORDS, *HELPERS})
    network = taken.fresh((first.program and first.program.class_name) or camel(name))
    text = ModuleText(program, target, taken)
    written = text.write(network, inputs_of(first), last)
    classes = print_statements([*written, *[text.variant(each, network, graph) for each, graph in graphs.items()]])
    sections = [drawing, classes] if drawing else [classes]
    helpers = {**target.helpers, "make_divisible": MAKE_DIVISIBLE}
    return module(family_title(name, first), IMPORTS, helpers, sections, "")


def inputs_of(graph: Graph) -> list[str]:
    """The variables for the network's inputs."""
    taken = Names({*WORDS, *HELPERS})
    return [taken.fresh(name) for name in graph.inputs]


def _planned(graph: Graph, dtype: str) -> str:
    """The source of a network about which its document says too little."""
    planner = TorchPlanner(graph, names(graph))
    plan = planner.plan()
    network = Definition(entry_point(graph), (), plan.body)
    drawing = initialization(graph, planner)
    last = f"{INITIALIZE}(self)" if drawing else ""
    classes = [class_source(definition) for definition in plan.definitions] + [class_source(network, graph, last)]
    sections = [drawing, *classes] if drawing else classes
    return module(title(graph), IMPORTS, planner.helpers, sections, _main(graph, dtype))


def _main(graph: Graph, dtype: str) -> str:
    """What happens when the file is run: a forward pass of random inputs, with the weights beside it, if any.

    That is in `dtype`, which needs no saying where it is the framework's own.
    """
    inputs = []
    for kind in graph.inputs.values():
        shape = (kind.shape[2], *kind.shape[:2]) if len(kind.shape) == 3 else kind.shape
        inputs.append(call("torch.rand", "1", *map(str, shape)))
    lines = [
        'if __name__ == "__main__":',
        "    from pathlib import Path",
        "",
        "    from safetensors.torch import load_file",
        "",
        *([] if dtype == "float32" else [f"    torch.set_default_dtype(torch.{dtype})"]),
        f"    model = {entry_point(graph)}().eval()",
        '    weights = Path(__file__).with_name("model.safetensors")',
        "    if weights.exists():",
        "        model.load_state_dict(load_file(weights))",
        "    with torch.inference_mode():",
        *statements([(8, f"outputs = model({', '.join(inputs)})")]),
    ]
    if len(graph.outputs) > 1:
        return "\n".join(
            [*lines, "    for name, output in outputs.items():", "        print(name, tuple(output.shape))"]
        )
    return "\n".join([*lines, "    print(tuple(outputs.shape))"])
