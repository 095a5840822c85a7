"""A folder as models have on Hugging Face's Hub: source, weights, configuration and a model card; run by PyTorch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from archspec.backend.execution import execute
from archspec.backend.exporting import Run
from archspec.ir import Graph, TensorType
from archspec.program.names import snake
from archspec_torch import runtime
from archspec_torch.emit.module import emit
from archspec_torch.emit.names import entry_point
from archspec_torch.export import TARGETS
from archspec_torch.export.layouts import channels_first

WEIGHTS = "model.safetensors"
CONFIG = "config.json"

CARD = """\
---
library_name: pytorch
tags:
- archspec
---

# {name}

{about}{parameters:,} parameters. Inputs: {inputs}. Outputs: {outputs}.

```python
from huggingface_hub import PyTorchModelHubMixin

from {module} import {model_class}


class Model({model_class}, PyTorchModelHubMixin):
    pass


model = Model.from_pretrained(".").eval()  # this folder, or the name of a repository with its files
```

`{module}.py` needs only PyTorch. `{config}` has the inputs' and outputs' axes with channels last.
"""


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Write the files; the card gets the figures of the comparison afterwards."""
    module, source = _module(graph), emit(graph, "float32")
    (path / f"{module}.py").write_text(source, encoding="utf-8")
    runtime.save_weights(model, path / WEIGHTS)
    outputs = {name: value.type for name, value in graph.outputs.items()}
    config = {
        "network": graph.name,
        "model_class": entry_point(graph),
        "inputs": {name: list(kind.axes) for name, kind in graph.inputs.items()},
        "outputs": {name: list(kind.axes) for name, kind in outputs.items()},
    }
    (path / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    said = [text.strip() for text in (graph.description, graph.source) if text]
    card = CARD.format(
        name=_escaped(graph.name),
        about="".join(f"{_escaped(text)}\n\n" for text in said),
        parameters=sum(weight.numel() for weight in model.parameters()),
        inputs=_batches(graph.inputs),
        outputs=_batches(outputs),
        module=module,
        model_class=entry_point(graph),
        config=CONFIG,
    )
    (path / TARGETS["hub-folder"].card).write_text(card, encoding="utf-8")


def opened(graph: Graph, path: Path, threads: int | None) -> Run:
    """The run of the folder's source with its weights on the CPU, with PyTorch's threads."""
    source = (path / f"{_module(graph)}.py").read_text("utf-8")
    model: nn.Module = getattr(execute(source, graph.name), entry_point(graph))()
    model.load_state_dict(load_file(path / WEIGHTS))
    model.eval()
    return lambda each: runtime.run(model, {name: each[name] for name in graph.inputs}, tuple(graph.outputs))


def _module(graph: Graph) -> str:
    """The module's name, which hides no package: `modeling_resnet50`, as the Hub's models have it."""
    return f"modeling_{snake(graph.name)}"


def _batches(types: Mapping[str, TensorType]) -> str:
    """The shapes of batches as the model takes and gives them: `image` (batch, 3, 224, 224)."""
    axes = {name: channels_first(("batch", *kind.axes)) for name, kind in types.items()}
    each = {name: ", ".join("?" if axis is None else str(axis) for axis in shape) for name, shape in axes.items()}
    return ", ".join(f"`{name}` ({shape})" for name, shape in each.items())


def _escaped(text: str) -> str:
    """A text of the spec as Markdown of plain words: no HTML, and no line that begins a heading or a block."""
    flat = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|&~" else letter for letter in flat)
