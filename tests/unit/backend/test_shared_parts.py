"""The parts that backends share: executing source, reading helpers, finding rows, reading weights on access."""

from __future__ import annotations

import inspect
import traceback
from pathlib import Path

import pytest

from archspec.backend import DEVICES, DTYPES
from archspec.backend.execution import LiveWeights, check_device, check_dtype, execute
from archspec.backend.helpers import read_helpers
from archspec.backend.rows import RowTable
from archspec.errors import ArchspecError, EmitError
from archspec.ir import Layer
from archspec.layers.conv import Conv2D
from archspec_torch.emit.row import Row

SOURCE = '"""Doc."""\n\n\ndef fail():\n    raise ValueError("here")\n'


class Unheard(Layer):
    """A layer that no backend has."""


def test_the_same_source_is_the_same_module_and_shows_its_lines() -> None:
    module = execute(SOURCE, "a net-1")
    assert execute(SOURCE, "a net-1") is module
    assert execute(SOURCE + "\n", "a net-1") is not module
    assert module.__name__.startswith("archspec_a_net_1_")
    assert inspect.getsource(module.fail).startswith("def fail")
    with pytest.raises(ValueError, match="here") as caught:
        module.fail()
    assert 'raise ValueError("here")' in "".join(traceback.format_tb(caught.tb))


def test_source_that_fails_is_no_module() -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            execute("1 / 0\n", "broken")


def test_words_for_devices_and_dtypes() -> None:
    for device in DEVICES:
        check_device(device)
    for dtype in DTYPES:
        check_dtype(dtype)
    with pytest.raises(ArchspecError, match="there is no device 'tpu'"):
        check_device("tpu")
    with pytest.raises(ArchspecError, match="there is no dtype 'int8'"):
        check_dtype("int8")


def test_helpers_are_definitions_with_their_decorators(tmp_path: Path) -> None:
    scale, half = "@decorated\n@twice(1)\nclass Scale:\n    x = 1\n", "def half(x):\n    return x / 2\n"
    text = f'"""Doc."""\n\nimport math\n\n\n{scale}\n\n{half}'
    (tmp_path / "scale.py").write_text(text, encoding="utf-8")
    (tmp_path / "_private.py").write_text("def hidden():\n    pass\n", encoding="utf-8")
    assert read_helpers(tmp_path) == {"Scale": scale, "half": half}


def test_a_row_is_found_by_its_layers_type() -> None:
    table = RowTable("archspec_torch", "PyTorch", Row)
    assert table.group == "archspec_torch.rows"
    assert table.row_for(Conv2D(filters=1, kernel_size=1)) is table.rows[Conv2D]
    with pytest.raises(EmitError, match="PyTorch has no row for the layer Unheard: "):
        table.row_for(Unheard())


def test_live_weights_are_read_on_access() -> None:
    values = {"a": 1, "b": 2}
    live = LiveWeights(values, values.__getitem__)
    values["b"] = 3
    assert dict(live) == {"a": 1, "b": 3}
    assert len(live) == 2
    with pytest.raises(KeyError):
        live["c"]
