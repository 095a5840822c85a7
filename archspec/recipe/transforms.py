"""Transforms of images, and mixes of a batch.

An image is (height, width, channels) with values from 0 to 1 until it is normalised; a mask is (height, width) with the
class of each pixel. A transform that moves pixels moves those of all images and masks of an example alike.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from archspec.recipe.part import BY_TYPE, Fraction, Part

LARGEST_SIDE = 8192
"""The most pixels of a side."""

Pixels = Annotated[int, Field(ge=1, le=LARGEST_SIDE)]
Margin = Annotated[int, Field(ge=0, le=1024)]
Brightness = Annotated[float, Field(ge=0, le=1)]
ClassIndex = Annotated[int, Field(ge=0, le=65_535)]
Number = Annotated[float, Field(ge=-1e9, le=1e9)]
Deviation = Annotated[float, Field(gt=0, le=1e9)]
Sides = tuple[int, int]


def _repeated(value: object) -> object:
    """One number for both sides."""
    return (value, value) if isinstance(value, int) else value


def _all_around(value: object) -> object:
    """One number for the four margins."""
    return (value,) * 4 if isinstance(value, int) else value


def _listed(value: object) -> object:
    """One number for all channels."""
    return (value,) if isinstance(value, int | float) else value


Size = Annotated[tuple[Pixels, Pixels], Field(strict=False), BeforeValidator(_repeated)]
"""Height and width; one number is both."""

Margins = Annotated[tuple[Margin, Margin, Margin, Margin], Field(strict=False), BeforeValidator(_all_around)]
"""Pixels at the top, at the bottom, on the left and on the right; one number is all four."""


class Transform(Part):
    """A transform of one example."""

    RANDOM: ClassVar[bool] = False
    """It draws numbers, so it is for training only."""

    MOVES: ClassVar[bool] = True
    """It moves pixels, so masks move with the images."""

    def size_after(self, size: Sides | None) -> Sides | None:
        """The height and width of an image that has `size` before; None where that is not known.

        Raises:
            ValueError: the image is too small.
        """
        return size


class Resampled(Transform):
    """A transform that computes new pixels between the old ones.

    The pixel i of n covers i to i + 1 of a side of n, so a new pixel i of m has its centre at (i + 1/2) n / m.
    `nearest` takes the pixel there. The others are a weighted mean of the pixels near it: weights fall linearly to 0 at
    a distance of 1 (`bilinear`), or are Keys's cubic with a = -1/2, which ends at 2 (`bicubic`). With `antialias`,
    distances are divided by n / m where the image becomes smaller, so that each old pixel counts; without, most are
    skipped. Only pixels of the image have weight. Images of bytes stay bytes with `antialias`, as Pillow rounds them.
    Masks take the nearest pixel.

    Pillow and torchvision antialias by default, TensorFlow and Keras do not, and trained weights lose percents of
    accuracy with the other: hence both must be stated.
    """

    interpolation: Literal["nearest", "bilinear", "bicubic"]
    antialias: bool

    @model_validator(mode="after")
    def _nearest_has_none(self) -> Self:
        if self.interpolation == "nearest" and self.antialias:
            raise ValueError("the nearest pixel is no mean of pixels: `antialias` must be false with it")
        return self


class Resize(Resampled):
    """A new size: `size` itself, or the shorter side is `shorter` and the longer keeps its ratio, rounded down."""

    type: Literal["Resize"] = "Resize"
    size: Size | None = None
    shorter: Pixels | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.size is None) == (self.shorter is None):
            raise ValueError("give either `size` or `shorter`")
        return self

    def size_after(self, size: Sides | None) -> Sides | None:
        """The new size."""
        if self.shorter is None or size is None:
            return self.size
        height, width = size
        return self.shorter * height // min(size), self.shorter * width // min(size)


class CenterCrop(Transform):
    """The middle of the image: rows begin at (height - size) // 2, columns likewise."""

    type: Literal["CenterCrop"] = "CenterCrop"
    size: Size

    def size_after(self, size: Sides | None) -> Sides | None:
        """The size of the crop."""
        return _inside(self.size, size)


class Filled(Transform):
    """A transform that makes pixels outside the image.

    They are `value` in images and `mask_value` in masks (`constant`), those at the border (`edge`), or the image
    mirrored at its border pixels, which are not doubled (`reflect`).
    """

    fill: Literal["constant", "edge", "reflect"] = "constant"
    value: Brightness = 0.0
    mask_value: ClassIndex = 0


class Pad(Filled):
    """More pixels around the image; `padding` counts those at the top, at the bottom, on the left and on the right."""

    type: Literal["Pad"] = "Pad"
    padding: Margins

    def size_after(self, size: Sides | None) -> Sides | None:
        """The padded size."""
        return _padded(size, self.padding)


class RandomCrop(Filled):
    """A part of the padded image at a random place; each place, of each image, is equally likely."""

    RANDOM = True

    type: Literal["RandomCrop"] = "RandomCrop"
    size: Size
    padding: Margins = (0, 0, 0, 0)

    def size_after(self, size: Sides | None) -> Sides | None:
        """The size of the crop."""
        return _inside(self.size, _padded(size, self.padding))


class RandomResizedCrop(Resampled):
    """A random part of the image, resized to `size`, as Inception was trained (Szegedy et al. 2015, section 6).

    The part has an area of `scale` times the image's, and a width of `ratio` times its height; the former is uniform,
    the logarithm of the latter too. What does not fit is drawn again, ten times at most; then the part is the largest
    in the middle whose ratio is in range. This is torchvision's definition.
    """

    RANDOM = True

    type: Literal["RandomResizedCrop"] = "RandomResizedCrop"
    size: Size
    scale: Annotated[tuple[Fraction, Fraction], Field(strict=False)] = (0.08, 1.0)
    ratio: Annotated[tuple[Deviation, Deviation], Field(strict=False)] = (0.75, 1 / 0.75)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_range("scale", self.scale)
        _check_range("ratio", self.ratio)
        return self

    def size_after(self, size: Sides | None) -> Sides | None:
        """The new size."""
        return self.size


class RandomFlip(Transform):
    """The image mirrored left to right (`horizontal`) or upside down (`vertical`), with `probability`."""

    RANDOM = True

    type: Literal["RandomFlip"] = "RandomFlip"
    direction: Literal["horizontal", "vertical"] = "horizontal"
    probability: Fraction = 0.5


class RandomShift(Filled):
    """The image moved by whole pixels, at most `height` of its height up or down and `width` of its width sideways.

    Each shift is equally likely. The size stays, and what the image leaves is filled. Keras's `ImageDataGenerator`
    fills with `edge`, which it calls nearest, and moves by parts of pixels.
    """

    RANDOM = True

    type: Literal["RandomShift"] = "RandomShift"
    height: Annotated[float, Field(ge=0, lt=1)] = 0.0
    width: Annotated[float, Field(ge=0, lt=1)] = 0.0


class RandomErasing(Transform):
    """A random rectangle of the image replaced by `value` or by normal noise, with `probability` (Zhong et al. 2017).

    Its area is `scale` times the image's and its height `ratio` times its width; the former is uniform, the logarithm
    of the latter too. What does not fit is drawn again, ten times at most; then nothing is erased. `value` is that of
    the image where it stands: after Normalize, 0 is the mean. Masks stay.
    """

    RANDOM = True
    MOVES = False

    type: Literal["RandomErasing"] = "RandomErasing"
    probability: Fraction = 0.5
    scale: Annotated[tuple[Fraction, Fraction], Field(strict=False)] = (0.02, 0.33)
    ratio: Annotated[tuple[Deviation, Deviation], Field(strict=False)] = (0.3, 3.3)
    value: Number | Literal["noise"] = 0.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_range("scale", self.scale)
        _check_range("ratio", self.ratio)
        return self


class Normalize(Transform):
    """The values x from 0 to 1 as (a + (b - a) x - mean) / std, by channel, where `range` is [a, b].

    `range` is what black and white are in the statistics: [0, 1], or [0, 255] for a mean as 123.68.
    """

    MOVES = False

    type: Literal["Normalize"] = "Normalize"
    mean: Annotated[tuple[Number, ...], Field(strict=False, min_length=1, max_length=1024), BeforeValidator(_listed)]
    std: Annotated[tuple[Deviation, ...], Field(strict=False, min_length=1, max_length=1024), BeforeValidator(_listed)]
    range: Annotated[tuple[Number, Number], Field(strict=False)] = (0.0, 1.0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.mean) != len(self.std) and 1 not in (len(self.mean), len(self.std)):
            raise ValueError(f"`mean` has {len(self.mean)} numbers and `std` {len(self.std)}")
        if not self.range[0] < self.range[1]:
            raise ValueError("the first number of `range` must be the smaller one")
        return self


EvaluationTransform = Annotated[Resize | CenterCrop | Pad | Normalize, Field(discriminator="type"), BY_TYPE]
"""A transform without chance."""

TrainingTransform = Annotated[
    Resize | CenterCrop | Pad | Normalize | RandomCrop | RandomResizedCrop | RandomFlip | RandomShift | RandomErasing,
    Field(discriminator="type"),
    BY_TYPE,
]
"""A transform that may draw numbers. Each image of a batch, in each epoch, draws its own."""


class MixOfImages(Part):
    """A mix of the examples of a batch: example i and the next one, example j; after the last is the first.

    Each example has its own share lambda, which is from Beta(alpha, alpha). Class indices become vectors with a 1 at
    the class, and targets t are mixed as lambda t[i] + (1 - lambda) t[j]. An example is mixed with `probability`.
    """

    alpha: Annotated[float, Field(gt=0, le=100)] = 1.0
    probability: Fraction = 1.0


class Mixup(MixOfImages):
    """Images x are mixed as targets are: lambda x[i] + (1 - lambda) x[j] (Zhang et al. 2018)."""

    type: Literal["Mixup"] = "Mixup"


class Cutmix(MixOfImages):
    """A rectangle of image i becomes that of image j (Yun et al. 2019, algorithm 1).

    Its sides are sqrt(1 - lambda) of the image's, rounded down; its centre is a random pixel, and what lies outside the
    image is cut off. lambda is then the share of image i that is left, to the pixel. Masks are cut like images.
    """

    type: Literal["Cutmix"] = "Cutmix"


Mix = Annotated[Mixup | Cutmix, Field(discriminator="type"), BY_TYPE]


def _check_range(name: str, values: tuple[float, float]) -> None:
    if not 0 < values[0] <= values[1]:
        raise ValueError(f"`{name}` must be two numbers above 0, the smaller one first")


def _padded(size: Sides | None, padding: tuple[int, int, int, int]) -> Sides | None:
    top, bottom, left, right = padding
    return None if size is None else (size[0] + top + bottom, size[1] + left + right)


def _inside(size: Sides, image: Sides | None) -> Sides:
    """The size of a crop, which must fit."""
    if image is not None and (size[0] > image[0] or size[1] > image[1]):
        raise ValueError(f"an image of {image[0]} x {image[1]} pixels has no part of {size[0]} x {size[1]}")
    return size
