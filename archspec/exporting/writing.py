"""Exports a network: the file is run by its own runtime and compared before it is left in its place."""

from __future__ import annotations

import os
from itertools import chain

from archspec.arguments import ARRAYS, PATH, TEXT, WHOLE, takes
from archspec.backend import Arrays
from archspec.errors import ArchspecError
from archspec.exporting.comparing import ExportReport, batches, compared, figures, samples
from archspec.exporting.preparing import prepare, size_of
from archspec.exporting.work import Work
from archspec.network import Network, Optimized, explaining
from archspec.reading import Spec


class ExportError(ArchspecError):
    """An exported file computes another function than the compiled model; `report` has the differences."""

    def __init__(self, report: ExportReport) -> None:
        names = ", ".join(dict.fromkeys(output.name for output in report.outputs if not output.passed))
        fault = f"in {report.target} {report.network} is another function than in {report.backend}"
        super().__init__(f"{fault}: {names} differs by more than float32 explains, so nothing was left")
        self.report = report


@takes(to=TEXT, path=PATH, weights=ARRAYS, seed=WHOLE)
def export(
    network: Network | Optimized | Spec,
    to: str,
    path: str | os.PathLike[str] | None = None,
    *,
    weights: Arrays | None = None,
    seed: int = 0,
) -> ExportReport:
    """Write a network to a file of another runtime.

    `to` is `onnx`, `pt2`, `openvino`, `executorch`, `aotinductor`, `hub-folder`, `savedmodel` or `litert`.
    `weights` are canonical ones, as those of `read_checkpoint`; the default is drawn from the `seed`. An optimised
    network, that of `network.optimize(weights)`, has its weights, and is compared with the network before it. Before
    the file is left in its place, its own runtime runs it with two sizes of a batch, and at two sizes of the inputs if
    the network takes several; the outputs are compared with those of the compiled model.

    Raises `ExportError` if they differ by more than float32 explains, `EmitError` for a layer that the target lacks,
    `BackendMissingError` for packages that are not installed, `ArchspecError` for an unknown target and for weights
    that are not finite, and `OSError` for a file that cannot be written, or a folder that has files.
    """
    prepared = prepare(network, to, path, weights=weights, seed=seed)
    backend, graph, known = prepared.backend, prepared.reference.graph, prepared.reference.weights
    with explaining(prepared.written.graph), prepared.partial() as partial:
        given = samples(graph, seed, prepared.kind.most)
        work = Work(backend, to, prepared.written.weights)
        outputs = iter(work.run(prepared.written.graph, partial, [*chain(*map(batches, given))]))
        rows = [
            compared(graph, backend, to, known, inputs, found)
            for inputs, found in zip(given, zip(outputs, outputs, strict=True), strict=True)
        ]
        report = ExportReport(prepared.name, to, backend.name, prepared.place, size_of(partial), tuple(chain(*rows)))
        if not report.passed:
            raise ExportError(report)
        if prepared.kind.card:
            with (partial / prepared.kind.card).open("a", encoding="utf-8") as card:
                card.write(figures(report))
    return report
