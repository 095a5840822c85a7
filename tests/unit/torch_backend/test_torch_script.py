"""Emitted PyTorch with "same" padding compiles with TorchScript, whose Python is a part of Python."""

from __future__ import annotations

import pytest

import archspec

torch = pytest.importorskip("torch")

STRIDED = {
    "inputs": {"image": [12, 11, 4]},
    "layers": [
        {"layer_type": "Conv2D", "filters": 8, "kernel_size": [3, 2], "strides": 2, "padding": "same"},
        {"layer_type": "DepthwiseConv2D", "kernel_size": 3, "strides": 2, "padding": "same"},
        {"layer_type": "GlobalAveragePooling2D"},
        {"layer_type": "Dense", "units": 3},
    ],
}


@pytest.mark.parametrize("size", [(12, 11), (9, 10)])
def test_same_padding_compiles(size: tuple[int, int]) -> None:
    model = archspec.load(STRIDED).compile("torch", device="cpu").eval()
    assert "pad_same" in archspec.load(STRIDED).emit("torch")
    image = torch.randn(2, 4, *size)
    assert torch.equal(torch.jit.script(model)(image), model(image))
