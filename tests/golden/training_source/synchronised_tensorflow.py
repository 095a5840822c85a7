"""Trains resnet20_cifar by the recipe rich: `python train.py`."""

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

from loop import Batch, arguments, parts, run
from processes import ALONE, Processes, joined
from resnet20_cifar import resnet20_cifar

FIXED = ("bn1",)
FROZEN = ("conv1/kernel",)
PENALISED_L2 = ("linear/kernel",)


class SGD(keras.optimizers.SGD):
    """SGD with a velocity of gradients, as PyTorch has it: a new learning rate holds at once. Keras's has the rate."""

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.momentums[self._get_variable_index(variable)]
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign(velocity, self.momentum * velocity + gradient)
        ahead = gradient + self.momentum * velocity
        self.assign_sub(variable, rate * (ahead if self.nesterov else velocity))


def shares(labels: tf.Tensor, classes: int) -> tf.Tensor:
    """The share of each class in each example, from its index where it has one class."""
    return labels if labels.dtype.is_floating else ops.one_hot(labels, classes)


def loss_of(output: tf.Tensor, batch: dict[str, tf.Tensor]) -> tf.Tensor:
    """The loss of a batch, a mean over its examples."""
    return ops.mean(
        keras.losses.categorical_crossentropy(
            shares(batch["label"], 10),
            ops.cast(output, "float32"),
            from_logits=True,
            label_smoothing=0.1,
        )
    )


class Training:
    """A network in training, with all that changes from step to step."""

    suffix = ".safetensors"
    weights_suffix = ".weights.h5"

    def __init__(self, model: keras.Model, processes: Processes = ALONE) -> None:
        self.model = model
        self.processes = processes
        for layer in model.layers:
            layer.trainable = layer.name not in FIXED
        self.trained = [
            each for each in model.trainable_variables if each.path not in FROZEN
        ]
        self.optimizer = SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.0001)
        self.optimizer.exclude_from_weight_decay(
            var_list=[each for each in self.trained if not (len(each.shape) > 1)]
        )
        self.optimizer.build(self.trained)
        norms = [
            each
            for each in model.layers
            if isinstance(each, keras.layers.BatchNormalization) and each.trainable
        ]
        for norm in norms:
            norm.synchronized = processes.size > 1
        self.average = [keras.Variable(each, trainable=False) for each in model.weights]
        self.losses = keras.Variable(0.0, dtype="float64", trainable=False)
        self.examples = 0

    def step(self, batch: Batch, rate: float, number: int, count: int) -> None:
        """Step `number` with this learning rate; `count` are the examples of all processes."""
        self.optimizer.learning_rate = rate
        terms = [ops.zeros_like(each) for each in self.trained] + [ops.zeros(())]
        for part in parts(batch):
            found = self.processes.run(self._terms, tensors(part), tf.constant(count))
            terms = [term + each for term, each in zip(terms, found)]
        self._apply(terms, tf.constant(count))
        self.examples += count

    @tf.function
    def _terms(self, batch: dict[str, tf.Tensor], count: tf.Tensor) -> list[tf.Tensor]:
        """What these of `count` examples add to the gradients and to the loss."""
        size = ops.shape(batch["image"])[0]
        with tf.GradientTape() as tape:
            loss = loss_of(
                self.model(batch["image"], training=True), batch
            ) + 0.0001 * sum(
                ops.sum(ops.square(each))
                for each in self.trained
                if each.path in PENALISED_L2
            )
            loss *= ops.cast(size, loss.dtype) / ops.cast(count, loss.dtype)
        return [*tape.gradient(loss, [each.value for each in self.trained]), loss]

    @tf.function
    def _apply(self, terms: list[tf.Tensor], count: tf.Tensor) -> None:
        """Take a step by the sums of the terms of all processes."""
        *gradients, loss = self.processes.sum(terms)
        self.losses.assign_add(ops.cast(loss, "float64") * ops.cast(count, "float64"))
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        self.optimizer.apply(gradients)
        kept = 0.999 * ops.cast(self.optimizer.iterations > 1, "float64")
        for mean, weight in zip(self.average, self.model.weights):
            share = ops.cast(kept, mean.dtype)
            mean.assign(share * mean + (1 - share) * weight)

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
        sums = dict.fromkeys(["loss"], 0.0)
        examples = 0
        with self._with(self.average):
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
        """The network's weights, averaged."""
        return [each.numpy() for each in self.average]

    def save_weights(self, file: Path, weights: list[np.ndarray]) -> None:
        """Write the network's weights."""
        with self._with(weights):
            self.model.save_weights(file)

    def _variables(self) -> dict[str, keras.Variable]:
        """All variables; those of the model include the states of random layers."""
        groups = {
            "model": self.model.variables,
            "optimizer": self.optimizer.variables,
            "average": self.average,
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
        keras.config.set_dtype_policy("mixed_bfloat16")
        model = resnet20_cifar()
        model.load_weights(Path(__file__).with_name("model.weights.h5"))
        run(Training(model, processes), options.resume)


if __name__ == "__main__":
    main()
