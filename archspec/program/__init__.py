"""From graphs to emitted modules: definitions, statements and expressions as Python's syntax trees."""
