"""docs/results.md as docs/results.json has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev

import archspec
from archspec.recipe.document import Recipe
from benchmarks.results import BACKENDS, RECIPES, SEEDS, Result, path_of, read

HEAD = """# Results

What archspec's recipes reach: each is trained with five seeds in both frameworks. This page is generated:
`python -m benchmarks.results` trains what docs/results.json lacks and adds it there, and
`pytest tests/docs --regenerate` writes the page.

A number is the accuracy after the last epoch, in percent of the validation data. No epoch is chosen by it; the epochs
and rates of `cnn_mnist` and `y_network` are, with seed 0 in PyTorch. The seed draws the fifth of the data that is for
validation, so each seed has other validation data: 1,000 of `mnist`'s 5,000 images and 359 of `digits`' 1,797. It also
draws the weights at the beginning, the order and the random transforms. All of these are the same in both frameworks;
rounding and dropout differ.

An interval is m ± 2.776 s / √5, for the mean m and the standard deviation s (with n - 1) of the five accuracies. It is
the 95% interval of Student's t distribution with four degrees of freedom.
"""

TITLES = {"torch": "PyTorch", "tensorflow": "Keras"}

_STUDENT = 2.776


@dataclass(frozen=True, slots=True)
class Interval:
    """The mean of five accuracies, and half the width of its 95% interval."""

    mean: float
    half: float

    def overlaps(self, other: Interval) -> bool:
        return abs(self.mean - other.mean) <= self.half + other.half

    def __str__(self) -> str:
        return f"{100 * self.mean:.2f} ± {100 * self.half:.2f}"


def of(recipe: str, backend: str) -> list[Result]:
    """The results of a recipe in a framework, by seed."""
    found = [each for each in read() if (each.recipe, each.backend) == (recipe, backend)]
    return sorted(found, key=lambda each: each.seed)


def interval(recipe: str, backend: str) -> Interval:
    """The interval of a recipe's accuracies in a framework."""
    found = [each.accuracy for each in of(recipe, backend)]
    assert len(found) == len(SEEDS), f"run python -m benchmarks.results {recipe}"
    return Interval(mean(found), _STUDENT * stdev(found) / sqrt(len(found)))


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_intervals(), "", *_seeds(), "", *_versions(), "", *_commands()]) + "\n"


def _intervals() -> Iterator[str]:
    yield f"| recipe | network | data | epochs | {' | '.join(TITLES[each] for each in BACKENDS)} | overlap | target |"
    yield "|---|---|---|--:|--:|--:|---|--:|"
    for name, least in RECIPES.items():
        recipe = archspec.read_recipe(path_of(name))
        one, other = (interval(name, backend) for backend in BACKENDS)
        overlap = "yes" if one.overlaps(other) else "no"
        target = "" if least is None else f"{100 * least:.1f}"
        cells = [_link(name), _network(recipe), f"`{recipe.data.source.type.lower()}`", str(recipe.epochs)]
        yield f"| {' | '.join([*cells, str(one), str(other), overlap, target])} |"


def _link(name: str) -> str:
    return f"[{name}](../specs/recipes/{name}.yaml)"


def _network(recipe: Recipe) -> str:
    network = recipe.network
    params = [f"{name} {value}" for name, value in network.params.items()]
    sizes = [" x ".join(map(str, shape)) for shape in network.inputs.values()]
    return ", ".join([f"`{network.spec}`", *params, *sizes])


def _seeds() -> Iterator[str]:
    yield "The accuracies behind the intervals. The best epoch of a training is chosen by the validation data, so its"
    yield "accuracy is higher.\n"
    yield f"| recipe | framework | {' | '.join(f'seed {seed}' for seed in SEEDS)} | best epoch, mean |"
    yield f"|---|---|{'--:|' * len(SEEDS)}--:|"
    for name in RECIPES:
        for backend in BACKENDS:
            found = of(name, backend)
            accuracies = [f"{100 * each.accuracy:.2f}" for each in found]
            best = f"{100 * mean(each.best for each in found):.2f}"
            yield f"| {' | '.join([name, TITLES[backend], *accuracies, best])} |"


def _versions() -> Iterator[str]:
    found = sorted({(name, number) for each in read() for name, number in each.versions.items()})
    yield f"Measured with {', '.join(f'{name} {number}' for name, number in found)}, on a processor with one thread."


def _commands() -> Iterator[str]:
    yield "## The commands\n"
    yield "`python -m benchmarks.results` runs these, for each backend and seed:\n"
    yield "```sh"
    for name in RECIPES:
        yield f"archspec train specs/recipes/{name}.yaml --backend torch --set seed=0 --device cpu"
    yield "```"
