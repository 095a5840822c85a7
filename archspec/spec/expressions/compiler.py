"""Syntax trees to closures; syntax outside of the language is refused before anything is computed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

from archspec.expressions.functions import FUNCTIONS
from archspec.expressions.names import INPUT_WORDS, Names
from archspec.expressions.values import (
    ARITHMETIC,
    COMPARISONS,
    DEEPEST,
    NO_VALUE,
    UNARY,
    OperationError,
    Operator,
    bounded,
    element,
    kind,
    sized,
)
from archspec.spec.expressions.passage import ExpressionError, Passage, Region
from archspec.spec.expressions.syntax import CONSTANTS, Syntax, absence
from archspec.spec.suggest import did_you_mean

Evaluator = Callable[[Mapping[str, object]], object]

MOST_NODES = 200

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Compiler:
    """Compiles the expressions of one passage, and collects the names that they read."""

    def __init__(self, passage: Passage) -> None:
        self.names: set[str] = set()
        self._passage = passage
        self._nodes = 0

    def name(self, region: Region) -> Evaluator:
        """The evaluator of the name at this place."""
        start, end = region
        word = self._passage.text[start:end]
        if word in CONSTANTS:
            constant = CONSTANTS[word]
            return lambda env: constant
        self.names.add(word)

        def read(env: Mapping[str, object]) -> object:
            try:
                value = env[word]
            except KeyError:
                raise self._unknown(word, region, env) from None
            if value is NO_VALUE:
                raise ExpressionError(None)
            return value

        return read

    def expression(self, start: int, end: int) -> tuple[Evaluator, ast.expr]:
        """The evaluator of the expression at this place, and its tree; raises ExpressionError for other text."""
        syntax = Syntax(self._passage, start, end)
        evaluator = _Walk(self, self._passage, syntax).compile(syntax.root, 0)
        return evaluator, syntax.tree

    def count(self, region: Region) -> None:
        """Count a node of syntax; raises ExpressionError if there are too many."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._passage.error(region, "bad-expression", f"an expression has at most {MOST_NODES} parts")

    def _unknown(self, word: str, region: Region, env: Mapping[str, object]) -> ExpressionError:
        if word in FUNCTIONS:
            hint: str | None = f"{word} is a function: {FUNCTIONS[word].signature}"
        elif word == "i":
            hint = "`i` is the index of `repeat`, and this does not stand in one"
        else:
            of_input = INPUT_WORDS if isinstance(env, Names) else ()
            hint = did_you_mean(word, [*env, *FUNCTIONS, *of_input])
        return self._passage.error(region, "unknown-name", f'unknown name "{word}"', hint)


class _Walk:
    """Compiles the tree of one expression."""

    def __init__(self, compiler: Compiler, passage: Passage, syntax: Syntax) -> None:
        self._compiler = compiler
        self._passage = passage
        self._region = syntax.region

    def compile(self, node: ast.expr, depth: int) -> Evaluator:
        region = self._region(node)
        self._compiler.count(region)
        if depth > DEEPEST:
            raise self._passage.error(region, "bad-expression", f"expressions nest at most {DEEPEST} deep")
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                return self._name(node)
            case ast.Call():
                return self._call(node, region, depth)
            case ast.Compare():
                return self._compare(node, depth)
            case ast.BoolOp():
                return self._choose(node, depth)
            case ast.IfExp():
                return self._condition(node, depth)
        return self._operation(node, region, depth)

    def _operation(self, node: ast.expr, region: Region, depth: int) -> Evaluator:
        """The evaluator of an operation that computes all its operands."""
        match node:
            case ast.BinOp() if type(node.op) in ARITHMETIC:
                return self._binary(ARITHMETIC[type(node.op)], (node.left, node.right), region, depth)
            case ast.Subscript() if not isinstance(node.slice, (ast.Slice, ast.Tuple)):
                return self._binary(element, (node.value, node.slice), region, depth)
            case ast.UnaryOp() if type(node.op) in UNARY:
                return self._guard(UNARY[type(node.op)], (node.operand,), region, depth)
            case ast.List():
                return self._guard(lambda *elements: sized(list(elements)), node.elts, region, depth)
        raise self._refuse(node.slice if isinstance(node, ast.Subscript) else node)

    def _refuse(self, node: ast.expr) -> ExpressionError:
        message, hint = absence(node)
        if isinstance(node, (ast.BinOp, ast.UnaryOp)):
            message = "this operator is not part of the language"
        return self._passage.error(self._region(node), "bad-expression", message, hint)

    def _constant(self, node: ast.Constant) -> Evaluator:
        value: object = node.value
        region = self._region(node)
        try:
            if isinstance(value, (int, float)):
                bounded(value)
            elif isinstance(value, str):
                value.encode()
            elif value is not None:
                raise OperationError(f"{kind(value)} is not part of the language")
        except OperationError as fault:
            raise self._passage.error(region, "bad-expression", fault.message) from None
        except UnicodeEncodeError:
            raise self._passage.error(region, "bad-expression", "the text is no valid Unicode") from None
        return lambda env: value

    def _name(self, node: ast.Name) -> Evaluator:
        region = self._region(node)
        if not _NAME.fullmatch(self._passage.text[region[0] : region[1]]):
            raise self._passage.error(region, "bad-expression", "a name has only the letters a to z, digits and _")
        return self._compiler.name(region)

    def _binary(self, operate: Operator, nodes: Sequence[ast.expr], whole: Region, depth: int) -> Evaluator:
        left, right = (self.compile(node, depth + 1) for node in nodes)
        parts = [self._region(node) for node in nodes]

        def evaluate(env: Mapping[str, object]) -> object:
            try:
                return operate(left(env), right(env))
            except OperationError as fault:
                raise self._fail(fault, whole, parts) from None

        return evaluate

    def _guard(
        self, function: Callable[..., object], nodes: Sequence[ast.expr], whole: Region, depth: int
    ) -> Evaluator:
        """The function of the operands' values; a fault points at the faulty operand."""
        operands = [self.compile(node, depth + 1) for node in nodes]
        parts = [self._region(node) for node in nodes]

        def evaluate(env: Mapping[str, object]) -> object:
            try:
                return function(*[operand(env) for operand in operands])
            except OperationError as fault:
                raise self._fail(fault, whole, parts) from None

        return evaluate

    def _call(self, node: ast.Call, region: Region, depth: int) -> Evaluator:
        if not isinstance(node.func, ast.Name):
            raise self._passage.error(self._region(node.func), "bad-expression", "only a function's name can be called")
        name = node.func.id
        if name not in FUNCTIONS:
            hint = did_you_mean(name, FUNCTIONS) or f"the functions are {', '.join(FUNCTIONS)}"
            raise self._passage.error(self._region(node.func), "unknown-function", f'unknown function "{name}"', hint)
        function = FUNCTIONS[name]
        if node.keywords:
            keyword = self._region(node.keywords[0])
            hint = f"write {function.signature}"
            raise self._passage.error(keyword, "bad-expression", "arguments have no names here", hint)
        if not function.least <= len(node.args) <= (function.most or len(node.args)):
            message = f"{name} does not take {len(node.args)} arguments"
            raise self._passage.error(region, "bad-expression", message, f"write {function.signature}")
        return self._guard(function.call, node.args, region, depth)

    def _compare(self, node: ast.Compare, depth: int) -> Evaluator:
        steps = []
        left = node.left
        first = self.compile(left, depth + 1)
        for symbol, right in zip(node.ops, node.comparators, strict=True):
            parts = [self._region(left), self._region(right)]
            if type(symbol) not in COMPARISONS:
                region = (parts[0][0], parts[1][1])
                raise self._passage.error(region, "bad-expression", '"is" is not part of the language', 'write "=="')
            steps.append((COMPARISONS[type(symbol)], self.compile(right, depth + 1), parts))
            left = right

        def evaluate(env: Mapping[str, object]) -> object:
            value = first(env)
            for operate, operand, parts in steps:
                following = operand(env)
                try:
                    if not operate(value, following):
                        return False
                except OperationError as fault:
                    raise self._fail(fault, (parts[0][0], parts[1][1]), parts) from None
                value = following
            return True

        return evaluate

    def _choose(self, node: ast.BoolOp, depth: int) -> Evaluator:
        """`and` and `or`, whose value is the operand that decides, as in Python."""
        *others, last = (self.compile(value, depth + 1) for value in node.values)
        deciding = isinstance(node.op, ast.Or)

        def evaluate(env: Mapping[str, object]) -> object:
            for operand in others:
                value = operand(env)
                if bool(value) is deciding:
                    return value
            return last(env)

        return evaluate

    def _condition(self, node: ast.IfExp, depth: int) -> Evaluator:
        test, then, otherwise = (self.compile(part, depth + 1) for part in (node.test, node.body, node.orelse))
        return lambda env: then(env) if test(env) else otherwise(env)

    def _fail(self, fault: OperationError, whole: Region, parts: Sequence[Region]) -> ExpressionError:
        region = whole if fault.operand is None else parts[fault.operand]
        hint = did_you_mean(*fault.unknown) if fault.unknown else fault.hint
        return self._passage.error(region, "expression-failed", fault.message, hint)
