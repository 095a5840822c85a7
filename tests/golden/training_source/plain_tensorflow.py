"""Trains lenet by the recipe plain: `python train.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from lenet import lenet
from loop import Batch, arguments, run
from processes import ALONE, Processes, joined


class Adam(keras.optimizers.Adam):
    """Adam as in the paper: epsilon is added to the corrected root. Keras adds it before the correction."""

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        mean, square = self._momentums[index], self._velocities[index]
        rate = ops.cast(learning_rate, variable.dtype)
        step = ops.cast(self.iterations + 1, variable.dtype)
        beta_1, beta_2 = self.beta_1, self.beta_2
        self.assign(mean, beta_1 * mean + (1 - beta_1) * gradient)
        self.assign(square, beta_2 * square + (1 - beta_2) * ops.square(gradient))
        corrected = ops.sqrt(square / (1 - beta_2**step)) + self.epsilon
        self.assign_sub(variable, rate * mean / (1 - beta_1**step) / corrected)


def loss_of(output: tf.Tensor, batch: dict[str, tf.Tensor]) -> tf.Tensor:
    """The loss of a batch, a mean over its examples."""
    return ops.mean(
        keras.losses.sparse_categorical_crossentropy(
            batch["label"], output, from_logits=True
        )
    )


class Training:
    """A network in training, with all that changes from step to step."""

    suffix = ".safetensors"
    weights_suffix = ".weights.h5"

    def __init__(self, model: keras.Model, processes: Processes = ALONE) -> None:
        self.model = model
        self.processes = processes
        self.trained = model.trainable_variables
        self.optimizer = Adam(0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-08)
        self.optimizer.build(self.trained)
        self.losses = keras.Variable(0.0, dtype="float64", trainable=False)
        self.examples = 0

    def step(self, batch: Batch, rate: float, number: int, count: int) -> None:
        """Step `number` with this learning rate; `count` are the examples of all processes."""
        self.optimizer.learning_rate = rate
        self._step(tensors(batch), tf.constant(count))
        self.examples += count

    @tf.function
    def _step(self, batch: dict[str, tf.Tensor], count: tf.Tensor) -> None:
        self._apply(self._terms(batch, count), count)

    def _terms(self, batch: dict[str, tf.Tensor], count: tf.Tensor) -> list[tf.Tensor]:
        """What these of `count` examples add to the gradients and to the loss."""
        size = ops.shape(batch["image"])[0]
        with tf.GradientTape() as tape:
            loss = loss_of(self.model(batch["image"], training=True), batch)
            loss *= ops.cast(size, loss.dtype) / ops.cast(count, loss.dtype)
        return [*tape.gradient(loss, [each.value for each in self.trained]), loss]

    def _apply(self, terms: list[tf.Tensor], count: tf.Tensor) -> None:
        """Take a step by the sums of the terms of all processes."""
        *gradients, loss = self.processes.sum(terms)
        self.losses.assign_add(ops.cast(loss, "float64") * ops.cast(count, "float64"))
        self.optimizer.apply(gradients)

    def is_finite(self) -> bool:
        """Whether all weights and the loss are finite."""
        state = [*self.model.weights, self.losses]
        return all(bool(ops.all(ops.isfinite(each))) for each in state)

    def mean_loss(self) -> float:
        """The mean loss of the examples since the last call."""
        mean = float(self.losses.numpy()) / self.examples
        self.losses.assign(0.0)
        self.examples = 0
        return mean

    def evaluate(self, batches: Iterator[Batch]) -> dict[str, float]:
        """The means of the loss and of the metrics over these batches."""
        sums = dict.fromkeys(["loss", "accuracy"], 0.0)
        examples = 0
        for batch in batches:
            count = len(batch["image"])
            examples += count
            for name, value in self._scores(tensors(batch)).items():
                sums[name] += float(value) * count
        examples = sum(self.processes.gather(examples))
        return {
            name: sum(self.processes.gather(each)) / examples
            for name, each in sums.items()
        }

    @tf.function
    def _scores(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        outputs = self.model(batch["image"], training=False)
        return {
            "loss": loss_of(outputs, batch),
            "accuracy": ops.mean(
                ops.cast(ops.equal(ops.argmax(outputs, -1), batch["label"]), "float64")
            ),
        }

    def state(self, progress: dict[str, Any]) -> tuple[dict[str, np.ndarray], str]:
        """Everything that the next step depends on."""
        arrays = {name: np.asarray(each) for name, each in self._variables().items()}
        return arrays, json.dumps([progress, self.examples])

    def save(self, file: Path, state: tuple[dict[str, np.ndarray], str]) -> None:
        """Write a checkpoint."""
        arrays, progress = state
        save_file(arrays, file, {"progress": progress})

    def load(self, file: Path) -> dict[str, Any]:
        """Go back to a checkpoint, and return its progress."""
        arrays = load_file(file)
        for name, variable in self._variables().items():
            variable.assign(arrays[name])
        with safe_open(file, "numpy") as opened:
            progress, self.examples = json.loads(opened.metadata()["progress"])
        return progress

    def weights(self) -> list[np.ndarray]:
        """The network's weights."""
        return [each.numpy() for each in self.model.weights]

    def save_weights(self, file: Path, weights: list[np.ndarray]) -> None:
        """Write the network's weights."""
        with self._with(weights):
            self.model.save_weights(file)

    def _variables(self) -> dict[str, keras.Variable]:
        """All variables; those of the model include the states of random layers."""
        groups = {
            "model": self.model.variables,
            "optimizer": self.optimizer.variables,
            "losses": [self.losses],
        }
        return {
            f"{group}/{number}": each
            for group, several in groups.items()
            for number, each in enumerate(several)
        }

    @contextmanager
    def _with(self, values: list) -> Iterator[None]:
        """The model with other weights for a while."""
        own = [each.numpy() for each in self.model.weights]
        for weight, value in zip(self.model.weights, values):
            weight.assign(value)
        try:
            yield
        finally:
            for weight, value in zip(self.model.weights, own):
                weight.assign(value)


def tensors(batch: Batch) -> dict[str, tf.Tensor]:
    return {name: tf.constant(array) for name, array in batch.items()}


def main() -> None:
    options = arguments()
    if options.device == "cpu":
        tf.config.set_visible_devices([], "GPU")
    elif options.device == "cuda" and not tf.config.list_physical_devices("GPU"):
        raise SystemExit("TensorFlow finds no GPU")
    with joined() as processes:
        keras.utils.set_random_seed(0)
        model = lenet()
        model.load_weights(Path(__file__).with_name("model.weights.h5"))
        run(Training(model, processes), options.resume)


if __name__ == "__main__":
    main()
