"""Dropout: the mask of torch's random stream, rates 0 and 1, special values, wrong calls."""

import math

from conformance.harness.cases import Case, call, normal, ones, values

M, F = "nn.Dropout", "nn.functional.dropout"
SPECIAL = values([[math.nan, math.inf, -math.inf, 0.0], [1.0, -0.0, 2.0, 3.0]])

ROWS = [
    Case(M, "half", call(normal(3, 5))),
    Case(M, "a fifth", call(normal(40, 50)), init=call(0.2)),
    Case(M, "three quarters", call(normal(7)), init=call(p=0.75)),
    Case(M, "nothing dropped", call(normal(3, 5)), init=call(0.0)),
    Case(M, "all dropped", call(normal(3, 5)), init=call(1.0)),
    Case(M, "integer rate", call(normal(3, 5)), init=call(1)),
    Case(M, "in place", call(normal(3, 5)), init=call(0.5, inplace=True), on_copy=True),
    Case(M, "in place, all dropped", call(normal(3, 5)), init=call(1.0, inplace=True), on_copy=True),
    Case(M, "in place on a leaf", call(normal(3, 5)), init=call(0.5, True)),
    Case(M, "in place without gradient", call(normal(3, 5).constant()), init=call(0.5, True)),
    Case(M, "0-d", call(values(2.0))),
    Case(M, "empty", call(normal(0, 3))),
    Case(M, "special values", call(SPECIAL)),
    Case(M, "special values, all dropped", call(SPECIAL), init=call(1.0)),
    Case(M, "transposed input", call(normal(3, 5).transposed(1, 0))),
    Case(M, "negative strides", call(normal(3, 5).flipped(0, 1))),
    Case(M, "strided input", call(normal(3, 5).stepped())),
    Case(M, "rate above 1", call(normal(3, 5)), init=call(1.1)),
    Case(M, "negative rate", call(normal(3, 5)), init=call(-0.1)),
    Case(M, "not a tensor", call([1.0, 2.0])),
    Case(F, "defaults train", call(normal(3, 5))),
    Case(F, "not training", call(normal(3, 5), 0.5, False)),
    Case(F, "rate", call(normal(6, 7), p=0.3)),
    Case(F, "in place", call(normal(3, 5), 0.5, True, True), on_copy=True),
    Case(F, "in place, not training", call(normal(3, 5), 0.5, False, True), on_copy=True),
    Case(F, "rate 0", call(normal(3, 5), 0.0)),
    Case(F, "rate 1", call(normal(3, 5), 1.0)),
    Case(F, "integers", call(ones(3, 5).of("int64"), 0.5)),
    Case(F, "integers, not training", call(ones(3, 5).of("int64"), 0.5, False)),
    Case(F, "rate above 1", call(normal(3, 5), 1.5)),
    Case(F, "negative rate, not training", call(normal(3, 5), -0.5, False)),
    Case(F, "rate not a number", call(normal(3, 5), "half")),
    Case(F, "NaN as rate", call(normal(3, 5), math.nan)),
    Case(F, "not a tensor", call(3.0)),
]
