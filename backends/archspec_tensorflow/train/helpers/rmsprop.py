from __future__ import annotations

import keras
from keras import ops


class RMSprop(keras.optimizers.RMSprop):
    """RMSprop whose velocity is free of the learning rate: a new rate holds at once. Keras's velocity has the rate."""

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        square, velocity = self._velocities[index], self._momentums[index]
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign(square, self.rho * square + (1 - self.rho) * ops.square(gradient))
        scaled = gradient / ops.sqrt(square + self.epsilon)
        self.assign(velocity, self.momentum * velocity + scaled)
        self.assign_sub(variable, rate * velocity)
