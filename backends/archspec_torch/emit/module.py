"""A graph as PyTorch source: a class for each definition and one for the network, and what runs them as a program."""

from __future__ import annotations

from archspec.codegen.definitions import Definition
from archspec.codegen.source import call, module, statements, title
from archspec.ir import Graph
from archspec_torch.emit.classes import class_source
from archspec_torch.emit.initialisation import INITIALIZE, initialization
from archspec_torch.emit.plan import TorchPlanner, entry_point, names

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
