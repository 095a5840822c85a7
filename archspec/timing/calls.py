"""`archspec.bench`."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.arguments import FUNCTION, TEXT, TEXTS, TRUTH, WHOLE, WHOLES, takes
from archspec.comparison import Progress, unheard
from archspec.network import Network
from archspec.reading import Spec, load
from archspec.timing.asked import Asked
from archspec.timing.report import BenchReport
from archspec.timing.running import measure
from archspec.timing.turns import ROUNDS


@takes(
    backends=TEXTS,
    batches=WHOLES,
    against=TEXTS,
    device=TEXT,
    rounds=WHOLE,
    threads=WHOLE,
    seed=WHOLE,
    optimize=TRUTH,
    progress=FUNCTION,
)
def bench(
    network: Network | Spec,
    *,
    backends: Sequence[str] = ("torch", "tensorflow"),
    batches: Sequence[int] = (1, 8),
    against: Sequence[str] = (),
    device: str = "cpu",
    rounds: int = ROUNDS,
    threads: int | None = None,
    seed: int = 0,
    optimize: bool = False,
    progress: Progress = unheard,
) -> BenchReport:
    """How long the forward pass of a network takes, in float32 and evaluation mode, and how much memory.

    `against` are third parties' networks: `torchvision:resnet50`, `timm:resnet50`, `keras:ResNet50`. With `optimize`
    the network that `Network.optimize` makes runs too. Each framework has a process of its own, in which the networks
    run by turns; `rounds` is how often. PyTorch's run in inference mode, Keras's in a `tf.function`. `device` is cpu or
    cuda, and `threads` is the framework's own number by default. All weights and inputs are random, those of the
    network from `seed`. Raises `ArchspecError` for a measurement that cannot be made, `BackendMissingError` for a
    missing framework or package, `EmitError` for a layer that a backend cannot express, and `OutOfMemoryError`.
    """
    found = network if isinstance(network, Network) else load(network)
    asked = Asked(tuple(backends), tuple(batches), tuple(against), device, rounds, threads, seed, optimize)
    return measure(found, asked, progress)
