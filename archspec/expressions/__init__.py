"""The expressions of the language: what their operators and functions do, and their trees as data.

A tree is made of Python's own nodes of `ast`. It has constants, lists, tuples and mappings, names, operators,
comparisons, `and`/`or`/`not`, `a if c else b`, elements (`a[b]`), calls of the functions of `functions.FUNCTIONS`, and
texts with expressions inside (`JoinedStr`). An attribute, as `block.expansion`, is one name with a dot in it. Trees are
never changed, so they may share parts.
"""

from archspec.expressions.evaluation import NoValue, evaluate, evaluate_each
from archspec.expressions.simplify import simplify, substitute
from archspec.expressions.tree import NOT_CONSTANT, column, column_of, constant, name, names_of, rows_in, same, value_of

__all__ = [
    "NOT_CONSTANT",
    "NoValue",
    "column",
    "column_of",
    "constant",
    "evaluate",
    "evaluate_each",
    "name",
    "names_of",
    "rows_in",
    "same",
    "simplify",
    "substitute",
    "value_of",
]
