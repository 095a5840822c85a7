"""A graph as Keras source: a function for each definition, and one that builds the whole functional model."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from archspec.errors import EmitError
from archspec.ir import Graph
from archspec.passes import at_usual_sizes
from archspec.program.arguments import written_family
from archspec.program.families import family_title, refusal
from archspec.program.model import Module, Unsayable
from archspec.program.names import snake
from archspec.program.plain import first_sayable
from archspec.program.source import main_part, module_source, title
from archspec_tensorflow.emit import HELPERS
from archspec_tensorflow.emit.initializers import with_constants
from archspec_tensorflow.emit.names import WORDS, entry_point
from archspec_tensorflow.emit.partials import with_partials
from archspec_tensorflow.emit.target import KerasTarget
from archspec_tensorflow.emit.text import ModuleText

IMPORTS = {
    "Callable": "from collections.abc import Callable",
    "math": "import math",
    "np": "import numpy as np",
    "partial": "from functools import partial",
    "keras": "import keras",
    "KerasTensor": "from keras import KerasTensor",
    "layers": "from keras import layers",
    "ops": "from keras import ops",
    "tf": "import tensorflow as tf",
}
"""The import statements for the names that the source may use."""

TAKEN = WORDS | HELPERS.keys() | {"make_divisible"}
"""Names that the source cannot use otherwise."""


def emit(graph: Graph, dtype: str = "float32") -> str:
    """The source of a module whose function `entry_point(graph)` builds the network as a functional `keras.Model`.

    The model's inputs have the network's names. It returns the output, or a dict of outputs by name if there are
    several. As a program it loads weights of `dtype`. The source of a graph for inference has a function `frozen`, too.
    Raises `EmitError` for a graph with `recomputed` blocks.
    """
    if graph.recomputed:
        raise EmitError(
            f"{graph.name}: a Keras model cannot compute blocks again in its backward pass, only PyTorch can"
        )
    target = KerasTarget([graph])
    functions = first_sayable(graph, target, lambda program: _functions(graph, program, target))
    return module_source(title(graph), IMPORTS, HELPERS, functions, _main(graph, dtype))


def _functions(graph: Graph, program: Module, target: KerasTarget) -> list[ast.stmt]:
    """The functions of a network; raises `Unsayable`."""
    text = ModuleText([graph], program, target, TAKEN, entry_point(graph))
    return with_partials(with_constants(text.write(), TAKEN))


def emit_family(name: str, graphs: Mapping[str, Graph]) -> str:
    """The source of a module with one function for all variants of a document, and a function for each.

    The functions are named after the document and its variants. Raises `EmitError` with the reason if one function
    cannot express all variants.
    """
    try:
        functions = _family(name, graphs)
    except Unsayable as reason:
        raise refusal(f"Keras has no one function for all variants of {name}", reason, graphs.values()) from None
    return module_source(family_title(name, next(iter(graphs.values()))), IMPORTS, HELPERS, functions)


def _family(name: str, graphs: Mapping[str, Graph]) -> list[ast.stmt]:
    target = KerasTarget(list(graphs.values()))
    program = written_family(list(graphs.values()), target)
    variants = {variant: snake(variant) for variant in graphs}
    network = snake(name) if snake(name) not in {*variants.values(), *TAKEN} else f"build_{snake(name)}"
    text = ModuleText(list(graphs.values()), program, target, TAKEN | frozenset(variants.values()), network)
    functions = text.write()
    made = [text.variant(variants[each], graph, at) for at, (each, graph) in enumerate(graphs.items())]
    return with_partials(with_constants([*functions, *made], TAKEN))


def _main(graph: Graph, dtype: str) -> str:
    """The part that runs as a program, with weights of `dtype`: float32 is the framework's default.

    It runs a graph for inference with constant weights.
    """
    values = [f"keras.random.uniform({(1, *kind.shape)})" for kind in at_usual_sizes(graph)[0].inputs.values()]
    given = values[0] if len(values) == 1 else f"[{', '.join(values)}]"
    forward = (
        ["infer = frozen(model)", f"outputs = infer({given})"]
        if graph.for_inference
        else [f"outputs = model({given}, training=False)"]
    )
    settings = [f'keras.config.set_floatx("{dtype}")', f'keras.config.set_dtype_policy("{dtype}")']
    return main_part(
        graph,
        f"{entry_point(graph)}()",
        "model.weights.h5",
        "model.load_weights(weights)",
        forward,
        "{}.shape",
        settings=[] if dtype == "float32" else settings,
    )
