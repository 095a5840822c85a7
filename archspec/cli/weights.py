"""`archspec weights convert` and `archspec weights show`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.advice import said
from archspec.cli.checkpoints import (
    ByOrderOption,
    KeyOption,
    MapOption,
    OnlyMatchingOption,
    read_names,
    tell,
    unwarned,
)
from archspec.cli.matched import left_over
from archspec.cli.options import (
    InputOption,
    JsonOption,
    OutputsOption,
    SeedOption,
    SetOption,
    VariantOption,
    load_network,
)
from archspec.cli.output import say, say_json
from archspec.cli.recognised import AUTO, told_by
from archspec.cli.screen import screen_width
from archspec.cli.table import WHOLE, shape_text, table
from archspec.files import check_apart

if TYPE_CHECKING:
    from archspec.checkpoints import Checkpoint, CheckpointWeights, Matching

_NAMES = {"tensor": 24, "weight": 24}
"""The smallest width of names on a narrow screen; other columns are not cut."""

WeightsArgument = Annotated[
    Path,
    typer.Argument(metavar="IN", help="A checkpoint: .pth, .pt, .safetensors, .weights.h5, .keras or .h5."),
]


def weights_group() -> None:
    r"""Move weights between frameworks, and look into files.

    Examples:
      archspec compile lenet5 --backend torch -o l5
      archspec weights show l5/model.safetensors
      archspec weights show l5/model.safetensors --network lenet5
      archspec weights convert l5/model.safetensors --network lenet5 \
          --to tensorflow -o lenet5.weights.h5
    """


def convert_command(
    source: WeightsArgument,
    network: Annotated[
        str, typer.Option("--network", "-n", metavar="SPEC", help="Whose weights they are; auto finds it in the zoo.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="The file to write.")],
    to: Annotated[str, typer.Option("--to", metavar="FORM", help="torch, tensorflow or canonical.")],
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    outputs: OutputsOption = None,
    key: KeyOption = None,
    map_: MapOption = None,
    by_order: ByOrderOption = False,
    only_matching: OnlyMatchingOption = False,
    seed: SeedOption = 0,
    optimize: Annotated[
        bool, typer.Option("--optimize", help="Write the weights of the optimised network, as compile --optimize does.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    r"""Convert a checkpoint for another framework, or between names.

    Tensors are found by their names: those of the model that archspec emits, or those of a third party that the spec
    lists; then by the graph of the model in a Keras file; and at last by order and shapes, if that leaves one way. Else
    the error says where file and network part, and --map settles it. Of several dicts of tensors, --key takes another
    than the plain one. OUT is .safetensors, or .pth or .pt for torch, .weights.h5 for tensorflow. Types are kept.

    Examples:
      archspec compile lenet5 --backend torch -o l5
      archspec weights convert l5/model.safetensors --network lenet5 \
          --to tensorflow -o lenet5.weights.h5
      archspec weights convert lenet5.weights.h5 -n auto --to torch -o lenet5.pth
      archspec weights convert l5/model.safetensors -n lenet5 --set classes=5 \
          --only-matching --to torch -o five.pth
      archspec weights convert l5/model.safetensors -n lenet5 --optimize \
          --to torch -o fast.safetensors
    """
    from archspec.api import convert_weights
    from archspec.checkpoints import wrong_ending
    from archspec.cli.progress import running

    if wrong := wrong_ending(output, to):
        raise typer.BadParameter(wrong, param_hint="--output")
    if network == AUTO:
        network, set_ = told_by(source, set_, key=key, only_matching=only_matching)
    loaded = load_network(network, variant, set_, input_, outputs)
    check_apart((output,), (map_,))
    names = read_names(map_)
    with running(f"converting {source} for {to}"), unwarned():
        weights = convert_weights(
            loaded,
            source,
            output,
            to=to,
            names=names,
            key=key,
            only_matching=only_matching,
            by_order=by_order,
            seed=seed,
            optimize=optimize,
        )
    tell(weights.notes)
    print(_converted(weights, output, optimize), file=sys.stderr)
    if json_:
        about = {"file": str(output), "to": to, "optimized": optimize, **_taken(weights.matching.checkpoint)}
        say_json({**about, **_record(weights.matching), "initial": list(weights.initial)})


def show_command(
    source: WeightsArgument,
    network: Annotated[
        str | None,
        typer.Option("--network", "-n", metavar="SPEC", help="Say which of its weights each tensor is; auto finds it."),
    ] = None,
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    outputs: OutputsOption = None,
    key: KeyOption = None,
    map_: MapOption = None,
    by_order: ByOrderOption = False,
    json_: JsonOption = False,
) -> None:
    """Show what a checkpoint has: names, shapes, types, sizes and norms.

    The norm is the square root of the sum of squares. With --network the table says which weight each tensor is and by
    what it was found, and below it stands what is left on both sides. A file for the optimised network is told as such.

    Examples:
      archspec compile lenet5 --backend torch -o l5
      archspec weights show l5/model.safetensors
      archspec weights show l5/model.safetensors --json
      archspec weights show l5/model.safetensors --network lenet5
    """
    from archspec.checkpoints import file_notes, match, notes, open_checkpoint
    from archspec.cli.progress import working
    from archspec.network import match_optimized

    matching, optimized = None, False
    if network == AUTO:
        network, set_ = told_by(source, set_, key=key, only_matching=False)
    loaded = load_network(network, variant, set_, input_, outputs) if network else None
    with working(f"reading {source}"):
        checkpoint = open_checkpoint(source, key)
        if loaded is not None:
            matching = match(loaded.graph, checkpoint, names=read_names(map_), by_order=by_order)
            if not matching.complete and (found := match_optimized(loaded, checkpoint)) is not None:
                matching, optimized = found, True
        records = _tensors(checkpoint, matching)
    tell(notes(matching) if matching else file_notes(checkpoint))
    if json_:
        about = {"framework": checkpoint.framework, **_taken(checkpoint), "tensors": records}
        say_json(about | ({"optimized": optimized, **_record(matching)} if matching else {}))
    else:
        say(_shown(checkpoint, records, matching, optimized))


def _tensors(checkpoint: Checkpoint, matching: Matching | None) -> list[dict[str, object]]:
    from archspec.checkpoints import norm

    found = {match.tensor: match for match in matching.matches} if matching else {}
    return [
        {
            "name": name,
            "shape": list(stored.shape),
            "dtype": stored.dtype,
            "size": stored.size,
            "norm": norm(stored),
            **({"weight": found[name].weight.canonical, "by": found[name].how} if name in found else {}),
        }
        for name, stored in checkpoint.tensors.items()
    ]


def _taken(checkpoint: Checkpoint) -> dict[str, object]:
    return {"key": checkpoint.key, "other_keys": list(checkpoint.others)}


def _record(matching: Matching) -> dict[str, object]:
    return {
        "complete": matching.complete,
        "matches": {match.weight.canonical: {"tensor": match.tensor, "by": match.how} for match in matching.matches},
        "unfit": {match.weight.canonical: match.tensor for match in matching.unfit},
        "missing": [weight.canonical for weight in matching.missing],
        "unused": list(matching.unused),
        "ambiguous": {layer: list(layers) for layer, layers in matching.ambiguous.items()},
        "third_party": matching.third_party.name if matching.third_party else None,
        "reshaped": [match.weight.canonical for match in matching.matches if match.reshaped],
        "unproved": dict(matching.unproved),
        "doubtful": dict(matching.doubtful),
    }


def _shown(checkpoint: Checkpoint, records: list[dict[str, object]], matching: Matching | None, optimized: bool) -> str:
    from archspec.checkpoints import problems, shown

    header = ["tensor", *(["weight", "found by"] if matching else []), "shape", "type", "elements", "norm"]
    numbers = frozenset({header.index("elements"), header.index("norm")})
    least = {index: _NAMES.get(name, WHOLE) for index, name in enumerate(header)}
    rows = [
        [
            shown(str(record["name"])),
            *([str(record.get("weight", "")), _said_by(str(record.get("by", "")), matching)] if matching else []),
            shape_text(checkpoint.tensors[str(record["name"])].shape),
            str(record["dtype"]),
            f"{record['size']:,}",
            "" if record["norm"] is None else f"{record['norm']:.5g}",
        ]
        for record in records
    ]
    elements = sum(stored.size for stored in checkpoint.tensors.values())
    total = f"{checkpoint.path}: {len(rows)} tensors, {elements:,} elements, in the form of {checkpoint.framework}"
    parts = [table(header, rows, numbers, width=screen_width(sys.stdout), least=least), total]
    if matching:
        when = " after it was optimised" if optimized else ""
        fits = f"it {'fits' if matching.complete else 'does not fit'} {matching.network}{when}"
        parts.append("\n".join(filter(None, [fits, said(problems(matching)) if not matching.complete else ""])))
    return "\n\n".join(parts)


def _said_by(how: str, matching: Matching) -> str:
    """The evidence of a match, with the third party whose names the tensors have."""
    party = matching.third_party
    if party is None or how != "third party":
        return how
    return f"{party.name}' names" if party.name.endswith("s") else f"{party.name}'s names"


def _converted(weights: CheckpointWeights, output: Path, optimized: bool) -> str:
    matching = weights.matching
    ways = [match.how for match in matching.matches]
    words = {
        "name": "by name",
        "third party": f"by {_said_by('third party', matching)}",
        "graph": "by the graph",
        "order": "by order and shape",
        "map": "by the map",
    }
    found = ", ".join(f"{ways.count(how)} {text}" for how, text in words.items() if how in ways)
    said = f"{len(weights)} weights of {matching.network}, {', '.join(sorted(weights.dtypes))}; found {found}"
    title = f"{output}: for the optimised network, from {said}" if optimized else f"{output}: {said}"
    return "\n".join([title, *(f"  {line}" for line in left_over(weights))])


WEIGHTS_COMMANDS: Mapping[str, Callable[..., None]] = {"convert": convert_command, "show": show_command}
