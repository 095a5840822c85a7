"""The emitted PyTorch models, side by side with torchvision's own."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torchvision

import archspec
from benchmarks.measure import Measurement, ratio

_NETWORKS = ("resnet50", "densenet121")


def measurements() -> Iterator[Measurement]:
    """How long building and a forward pass take, as multiples of torchvision's times."""
    for name in _NETWORKS:
        yield _build(name)
        yield _forward(name)


def _build(name: str) -> Measurement:
    return ratio(
        f"torch {name}: build, against torchvision",
        lambda: archspec.load(name).compile("torch", device="cpu"),
        lambda: _theirs(name),
        limit=1,
        rounds=5,
    )


def _forward(name: str) -> Measurement:
    ours = archspec.load(name).compile("torch", device="cpu")
    theirs = _theirs(name).eval()
    images = torch.rand(4, 3, 224, 224)
    with torch.inference_mode():
        return ratio(
            f"torch {name}: forward pass, against torchvision",
            lambda: ours(images),
            lambda: theirs(images),
            limit=1.03,
            rounds=20,
        )


def _theirs(name: str) -> torch.nn.Module:
    model: torch.nn.Module = torchvision.models.get_model(name)
    return model
