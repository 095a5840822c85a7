"""The generated parts of docs/parity.md: how alike the networks of the zoo are, in inference and in training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

from archspec import zoo
from archspec.cli.table import shape_text
from archspec.comparison import OPTIMISERS
from tests.zoo.inferred import INFERRED
from tests.zoo.smallest import NARROW
from tests.zoo.trained import TRAINED

Found = Mapping[str, Any]
"""What is kept of a network."""

BACKENDS = ("torch", "tensorflow")

DIFFERENCES = ("outputs", "gradients", "statistics")


def parts() -> dict[str, str]:
    """The generated parts by their names."""
    inference = ("samples", "outputs", "float64", *(f"float32, {backend}" for backend in BACKENDS), "allowed")
    training = ("weights", *DIFFERENCES, "rates", *(each.name for each in OPTIMISERS))
    inferred = INFERRED.read()
    return {
        "inferred": "\n".join(
            [_shares(inferred.values()), "", *_part(inferred, "are alike", _inferred, inference, itemgetter("float64"))]
        ),
        "trained": "\n".join(_part(TRAINED.read(), "train alike", _trained, training, _largest)),
    }


def _part(
    measured: Mapping[str, Found],
    alike: str,
    row: Callable[[Found], list[str]],
    header: tuple[str, ...],
    largest: Callable[[Found], float],
) -> Iterator[str]:
    """How many networks were measured and are alike, which differ, which are missing, and a row for each."""
    names = zoo.list_networks()
    same = [found for found in measured.values() if found["passed"]]
    yield (
        f"Of {len(names)} networks {len(measured)} were measured; {len(same)} {alike}, "
        f"the largest difference among them is {max(map(largest, same), default=0.0):.1e}."
    )
    for title, some in (
        ("These differ", [name for name, found in measured.items() if not found["passed"]]),
        ("These were not measured", [name for name in names if name not in measured]),
    ):
        if some:
            yield f"\n{title}: {', '.join(f'`{name}`' for name in some)}."
    yield ""
    yield f"| {' | '.join(('network', 'input', *header))} |"
    yield "|---|---" + "|--:" * len(header) + "|"
    for name, found in measured.items():
        read = ", ".join((*map(shape_text, found["inputs"].values()), *NARROW.get(name, ())[:1]))
        yield f"| {' | '.join((f'`{name}`', read, *row(found)))} |"


def _shares(measured: Iterable[Found]) -> str:
    """How much of what float32 allows was needed."""
    shares = [max(found["float32"].values()) / found["allowed"] for found in measured]
    return (
        "The larger of a network's two float32 errors was between "
        f"{min(shares):.2g} and {max(shares):.2g} times what is allowed."
    )


def _inferred(found: Found) -> list[str]:
    errors = (found["float32"][backend] for backend in BACKENDS)
    return [
        str(found["samples"]),
        str(found["outputs"]),
        *map("{:.1e}".format, (found["float64"], *errors, found["allowed"])),
    ]


def _trained(found: Found) -> list[str]:
    one_pass, steps = ([f"{each:.1e}" for each in kind] for kind in (_of_a_pass(found), found["steps"].values()))
    rates = f"2^-{found['slower']}" if found.get("slower") else "1" if "slower" in found else "usual"
    return [str(found["weights"]), *one_pass, rates, *steps]


def _largest(found: Found) -> float:
    return max(*_of_a_pass(found), *found["steps"].values())


def _of_a_pass(found: Found) -> list[float]:
    return [found[name] for name in DIFFERENCES]
