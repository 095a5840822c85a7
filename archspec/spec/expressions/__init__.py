"""The expressions of the language: `$name`, `$(expression)`, and text with them inside; `$$` is a dollar.

An expression is written as in Python, of which it is a small part: `+ - * / // % **`, comparison (also chained, and
`in`), `and`/`or`/`not`, `a if c else b`, indexing, lists, texts, numbers, `true`/`false`/`null`, and the functions of
`functions.FUNCTIONS`. Nothing else is understood, and size, depth and results are bounded.
"""

from archspec.expressions.functions import FUNCTIONS
from archspec.expressions.values import NO_VALUE
from archspec.spec.expressions.passage import ExpressionError
from archspec.spec.expressions.syntax import CONSTANTS
from archspec.spec.expressions.template import Template, parse

__all__ = ["CONSTANTS", "FUNCTIONS", "NO_VALUE", "ExpressionError", "Template", "parse"]
