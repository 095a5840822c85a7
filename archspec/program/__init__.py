"""From graphs to what an emitted module says: definitions, statements and expressions, as Python's own trees."""
