"""Compares training in float64: gradients, moving statistics, and steps of optimisers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from archspec.backend import Arrays, Backend, Gradients, Optimiser, TrainingBackend, TrainingStep, shared_statistics
from archspec.comparison.failed_layer import naming_the_layer
from archspec.comparison.learning_rates import smallest_power, with_smaller_rate
from archspec.comparison.magnitudes import largest, magnitudes
from archspec.comparison.progress import Phase, Progress, counted, unheard
from archspec.comparison.rounding import OF_SUMMANDS, Rounding
from archspec.comparison.running import at_size_of, load
from archspec.comparison.shape_mismatch import ShapeMismatch, shape_mismatch
from archspec.comparison.training_report import OptimiserParity, TensorParity, TrainingReport
from archspec.comparison.training_tensors import (
    TOLERANCE,
    MovingStatistic,
    judged,
    judged_gradients,
    judged_statistics,
    judged_step,
    moving_statistics,
)
from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec.passes import switch_off_random

OPTIMISERS = (
    Optimiser("sgd", learning_rate=2.0**-10),
    Optimiser("adam", learning_rate=2.0**-13),
    Optimiser("adamw", learning_rate=2.0**-13),
    Optimiser("rmsprop", learning_rate=2.0**-13),
)
"""The compared optimisers. Epsilon is large enough to make its place in the formula visible in float64; and a gradient
of pure rounding makes a step as small as the rounding, and not a whole step in a random direction."""

FOR_THE_RATE = OPTIMISERS[-1]
"""The optimiser for choosing the rates: its first step is up to sqrt(8), about 2.8, times its rate; Adam's is at most
its rate."""

STEPS = 5

SAMPLES = 8

MOST_ELEMENTS = 2**25
"""The largest number of elements of all values, unless the smallest batch has more: in float64 some 270 MB in each
backend, and as much again for gradients."""

LEAST_SAMPLES = 4


def training_samples(graph: Graph) -> int:
    """The number of samples to train with: 8, or 4 if the network's values are large."""
    size = sum(node.type.size for node in graph.nodes)
    return SAMPLES if SAMPLES * size <= MOST_ELEMENTS else LEAST_SAMPLES


@naming_the_layer
def compare_training(
    graph: Graph,
    backends: Sequence[Backend],
    weights: Arrays,
    inputs: Arrays,
    *,
    steps: int = STEPS,
    optimisers: Sequence[Optimiser] = OPTIMISERS,
    seed: int = 0,
    progress: Progress = unheard,
) -> TrainingReport:
    """Trains the graph in every backend on the CPU, in float64 and with random layers switched off.

    `weights` are canonical; `inputs` are channels-last with a batch axis. If an output's shape is not the inferred one,
    there is no loss, and nothing else is compared. Raises `ArchspecError` for a backend that cannot train.
    """
    trainers = training_backends(backends)
    check_samples(inputs)
    graph, switched_off = switch_off_random(graph)
    progress(Phase("building the models"))
    models = [load(graph, backend, weights) for backend in trainers]
    wrong = shape_mismatches(graph, trainers, models, inputs)
    report = TrainingReport(
        network=graph.name,
        backends=tuple(backend.name for backend in trainers),
        seed=seed,
        batch=len(next(iter(inputs.values()))),
        steps=steps,
        switched_off=switched_off,
        ordered=shared_statistics(graph),
        shape_mismatches=wrong,
        outputs=tuple(TensorParity(each.value, math.inf, passed=False) for each in wrong),
    )
    if wrong:
        return report
    coefficients = random_coefficients(graph, inputs, seed)
    found = []
    for backend, model in zip(trainers, models, strict=True):
        progress(Phase(f"gradients in {backend.name}"))
        found.append(backend.gradients(graph, model, inputs, coefficients))
    progress(Phase("comparing the gradients"))
    rounding = Rounding(graph, trainers, weights, inputs, coefficients, found)
    report = replace(
        report,
        outputs=tuple(judged(name, [each.outputs[name] for each in found]) for name in graph.outputs),
        gradients=tuple(judged_gradients(found, rounding)),
        statistics=tuple(
            judged_statistics([each.statistics for each in found], moving_statistics(graph), rounding.of_terms)
        ),
        replaced={each.name: gradients.replaced for each, gradients in zip(trainers, found, strict=True)},
    )
    if not (steps and optimisers):
        return report
    slower, trained = _trained(
        graph, trainers, models, weights, inputs, coefficients, found, rounding, steps, optimisers, progress
    )
    return replace(report, slower=slower, optimisers=trained)


def _trained(
    graph: Graph,
    backends: Sequence[TrainingBackend],
    models: Sequence[object],
    weights: Arrays,
    inputs: Arrays,
    coefficients: Arrays,
    found: list[Gradients],
    rounding: Rounding,
    steps: int,
    optimisers: Sequence[Optimiser],
    progress: Progress,
) -> tuple[int, tuple[OptimiserParity, ...]]:
    """The power of two by which the rates are smaller, and the comparison of each optimiser.

    `found` is empty afterwards, to free memory: in each backend the gradients are as large as the network.
    """
    scale, size = _normalised(coefficients, found)
    scaled = {name: array * scale for name, array in coefficients.items()}
    apart = {
        name: scale * magnitudes([each.of_weights[name] for each in found]).difference for name in found[0].of_weights
    }
    gradient = {name: scale * array for name, array in found[0].of_weights.items()}
    found.clear()
    progress(Phase("finding how large a step may be"))
    slower = smallest_power(graph, backends[0], models[0], weights, inputs, scaled, gradient, FOR_THE_RATE)
    gradient.clear()

    moving = moving_statistics(graph)

    def trained(index: int, optimiser: Optimiser) -> OptimiserParity:
        runs = [
            counted(
                backend.train(graph, models[number], weights, inputs, scaled, optimiser),
                _phases(optimisers, index, backends, number, steps),
                progress,
            )
            for number, backend in enumerate(backends)
        ]
        return _optimised(optimiser, runs, weights, apart, scale * size, moving, rounding)

    return slower, tuple(trained(index, with_smaller_rate(each, slower)) for index, each in enumerate(optimisers))


def _phases(
    optimisers: Sequence[Optimiser], index: int, backends: Sequence[Backend], number: int, steps: int
) -> Iterator[Phase]:
    """The phases of one optimiser's steps in one backend, with the number of steps of all optimisers and backends."""
    for step in range(steps):
        doing = f"{optimisers[index].name} in {backends[number].name}, step {step + 1} of {steps}"
        done = (index * steps + step) * len(backends) + number
        yield Phase(doing, done, len(optimisers) * steps * len(backends))


def shape_mismatches(
    graph: Graph, backends: Sequence[Backend], models: Sequence[object], inputs: Arrays
) -> tuple[ShapeMismatch, ...]:
    """The outputs whose shape in a backend is not the inferred one, found by running one sample."""
    one = {name: np.asarray(array[:1], np.float64) for name, array in inputs.items()}
    made = {each.name: each.run(graph, model, one) for each, model in zip(backends, models, strict=True)}
    found = (
        shape_mismatch(name, value.type.axes, {backend: each[name] for backend, each in made.items()})
        for name, value in graph.outputs.items()
    )
    return tuple(each for each in found if each)


def training_backends(backends: Sequence[Backend]) -> list[TrainingBackend]:
    """The same backends; raises `ArchspecError` for one that cannot train."""
    for backend in backends:
        if not isinstance(backend, TrainingBackend):
            raise ArchspecError(f"the backend {backend.name} does not offer training")
    return [backend for backend in backends if isinstance(backend, TrainingBackend)]


def check_samples(inputs: Arrays) -> None:
    """Raises `ArchspecError` for fewer samples than training needs."""
    if len(next(iter(inputs.values()))) < 2:
        raise ArchspecError("training needs two samples or more: batch normalisation has no variance of one")


def random_coefficients(graph: Graph, inputs: Arrays, seed: int) -> dict[str, np.ndarray]:
    """The coefficients of the loss for each output, standard normal: the loss is the sum of the products."""
    generator = np.random.Generator(np.random.PCG64([seed, 2]))
    batch, outputs = len(next(iter(inputs.values()))), at_size_of(graph, inputs).outputs
    return {name: generator.standard_normal((batch, *value.type.shape)) for name, value in outputs.items()}


def _normalised(coefficients: Arrays, found: Sequence[Gradients]) -> tuple[float, float]:
    """A power of two that scales the largest gradient of a weight to about 1, and the magnitude of the unscaled loss.

    With it the optimisers' hyperparameters mean the same for every network. Gradients of pure rounding are not scaled.
    The magnitude is the sum of the magnitudes of the loss's summands. The larger of the backends' numbers counts.
    """
    size = max(
        sum(float(np.abs(array * each.outputs[name]).sum()) for name, array in coefficients.items()) for each in found
    )
    most = max(largest(list(each.of_weights.values())) for each in found)
    return (2.0 ** -round(math.log2(most)) if OF_SUMMANDS * size < most < math.inf else 1.0), size


def _optimised(
    optimiser: Optimiser,
    runs: Sequence[Iterator[TrainingStep]],
    weights: Arrays,
    gradients: Mapping[str, float],
    loss_scale: float,
    moving: Mapping[str, MovingStatistic],
    rounding: Rounding,
) -> OptimiserParity:
    """Compares the losses and the weights after each step from `weights`, and reports each weight's worst step.

    `gradients` are the differences of the weights' gradients before the first step.
    """
    losses = 0.0
    worst: dict[str, TensorParity] = {}
    for steps in zip(*runs, strict=True):
        losses = max(losses, judged("", [np.asarray(step.loss) for step in steps], loss_scale).difference)
        arrays = [step.weights for step in steps]
        statistics = [{name: each[name] for name in moving} for each in arrays]
        tensors = list(judged_statistics(statistics, moving, rounding.of_terms))
        tensors += [
            judged_step(name, [each[name] for each in arrays], weights[name], gradients[name], optimiser)
            for name in arrays[0]
            if name not in moving
        ]
        for each in tensors:
            if each.name not in worst or not each.difference <= worst[each.name].difference:
                worst[each.name] = each
    passed = losses <= TOLERANCE
    return OptimiserParity(optimiser, losses, passed, tuple(worst.values()))
