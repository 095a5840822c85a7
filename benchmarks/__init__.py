"""How fast the compiler and what it makes are: `python -m benchmarks`, or one part, `python -m benchmarks torch`."""
