import numpy as np

from archspec.training.helpers.areas import box


def mixed(values: np.ndarray, order: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The values of the first rows, each mixed with that of the row in `order`: it keeps its `share`.

    Both shares of an example are rounded so that their sum is exactly 1.
    """
    others = 1 - share.astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    return (1 - others) * values[: len(order)] + others * values[order]


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Vectors with a 1 at the class."""
    vectors = np.zeros((len(labels), classes), np.float32)
    vectors[np.arange(len(labels)), labels] = 1
    return vectors


def exchange_boxes(
    batch: dict[str, np.ndarray],
    names: list[str],
    order: np.ndarray,
    share: np.ndarray,
    centres: np.ndarray,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Put a box of the row in `order` over each of the first rows, and return the shares that are left.

    The box is at the same place in all fields of these names. Its centre is from 0 to 1, of height and width.
    """
    cut = {name: batch[name].copy() for name in names}
    left = np.ones(len(order))
    for index, other in enumerate(order):
        first = batch[names[0]][index]
        area = box(first, share[index], centres[index])
        for name, values in cut.items():
            values[index][area] = batch[name][other][area]
        left[index] -= first[area].size / first.size
    return {**batch, **cut}, left
