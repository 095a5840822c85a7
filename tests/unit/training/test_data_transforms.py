"""What transforms in a recipe do to the examples, images and masks together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.unit.training.programs import Load, batches_of, write_arrays, write_images

IMAGES = np.random.default_rng(0).random((12, 16, 18, 1), np.float32)

MOVING: list[Any] = [
    "RandomFlip",
    {"type": "RandomFlip", "direction": "vertical"},
    {"type": "RandomCrop", "size": [12, 14], "padding": 3},
    {"type": "RandomShift", "height": 0.3, "width": 0.3},
    {"type": "RandomShift", "height": 0.3, "width": 0.3, "fill": "edge"},
    {"type": "RandomShift", "height": 0.3, "width": 0.3, "fill": "reflect"},
    {"type": "Pad", "padding": [1, 2, 3, 4]},
    {"type": "Pad", "padding": 2, "fill": "edge"},
    {"type": "Pad", "padding": 2, "fill": "reflect"},
    {"type": "CenterCrop", "size": [9, 10]},
    {"type": "Resize", "size": [9, 25], "interpolation": "nearest", "antialias": False},
    {"type": "Resize", "shorter": 9, "interpolation": "nearest", "antialias": False},
    {"type": "RandomResizedCrop", "size": [12, 14], "interpolation": "nearest", "antialias": False},
]


@pytest.mark.parametrize("transform", MOVING)
def test_a_mask_moves_with_its_image(load: Load, tmp_path: Path, transform: Any) -> None:
    """The mask is the image in other numbers, and is so after the transform too."""
    masks = np.rint(IMAGES[..., 0] * 1000).astype(int)
    source = write_arrays(tmp_path / "a.npz", image=masks[..., None] / 1000, mask=masks)
    data = {"source": source, "transforms": {"training": [transform]}}
    batches = batches_of(load(data, batch_size=12), 3)
    for batch in batches:
        np.testing.assert_array_equal(np.rint(batch["image"][..., 0] * 1000).astype(int), batch["mask"])
    if isinstance(transform, str) or transform["type"].startswith("Random"):
        assert len({batch["mask"][np.argsort(batch["mask"].sum((1, 2)))].tobytes() for batch in batches}) == 3


def test_masks_have_their_own_value_outside(load: Load, tmp_path: Path) -> None:
    source = write_arrays(tmp_path / "a.npz", image=IMAGES, mask=np.zeros(IMAGES.shape[:3], int))
    transforms = {"training": [{"type": "Pad", "padding": 2, "value": 0.5, "mask_value": 255}]}
    batch = load({"source": source, "transforms": transforms}).training_batch(0)
    assert (batch["mask"][:, 0] == 255).all()
    assert (batch["image"][:, 0] == 0.5).all()


def _one(load: Load, image: NDArray[Any], *transforms: Any) -> NDArray[np.float32]:
    """An image after transforms in evaluation; one of bytes is from a folder."""
    folder = Path(load({"source": "mnist"}).__file__ or "").parent
    if image.dtype == np.uint8:
        (folder / "images" / "cat").mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / "images" / "cat" / "0.png")
        source: dict[str, Any] = {"type": "Folder", "path": str(folder / "images")}
    else:
        source = write_arrays(folder / "a.npz", image=image[None], label=np.zeros(1, int))
    data = {"source": source, "validation": source, "transforms": {"evaluation": list(transforms)}}
    batch = load(data, ["cat"]).validation_batches()[0]
    found: NDArray[np.float32] = batch["image"][0]
    assert found.dtype == np.float32
    return found


BYTES = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)


def test_images_are_from_0_to_1_before_they_are_normalised(load: Load) -> None:
    np.testing.assert_array_equal(_one(load, BYTES), BYTES.astype(np.float32) / 255)


def test_normalising_is_the_formula_with_statistics_of_either_range(load: Load) -> None:
    mean, std = np.array([123.68, 116.78, 103.94]), np.array([58.4, 57.1, 57.4])
    expected = (BYTES.astype(float) - mean) / std
    large = {"type": "Normalize", "mean": mean.tolist(), "std": std.tolist(), "range": [0, 255]}
    small = {"type": "Normalize", "mean": (mean / 255).tolist(), "std": (std / 255).tolist()}
    shifted = {
        "type": "Normalize",
        "mean": (mean / 127.5 - 1).tolist(),
        "std": (std / 127.5).tolist(),
        "range": [-1, 1],
    }
    for transform in (large, small, shifted):
        np.testing.assert_allclose(_one(load, BYTES, transform), expected, atol=2e-6)
    one = {"type": "Normalize", "mean": 0.5, "std": 0.25}
    np.testing.assert_allclose(_one(load, BYTES, one), (BYTES / 255.0 - 0.5) / 0.25, atol=1e-6)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_images_of_bytes_are_resized_by_pillow_with_antialiasing(load: Load, interpolation: str) -> None:
    expected = Image.fromarray(BYTES).resize((9, 7), Image.Resampling[interpolation.upper()])
    resize = {"type": "Resize", "size": [7, 9], "interpolation": interpolation, "antialias": True}
    np.testing.assert_array_equal(_one(load, BYTES, resize), np.asarray(expected, np.float32) / 255)


def test_images_of_bytes_are_padded_with_a_value_from_0_to_1(load: Load) -> None:
    padded = _one(load, BYTES, {"type": "Pad", "padding": 1, "value": 1.0})
    assert (padded[0] == 1).all()
    np.testing.assert_array_equal(padded[1:-1, 1:-1], _one(load, BYTES))


def test_transforms_are_in_the_order_of_the_recipe(load: Load) -> None:
    normalize = {"type": "Normalize", "mean": 0.5, "std": 0.25}
    pad = {"type": "Pad", "padding": 1}
    floats = BYTES.astype(np.float32) / 255
    assert _one(load, floats, pad, normalize)[0, 0, 0] == -2
    assert _one(load, floats, normalize, pad)[0, 0, 0] == 0


def test_an_image_is_erased_in_one_rectangle_and_only_sometimes(load: Load, tmp_path: Path) -> None:
    source = write_arrays(tmp_path / "a.npz", image=IMAGES + 1, label=np.zeros(12, int))
    erase = {"type": "RandomErasing", "probability": 0.5, "value": -1.0}
    erased = 0
    for batch in batches_of(load({"source": source, "transforms": {"training": [erase]}}), 10):
        for image in batch["image"][..., 0]:
            rows, columns = np.any(image == -1, axis=1), np.any(image == -1, axis=0)
            assert ((image == -1) == rows[:, None] * columns).all()
            share = (image == -1).mean()
            assert share == 0 or 0.01 < share < 0.35
            erased += share > 0
    assert 40 < erased < 80


def test_flips_are_as_often_as_the_recipe_says(load: Load, tmp_path: Path) -> None:
    source = write_arrays(tmp_path / "a.npz", image=IMAGES, label=np.arange(12) % 10, values=np.arange(12))
    flip = {"type": "RandomFlip", "probability": 0.25}
    flipped = 0
    for batch in batches_of(load({"source": source, "transforms": {"training": [flip]}}), 25):
        for image, number in zip(batch["image"], batch["values"].astype(int), strict=True):
            original = IMAGES[number]
            assert (image == original).all() or (image == original[:, ::-1]).all()
            flipped += not (image == original).all()
    assert 50 < flipped < 100


def _numbers(load: Load, path: Path, mix: Any, **others: Any) -> list[dict[str, Any]]:
    """Batches of examples with a shade of their own, whose class and value are their number."""
    images = np.broadcast_to(np.arange(10)[:, None, None, None] / 10, (10, 8, 6, 2))
    masks = np.broadcast_to(np.arange(10)[:, None, None], (10, 8, 6))
    arrays = {"image": images, "label": np.arange(10), "labels": np.eye(10), "values": np.arange(10)[:, None]}
    arrays |= {"mask": masks} if "Cutmix" in str(mix) else {}
    data = {"source": write_arrays(path, **arrays), "mix": mix}
    return list(batches_of(load(data, batch_size=5, **others), 3))


def test_mixup_mixes_images_and_targets_by_a_share_of_each_image(load: Load, tmp_path: Path) -> None:
    shares = []
    for batch in _numbers(load, tmp_path / "a.npz", "Mixup"):
        assert batch["label"].shape == (5, 10)
        np.testing.assert_allclose(batch["label"].sum(1), 1, rtol=1e-6)
        assert all(np.count_nonzero(label) <= 2 for label in batch["label"])
        shade = batch["label"] @ np.arange(10) / 10
        np.testing.assert_allclose(batch["image"], np.broadcast_to(shade[:, None, None, None], (5, 8, 6, 2)), atol=1e-6)
        np.testing.assert_allclose(batch["labels"], batch["label"], atol=1e-6)
        np.testing.assert_allclose(batch["values"][:, 0], 10 * shade, atol=1e-5)
        mixed = [label for label in batch["label"] if np.count_nonzero(label) == 2]
        shares += [float(label.max()) for label in mixed]
    assert len(shares) == len(set(shares)) > 10


@pytest.mark.parametrize("kind", ["Mixup", "Cutmix"])
def test_the_partner_of_an_example_is_the_next_of_the_batch(load: Load, tmp_path: Path, kind: str) -> None:
    mixed, plain = (_numbers(load, tmp_path / f"{mix}.npz", mix) for mix in (kind, None))
    for batch, before in zip(mixed, plain, strict=True):
        for label, own, partner in zip(batch["label"], before["label"], np.roll(before["label"], -1), strict=True):
            assert set(np.flatnonzero(label)) <= {own, partner}


def test_cutmix_gives_each_image_a_box_of_another_and_its_share(load: Load, tmp_path: Path) -> None:
    cut = 0
    for batch in _numbers(load, tmp_path / "a.npz", "Cutmix"):
        for image, mask, label, value in zip(
            batch["image"], batch["mask"], batch["label"], batch["values"], strict=True
        ):
            np.testing.assert_allclose(image, np.repeat(mask[..., None], 2, axis=2) / 10, atol=1e-6)
            found, counts = np.unique(mask, return_counts=True)
            np.testing.assert_allclose(label[found], counts / 48, atol=1e-6)
            assert len(found) <= 2
            np.testing.assert_allclose(value, label @ np.arange(10), atol=1e-5)
            if len(found) == 2:
                box = mask == found[counts.argmin()]
                rows, columns = box.any(1), box.any(0)
                whole = (box == rows[:, None] * columns).all()
                assert whole or (~box == (~box).any(1)[:, None] * (~box).any(0)).all()
                cut += 1
    assert cut > 10


@pytest.mark.parametrize("kind", ["Mixup", "Cutmix"])
def test_a_share_of_the_examples_is_mixed(load: Load, tmp_path: Path, kind: str) -> None:
    data = {"source": write_images(tmp_path / "i", {"a": 5, "b": 5}), "mix": {"type": kind, "probability": 0.5}}
    batches = batches_of(load(data, ["a", "b"], batch_size=5), 16)
    mixed = [[not np.isin(label, (0, 1)).all() for label in batch["label"]] for batch in batches]
    # Half of 160 examples, of which 5 in 9 have a partner of the other class.
    assert 25 < sum(map(sum, mixed)) < 65
    assert any(0 < sum(each) < 4 for each in mixed)
    assert all(batch["label"].shape == (5, 2) for batch in batches)
