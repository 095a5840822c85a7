"""The options of `archspec parity`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archspec.cli.checkpoints import NO_CHECKPOINT
from archspec.cli.together import refuse
from archspec.files import check_file, is_stream

_TWO = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """The options, without those that describe the network."""

    backends: tuple[str, ...]
    train: bool
    steps: int | None
    layers: bool
    weights: Path | None
    key: str | None
    by_order: bool
    against: str | None
    map_: Path | None
    files: Mapping[str, str]
    """Files of inputs by the inputs' names; a file without a name has the empty one."""
    seed: int
    batch: int | None
    report: Path | None

    def check(self) -> None:
        """Refuse faulty options before anything runs.

        Raises `BadParameter` for options that exclude each other, `OSError` for a report that cannot be written, and
        `ArchspecError` for an unknown third party.
        """
        alone = len({*self.backends}) < max(_TWO, len(self.backends))
        keyed, batched = self.key is not None, self.batch is not None
        refuse(
            {
                "--backends": alone and "two different ones are needed, as torch,tensorflow",
                "--steps": self.steps is not None
                and not self.train
                and "only training has steps: add --train, or name the file of a recipe",
                "--map": bool(self.map_) and not self._named and "whose names? Add --against or --weights",
                "--key": keyed and self.weights is None and NO_CHECKPOINT,
                "--by-order": self.by_order and self.weights is None and NO_CHECKPOINT,
                "--batch": batched and bool(self.files) and "files have the samples that they have",
            }
        )
        if self.report is not None and not is_stream(self.report):
            check_file(self.report)
        if self.against is not None:
            from archspec.comparison import find_peer

            find_peer(self.against)

    @property
    def _named(self) -> bool:
        """Whether another option has names that `--map` can be for."""
        return bool(self.against) or self.weights is not None
