"""How long does a step of an emitted training take, against a loop that is written by hand for the same network?

Both have the same network and read the same batches. The pipeline is asked apart: how much of a step's time its batch
takes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

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


def torch_rows() -> Iterator[Row]:
    """Against a loop with PyTorch's optimizer."""
    import torch
    import torch.nn.functional as F

    with tempfile.TemporaryDirectory() as place:
        folder, network = Path(place), _written("torch", Path(place))
        with imported(folder, "train") as program:
            batches = [program.run.__globals__["training_batches"]()[number] for number in range(_STEPS)]
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
            yield _pipeline(program, partial(_steps, ours, batches))


def keras_rows() -> Iterator[Row]:
    """Against a loop with a `tf.function` and Keras's optimizer."""
    import keras
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as place:
        folder, network = Path(place), _written("tensorflow", Path(place))
        with imported(folder, "train") as program:
            batches = [program.run.__globals__["training_batches"]()[number] for number in range(_STEPS)]
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


def _written(backend: str, folder: Path) -> Any:
    """The live network of a program, which is written to the folder."""
    written = read_recipe(_LENET)
    network: Network = network_of(written)
    planned, found = plan(written, network), recipe_backend(backend)
    texts = sources(planned, found)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    source = next(iter(texts.values()))
    return found.load(planned.graph, source, network.weights(0), dtype="float32", device="cpu")


def _steps(training: Any, batches: list[Any]) -> None:
    for batch in batches:
        training.step(batch, 0.01)


def _pipeline(program: Any, steps: Any) -> Row:
    """The time of the batches over the time of their steps."""
    batches = program.run.__globals__["training_batches"]()

    def read() -> None:
        for number in range(_STEPS):
            batches[number]

    data, training = repeat(read, _ROUNDS), repeat(steps, _ROUNDS)
    return Row("batches of lenet, over their steps in torch", data.cpu / training.cpu, "times", 1.0)
