"""How fast the compiler is, and what it makes: `python -m benchmarks`, or some questions, `python -m benchmarks chain`.

Each file answers one question. docs/benchmarks.md has the answers, and says what is compared with what.
"""
