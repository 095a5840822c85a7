"""From a recipe to a training program, and to its runs."""
