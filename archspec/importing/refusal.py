"""Everything in a model that the language lacks, in one error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archspec.checkpoints import shown
from archspec.checkpoints.model import FileLayer, FileModel
from archspec.errors import ArchspecError
from archspec.importing.attributes import refused


class ModelError(ArchspecError):
    """A model cannot be a spec: it has layers, or values of their arguments, that the language lacks."""


def refuse_lacking(path: Path, model: FileModel) -> None:
    """Raise `ModelError` with every layer that the language lacks something of."""
    lines = list(_lacking(model, ""))
    if lines:
        listed = "\n".join(f"  {line}" for line in lines)
        raise ModelError(f"{path} has layers that the language lacks:\n{listed}")


def _lacking(model: FileModel, prefix: str) -> Iterator[str]:
    """A line for each layer, in the order of the file."""
    if model.kind:
        yield f"{shown(prefix.rstrip('/') or model.name)} ({shown(model.kind)}): its class may compute anything"
    called: dict[str, list[str]] = {}
    for call in model.calls:
        called.setdefault(call.name, []).extend(f"it is called with {each}" for each in call.lacking)
    for name, member in model.members.items():
        reasons = called.get(name, [])
        if isinstance(member, FileModel):
            yield from _lacking(member, f"{prefix}{name}/")
        else:
            reasons = [*map(shown, refused(member) if member.layer_type else ()), *reasons]
        if reasons or (isinstance(member, FileLayer) and member.layer_type is None):
            kind = member.kind if isinstance(member, FileLayer) else "model"
            yield ": ".join(
                filter(None, [f"{shown(prefix + name)} ({shown(kind)})", ", ".join(dict.fromkeys(reasons))])
            )
