"""Linear and Identity: layouts, empty sizes, special values, wrong calls."""

import math

import torch

from conformance.harness.cases import Case, call, normal, ones, values, zeros

F = "nn.functional.linear"

ROWS = [
    Case("nn.Linear", "2-d batch", call(normal(4, 3)), init=call(3, 5)),
    Case("nn.Linear", "without bias", call(normal(4, 3)), init=call(3, 5, bias=False)),
    Case("nn.Linear", "one vector", call(normal(3)), init=call(3, 5)),
    Case("nn.Linear", "four dimensions", call(normal(2, 3, 4, 3)), init=call(3, 5)),
    Case("nn.Linear", "empty batch", call(normal(0, 3)), init=call(3, 5)),
    Case("nn.Linear", "empty inner dimension", call(normal(2, 0, 3)), init=call(3, 5)),
    Case("nn.Linear", "no input features", call(normal(4, 0)), init=call(0, 5)),
    Case("nn.Linear", "no output features", call(normal(4, 3)), init=call(3, 0)),
    Case("nn.Linear", "one to one", call(normal(4, 1)), init=call(1, 1)),
    Case("nn.Linear", "transposed input", call(normal(4, 3).transposed(1, 0)), init=call(3, 5)),
    Case("nn.Linear", "negative strides", call(normal(4, 3).flipped(0, 1)), init=call(3, 5)),
    Case("nn.Linear", "strided input", call(normal(2, 4, 3).stepped()), init=call(3, 5)),
    Case("nn.Linear", "expanded input", call(normal(1, 3).expanded(4, 3).constant()), init=call(3, 5)),
    Case("nn.Linear", "NaN and infinity", call(values([[1, math.nan, 2], [3, math.inf, 4.0]])), init=call(3, 2)),
    Case("nn.Linear", "double by keyword", call(ones(2, 3).of("float64")), init=call(3, 2, dtype=torch.float64)),
    Case("nn.Linear", "wrong features", call(normal(4, 2)), init=call(3, 5)),
    Case("nn.Linear", "integers", call(ones(4, 3).of("int64")), init=call(3, 5)),
    Case("nn.Linear", "0-d input", call(values(1.0)), init=call(1, 5)),
    Case("nn.Linear", "not a tensor", call([1.0, 2.0, 3.0]), init=call(3, 5)),
    Case("nn.Linear", "no input", call(), init=call(3, 5)),
    Case("nn.Linear", "negative size", call(normal(4, 3)), init=call(-3, 5)),
    Case("nn.Linear", "fractional size", call(normal(4, 3)), init=call(3.0, 5)),
    Case("nn.Linear", "missing size", call(normal(4, 3)), init=call(3)),
    Case(F, "weight and bias", call(normal(4, 3), normal(5, 3), normal(5))),
    Case(F, "bias by keyword", call(normal(4, 3), normal(5, 3), bias=normal(5))),
    Case(F, "weight of one dimension", call(normal(4, 3), normal(3))),
    Case(F, "weight and bias of one dimension", call(normal(4, 3), normal(3), values(2.0))),
    Case(F, "vector by vector", call(normal(3), normal(3))),
    Case(F, "transposed weight", call(normal(4, 3), normal(5, 3).transposed(1, 0), normal(5))),
    Case(F, "negative strides", call(normal(4, 3).flipped(1), normal(5, 3).flipped(0, 1), normal(5).flipped(0))),
    Case(F, "no rows, no bias", call(normal(0, 3), normal(5, 3))),
    Case(F, "no inner dimension", call(normal(4, 0), zeros(5, 0), normal(5))),
    Case(F, "bias of one element", call(normal(4, 3), normal(5, 3), normal(1))),
    Case(F, "bias of a row", call(normal(4, 3), normal(5, 3), normal(1, 5))),
    Case(F, "bias of a matrix", call(normal(4, 3), normal(5, 3), normal(4, 5))),
    Case(F, "bias of a column", call(normal(4, 3), normal(5, 3), normal(4, 1))),
    Case(F, "bias of no dimension", call(normal(4, 3), normal(5, 3), values(2.0))),
    Case(F, "bias of one element, three dimensions", call(normal(2, 4, 3), normal(5, 3), normal(1))),
    Case(F, "bias of too many dimensions", call(normal(4, 3), normal(5, 3), normal(1, 1, 5))),
    Case(F, "bias of the wrong size", call(normal(4, 3), normal(5, 3), normal(4))),
    Case(F, "wrong inner size", call(normal(4, 3), normal(5, 2))),
    Case(F, "dtypes differ", call(ones(4, 3).of("float32"), ones(5, 3).of("float64"))),
    Case(F, "weight of three dimensions", call(normal(4, 3), normal(2, 5, 3))),
    Case(F, "weight not a tensor", call(normal(4, 3), 3)),
    Case(F, "unknown keyword", call(normal(4, 3), normal(5, 3), scale=2)),
    Case("nn.Identity", "returns its input", call(normal(2, 3))),
    Case("nn.Identity", "ignores its arguments", call(normal(2, 3)), init=call(54, unused=True)),
    Case("nn.Identity", "any value", call(None)),
]
