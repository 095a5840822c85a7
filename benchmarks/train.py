"""How long does a step of an emitted training take, against a loop that is written by hand for the same network?

Both have the same network and read the same batches. The pipeline is asked apart: how much of a step's time its batch
takes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from archspec.network import Network
from archspec.training.planning import network_of, plan
from archspec.training.program import imported, recipe_backend, sources
from archspec.training.reading import read_recipe
from benchmarks.measure import Row, compare, repeat

_STEPS = 20
_ROUNDS = 7
_MOST = 1.05

_LENET: Mapping[str, Any] = {
    "recipe": 1,
    "network": "lenet",
    "data": {"source": "mnist", "validation": 0.2},
    "loss": "CrossEntropy",
    "optimizer": {"type": "SGD", "learning_rate": 0.01, "momentum": 0.9},
    "batch_size": 64,
}


_PHOTOGRAPHS = 64
_PHOTOGRAPH = (375, 500, 3)
"""Height, width and channels of a usual photograph of ImageNet."""


def _resnet18(images: Path) -> Mapping[str, Any]:
    """The usual training of ResNet-18 on a folder of photographs."""
    augment = {"type": "RandomResizedCrop", "size": 224, "interpolation": "bilinear", "antialias": True}
    normalize = {"type": "Normalize", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    return {
        "recipe": 1,
        "network": {"spec": "resnet18", "params": {"classes": 2}},
        "data": {
            "source": {"type": "Folder", "path": str(images)},
            "transforms": {"training": [augment, "RandomFlip", normalize]},
        },
        "loss": "CrossEntropy",
        "optimizer": {"type": "SGD", "learning_rate": 0.01, "momentum": 0.9},
        "batch_size": 8,
    }


def pipeline_rows() -> Iterator[Row]:
    """The time of batches over that of their steps: photographs in JPEG for ResNet-18 at 224 x 224."""
    with tempfile.TemporaryDirectory() as place:
        images, folder = Path(place) / "images", Path(place) / "run"
        _write_photographs(images)
        folder.mkdir()
        network = _written("torch", folder, _resnet18(images))
        with imported(folder, "train") as program:
            batches = [*map(_reads(program), range(4))]
            yield _pipeline("resnet18", program, partial(_steps, program.Training(network), batches), len(batches))


def _write_photographs(folder: Path) -> None:
    """Write images with the gradients and the noise of photographs, for two classes."""
    generator = np.random.default_rng(0)
    for number in range(_PHOTOGRAPHS):
        coarse = Image.fromarray(generator.integers(0, 256, (12, 16, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize(_PHOTOGRAPH[1::-1], Image.Resampling.BICUBIC), np.int16)
        pixels = np.clip(smooth + generator.normal(0, 8, _PHOTOGRAPH), 0, 255).astype(np.uint8)
        file = folder / str(number % 2) / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file, quality=90)


def torch_rows() -> Iterator[Row]:
    """Against a loop with PyTorch's optimizer."""
    import torch
    import torch.nn.functional as F

    with tempfile.TemporaryDirectory() as place:
        folder, network = Path(place), _written("torch", Path(place))
        with imported(folder, "train") as program:
            batches = [*map(_reads(program), range(_STEPS))]
            ours = program.Training(network)
            model = type(network)()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

            def theirs() -> None:
                model.train()
                for batch in batches:
                    images = torch.from_numpy(batch["image"]).permute(0, 3, 1, 2).contiguous()
                    loss = F.cross_entropy(model(images), torch.from_numpy(batch["label"]))
                    optimizer.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()

            yield compare("torch lenet", partial(_steps, ours, batches), theirs, target=_MOST, rounds=_ROUNDS)
            yield _pipeline("lenet", program, partial(_steps, ours, batches), _STEPS)


def keras_rows() -> Iterator[Row]:
    """Against a loop with a `tf.function` and Keras's optimizer."""
    import keras
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as place:
        folder, network = Path(place), _written("tensorflow", Path(place))
        with imported(folder, "train") as program:
            batches = [*map(_reads(program), range(_STEPS))]
            ours = program.Training(network)
            model = keras.models.clone_model(network)
            optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
            loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

            @tf.function  # type: ignore[untyped-decorator]
            def step(images: Any, labels: Any) -> None:
                with tf.GradientTape() as tape:
                    loss = loss_of(labels, model(images, training=True))
                optimizer.apply_gradients(
                    zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
                )

            def theirs() -> None:
                for batch in batches:
                    step(tf.constant(batch["image"]), tf.constant(batch["label"]))

            yield compare("keras lenet", partial(_steps, ours, batches), theirs, target=_MOST, rounds=_ROUNDS)


def _written(backend: str, folder: Path, recipe: Mapping[str, Any] = _LENET) -> Any:
    """The live network of a program, which is written to the folder."""
    written = read_recipe(recipe)
    network: Network = network_of(written)
    planned, found = plan(written, network), recipe_backend(backend)
    texts = sources(planned, found)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    source = next(iter(texts.values()))
    return found.load(planned.graph, source, network.weights(0), dtype="float32", device="cpu")


def _reads(program: Any) -> Callable[[int], Any]:
    """The program's function that reads the batch of a step."""
    found: Callable[[int], Any] = program.run.__globals__["training_batch"]
    return found


def _steps(training: Any, batches: list[Any]) -> None:
    for number, batch in enumerate(batches):
        training.step(batch, 0.01, number, len(batch["image"]))


def _pipeline(network: str, program: Any, steps: Any, number_of_steps: int) -> Row:
    """The processor time of the batches over that of their steps."""
    data = repeat(lambda: [*map(_reads(program), range(number_of_steps))], _ROUNDS)
    training = repeat(steps, _ROUNDS)
    return Row(f"batches of {network}, over their steps in torch", data.cpu / training.cpu, "times", 1.0)
