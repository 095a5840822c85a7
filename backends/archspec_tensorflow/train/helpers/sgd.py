from __future__ import annotations

import keras
from keras import ops


class SGD(keras.optimizers.SGD):
    """SGD with a velocity of gradients, as PyTorch has it: a new learning rate holds at once. Keras's has the rate."""

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.momentums[self._get_variable_index(variable)]
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign(velocity, self.momentum * velocity + gradient)
        ahead = gradient + self.momentum * velocity
        self.assign_sub(variable, rate * (ahead if self.nesterov else velocity))
