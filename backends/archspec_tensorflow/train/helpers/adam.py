from __future__ import annotations

import keras
from keras import ops


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
