"""The network and the weights of a folder: a package of `compile`, or a run of `train`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from archspec import zoo
from archspec.backend import find_backend
from archspec.bundle.record import RECORD, read_record
from archspec.errors import ArchspecError
from archspec.network import Network
from archspec.reading import load
from archspec.recipe.transforms import EvaluationTransform
from archspec.spec.place import Place
from archspec.training.planning import network_of
from archspec.training.reading import WrittenRecipe
from archspec.training.runs import RECORD as RUN
from archspec.training.runs import RunFolder


@dataclass(frozen=True, slots=True)
class FolderModel:
    """A network, the file of its weights, and the transforms for evaluation that a run trained it for."""

    network: Network
    weights: Path
    transforms: tuple[EvaluationTransform, ...] | None = None


def read_folder(folder: Path) -> FolderModel:
    """The model of a folder. Raises `ArchspecError` for a folder without one, or whose spec is not at hand."""
    if (folder / RUN).exists():
        run = RunFolder(folder)
        recipe = run.recipe()
        network = network_of(WrittenRecipe(recipe, Place({}), folder))
        return FolderModel(network, run.best, recipe.data.transforms.evaluation)
    written = read_record(folder)
    if written is None:
        raise ArchspecError(f"{folder} is no package of compile and no run of train: it has neither {RECORD} nor {RUN}")
    weights = folder / find_backend(written.backend).weights_file
    record = json.loads((folder / RECORD).read_text("utf-8"))
    return FolderModel(_network(folder, weights, record), weights)


def _network(folder: Path, weights: Path, record: Mapping[str, Any]) -> Network:
    """The network of a package, whose record has the digest of its spec."""
    try:
        said, inputs = record["spec"], record["inputs"]
        variant, params, outputs, digest = (said[key] for key in ("variant", "params", "outputs", "sha256"))
    except (KeyError, TypeError):
        raise ArchspecError(f"{folder / RECORD} does not say what was compiled") from None
    path = next((path for path in zoo.spec_files() if sha256(path.read_bytes()).hexdigest() == digest), None)
    if path is None:
        raise ArchspecError(
            f"the spec of {folder} is none of the zoo's as it is now: give the spec, and {weights} for its weights"
        )
    network = load(path, variant=variant, params=params, inputs=inputs, outputs=outputs)
    return network.optimize().network if "optimized" in record else network
