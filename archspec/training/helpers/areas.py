import math

import numpy as np

from archspec.training.helpers.faults import DataError


def central_part(image: np.ndarray, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns in the middle of an image, which must not be smaller."""
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    if top < 0 or left < 0:
        size = " x ".join(map(str, image.shape[:2]))
        raise DataError(f"an image of {size} pixels has no part of {height} x {width}")
    return slice(top, top + height), slice(left, left + width)


def random_part(
    image: np.ndarray, height: int, width: int, generator: np.random.Generator
) -> tuple[slice, slice]:
    """The rows and columns of a random part of an image; all places are equally likely."""
    if height > image.shape[0] or width > image.shape[1]:
        size = " x ".join(map(str, image.shape[:2]))
        raise DataError(f"an image of {size} pixels has no part of {height} x {width}")
    top = int(generator.integers(image.shape[0] - height + 1))
    left = int(generator.integers(image.shape[1] - width + 1))
    return slice(top, top + height), slice(left, left + width)


def random_resized_part(
    image: np.ndarray,
    scale: tuple[float, float],
    ratio: tuple[float, float],
    generator: np.random.Generator,
) -> tuple[slice, slice]:
    """The rows and columns of a random part of an image, as Inception was trained.

    Its area is `scale` of the image's and its width `ratio` of its height. After ten
    parts that do not fit, it is the largest in the middle whose ratio is in range.
    """
    height, width = image.shape[:2]
    for _ in range(10):
        area = generator.uniform(*scale) * height * width
        aspect = math.exp(generator.uniform(math.log(ratio[0]), math.log(ratio[1])))
        rows, columns = round(math.sqrt(area / aspect)), round(math.sqrt(area * aspect))
        if 0 < rows <= height and 0 < columns <= width:
            return random_part(image, rows, columns, generator)
    aspect = min(max(width / height, ratio[0]), ratio[1])
    rows = min(height, max(1, round(width / aspect)))
    columns = min(width, max(1, round(height * aspect)))
    return central_part(image, rows, columns)


def random_rectangle(
    image: np.ndarray,
    scale: tuple[float, float],
    ratio: tuple[float, float],
    generator: np.random.Generator,
) -> tuple[slice, slice]:
    """The rows and columns of a rectangle to erase (Zhong et al. 2017).

    Its area is `scale` of the image's and its height `ratio` of its width. After ten
    rectangles that do not fit, it is empty.
    """
    height, width = image.shape[:2]
    for _ in range(10):
        area = generator.uniform(*scale) * height * width
        aspect = math.exp(generator.uniform(math.log(ratio[0]), math.log(ratio[1])))
        rows, columns = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < rows < height and 0 < columns < width:
            return random_part(image, rows, columns, generator)
    return slice(0, 0), slice(0, 0)


def box(image: np.ndarray, share: float, centre: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns of a box that leaves a `share` of an image (Yun et al. 2019).

    Its centre is a pixel, from 0 to 1 of height and width; what lies outside is cut off.
    """
    height, width = image.shape[:2]
    rows, columns = (
        int(height * math.sqrt(1 - share)),
        int(width * math.sqrt(1 - share)),
    )
    row, column = int(height * centre[0]), int(width * centre[1])
    top, left = row - rows // 2, column - columns // 2
    return (
        slice(max(top, 0), min(top + rows, height)),
        slice(max(left, 0), min(left + columns, width)),
    )
