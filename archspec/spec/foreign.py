"""Recognises files of other programs that are given as a spec, for a message of one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from archspec.advice import Advice
from archspec.errors import Diagnostic
from archspec.spec.place import Place

Path = tuple[str | int, ...]

_PAGE = 'docs/language.md, "Files of other programs"'

_ROW = 4

TYPE_WORDS = ("type", "class_name", "class", "op_type", "op", "layer", "kind", "module")
"""Other programs' keys for the type of a layer."""

ARGUMENT_WORDS = ("params", "args", "config", "kwargs", "parameters", "attributes", "options", "arguments")
"""Other programs' keys for the attributes of a layer."""


@dataclass(frozen=True, slots=True)
class _Format:
    """A kind of file: its name, advice, and a test, which gives the path to the key that shows it."""

    what: str
    help: str
    telling: Callable[[dict[str, object]], Path | None]


def foreign(value: object, place: Place) -> Diagnostic | None:
    """The kind of another program's document; None for a spec, even a faulty one. `place` is the document's."""
    if isinstance(value, dict):
        found = None if "archspec" in value or _has_layer_types(value) else _of_another_program(value, place)
        return found or _foreign_layers(value.get("layers"), place.inside("layers"))
    return _foreign_layers(value, place)


def _of_another_program(value: dict[str, object], place: Place) -> Diagnostic | None:
    for kind in _FORMATS:
        path = kind.telling(value)
        if path is not None:
            where = place.inside(*path[:-1]).key(str(path[-1]))
            return Diagnostic("other-format", f"this is {kind.what}, and no spec of archspec", where, kind.help)
    return None


def _has_layer_types(value: dict[str, object]) -> bool:
    """Whether a list in it, or in one of its mappings, is a list of a spec's layers, under any key."""
    inside = (each for entry in value.values() if isinstance(entry, dict) for each in entry.values())
    lists = (each for each in (*value.values(), *inside) if isinstance(each, list | tuple))
    return any(isinstance(each, dict) and "layer_type" in each for layers in lists for each in layers)


def _foreign_layers(layers: object, place: Place) -> Diagnostic | None:
    """The fault of a list whose layers all have their types under another word than `layer_type`."""
    if not isinstance(layers, list | tuple) or not layers or not all(isinstance(layer, dict) for layer in layers):
        return None
    first = layers[0]
    word = next((word for word in TYPE_WORDS if isinstance(first.get(word), str)), None)
    if word is None or any("layer_type" in layer or word not in layer for layer in layers):
        return None
    where = place.inside(0).key(word)
    arguments = next((each for each in ARGUMENT_WORDS if isinstance(first.get(each), dict | list | tuple)), None)
    if arguments is not None:
        message = f"these layers are another program's: a type under `{word}`, and its attributes under `{arguments}`"
        hint = f"write both in one mapping, as {{layer_type: Dense, units: 10}}; {_PAGE}, has the words"
        return Diagnostic("other-format", message, where, hint)
    if len(layers) == 1:
        return None  # a single layer gets its own, better message
    return Diagnostic("other-format", f"the layers have their types under `{word}`", where, "write layer_type for it")


def _keras_model(value: dict[str, object]) -> Path | None:
    is_model = isinstance(value.get("class_name"), str) and isinstance(value.get("config"), dict | list)
    return ("class_name",) if is_model else None


def _ultralytics(value: dict[str, object]) -> Path | None:
    for key in ("backbone", "head"):
        rows = value.get(key)
        if isinstance(rows, list | tuple) and rows and is_row(rows[0]):
            return (key,)
    return None


def is_row(row: object) -> bool:
    """Whether this is a row `[-1, 1, Conv, [64, 3, 2]]`: the input, the repetitions, the module, its arguments."""
    return isinstance(row, list | tuple) and len(row) == _ROW and _is_name(row[2])


def _telling(first: Path, kind: type, *others: Path) -> Callable[[dict[str, object]], Path | None]:
    """A test for a document without `layers`, with a value of this type at `first` and a second value elsewhere.

    One word alone would be too common: people also call their list of layers `architecture` or `model`.
    """

    def telling(value: dict[str, object]) -> Path | None:
        right = isinstance(_at(value, first), kind) and any(_at(value, other) is not None for other in others)
        return first if right and "layers" not in value else None

    return telling


def _at(value: object, path: Path) -> object:
    """The value at a path of keys; None if there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _record(value: dict[str, object]) -> Path | None:
    return ("spec",) if isinstance(value.get("spec"), dict) and "backend" in value else None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)


_IN_CODE = (
    'it names classes of Python code and not their layers; `archspec list "*resnet*"` finds the networks of the zoo, '
    f"and {_PAGE}, says more"
)

_OPENMMLAB = "a config of OpenMMLab"
_HUGGING_FACE = "a config of Hugging Face"
_OF_TRANSFORMERS: tuple[Path, ...] = (("transformers_version",), ("torch_dtype",), ("id2label",), ("hidden_act",))
"""Further keys of Hugging Face's configs."""

_FORMATS = (
    _Format("a Keras model's JSON", f"it cannot be imported yet; {_PAGE}, says what its words are here", _keras_model),
    _Format("a model of Ultralytics", f"it cannot be imported yet; {_PAGE}, says what its rows are here", _ultralytics),
    _Format(_OPENMMLAB, _IN_CODE, _telling(("model", "type"), str, ("model", "backbone"), ("_base_",))),
    _Format(_OPENMMLAB, _IN_CODE, _telling(("type",), str, ("backbone", "type"))),
    _Format(
        "a config of Detectron2",
        _IN_CODE,
        _telling(("MODEL",), dict, ("MODEL", "META_ARCHITECTURE"), ("MODEL", "WEIGHTS"), ("_BASE_",)),
    ),
    _Format(_HUGGING_FACE, _IN_CODE, _telling(("architectures",), list, ("model_type",), *_OF_TRANSFORMERS)),
    _Format(_HUGGING_FACE, _IN_CODE, _telling(("model_type",), str, *_OF_TRANSFORMERS)),
    _Format("a config of timm", _IN_CODE, _telling(("architecture",), str, ("num_classes",), ("pretrained_cfg",))),
    _Format("the record of a network that archspec compiled", "give the spec that it was compiled from", _record),
)

_WEIGHTS = (
    "a file of weights",
    Advice.of("`archspec weights show FILE` looks into it; {weights} gives them to a network"),
)
_GRAPH = "it cannot be imported yet; a spec says the layers, as in docs/language.md"

OTHER_FILES: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        ".py": ("Python", None),
        **dict.fromkeys((".pth", ".pt", ".ckpt", ".safetensors", ".h5", ".hdf5", ".keras", ".npz"), _WEIGHTS),
        ".onnx": ("an ONNX model", _GRAPH),
        ".tflite": ("a TensorFlow Lite model", _GRAPH),
        ".pb": ("a graph of TensorFlow", _GRAPH),
        ".cfg": ("a Darknet config", _GRAPH),
        ".prototxt": ("a Caffe model", _GRAPH),
    }
)
"""Files that are no specs, by their endings: their kinds, and advice."""
