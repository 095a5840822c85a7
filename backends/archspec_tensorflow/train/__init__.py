"""Training programs for TensorFlow."""
