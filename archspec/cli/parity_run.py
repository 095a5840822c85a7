"""Runs the comparisons of `archspec parity`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from archspec.cli import parity_text
from archspec.cli.checkpoints import checkpoint_options, read_names, tell
from archspec.cli.exits import PARITY_FAILED
from archspec.cli.parity_asked import Asked
from archspec.cli.parity_text import Section

if TYPE_CHECKING:
    from archspec.network import Network


@dataclass(frozen=True, slots=True)
class _Finding:
    """One comparison: its section, its JSON, and whether it passed."""

    section: Section
    record: dict[str, Any]
    passed: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """All comparisons: their sections, their JSON, and whether all passed."""

    sections: Sequence[Section]
    record: dict[str, Any]
    passed: bool


def compared(network: Network, asked: Asked) -> Outcome:
    """Run the requested comparisons; the third party's network comes last."""
    options = {"backends": asked.backends, "seed": asked.seed, "batch": asked.batch, **_given(network, asked)}
    modes = (False, True) if asked.train else (False,)
    with _told():
        peer = _against(network, asked, options) if asked.against else None  # first: it may have no such network
        inference = _inference(network, options)
        training = _training(network, asked.steps, options) if asked.train else None
        layers = [_layers(network, mode, options) for mode in modes] if asked.layers else []
    findings = [found for found in (inference, training, *layers, peer) if found is not None]
    passed = all(found.passed for found in findings)
    record = {
        **inference.record,
        **({"training": training.record} if training else {}),
        "layers": [found.record for found in layers] if asked.layers else None,
        **({"against": peer.record} if peer else {}),
        "passed": passed,
    }
    return Outcome([found.section for found in findings], record, passed)


@contextmanager
def _told() -> Iterator[None]:
    """A backend that cannot run its own model counts as a difference, without a report."""
    from archspec.comparison import BackendFailedError

    try:
        yield
    except BackendFailedError as error:
        print(f"archspec: {error}", file=sys.stderr)
        raise typer.Exit(PARITY_FAILED) from None


def _given(network: Network, asked: Asked) -> dict[str, Any]:
    """The user's weights and inputs."""
    options = checkpoint_options(None if asked.against else asked.map_, asked.key, asked.by_order)
    found: dict[str, Any] = {}
    if asked.weights is not None:
        from archspec.network import checkpoint_for

        read = checkpoint_for(network, asked.weights, options)
        tell(read.notes)
        # The weights are read several times, and completely.
        found["weights"] = read.held()
    if asked.files:
        from archspec.comparison import read_inputs

        found["inputs"] = read_inputs(network.graph, asked.files)
    return found


def _inference(network: Network, options: dict[str, Any]) -> _Finding:
    from archspec.api import parity
    from archspec.cli.progress import running

    both = " and ".join(options["backends"])
    with running(f"running {network.name} in {both}"):
        found = parity(network, **options)
    return _Finding(parity_text.inference(found), found.record(), found.passed)


def _training(network: Network, steps: int | None, options: dict[str, Any]) -> _Finding:
    from archspec.api import training_parity
    from archspec.cli.progress import running
    from archspec.comparison import STEPS

    with running(f"training {network.name}") as progress:
        found = training_parity(network, steps=STEPS if steps is None else steps, progress=progress, **options)
    return _Finding(parity_text.training(found), found.record(), found.passed)


def _layers(network: Network, in_training: bool, options: dict[str, Any]) -> _Finding:
    from archspec.api import layer_parity
    from archspec.cli.progress import running

    with running(f"comparing the layers of {network.name}"):
        found = layer_parity(network, training=in_training, **options)
    return _Finding(parity_text.layers(found), found.record(), found.passed)


def _against(network: Network, asked: Asked, options: dict[str, Any]) -> _Finding:
    """The comparison with a third party's network."""
    from archspec.api import peer_parity
    from archspec.cli.progress import running

    with running(f"running {asked.against}"):
        found = peer_parity(network, str(asked.against), names=read_names(asked.map_), **options)
    return _Finding(parity_text.peer(found), found.record(), found.passed)
