"""RReLU and gumbel_softmax: drawn slopes, evaluation, special values, layouts, wrong calls."""

import math

from conformance.harness.cases import Case, call, normal, ones, values

M, F, T = "nn.RReLU", "nn.functional.rrelu", "rrelu"
G = "nn.functional.gumbel_softmax"
SPECIAL = values([[math.nan, math.inf, -math.inf, 0.0], [1.0, -0.0, -2.0, 3.0]])

ROWS = [
    Case(M, "defaults", call(normal(3, 5))),
    Case(M, "bounds", call(normal(40, 50)), init=call(0.2, 0.9)),
    Case(M, "one slope", call(normal(3, 5)), init=call(0.25, 0.25)),
    Case(M, "slopes all but one", call(normal(3, 5)), init=call(0.25, 0.25 + 1e-7)),
    Case(M, "negative slopes", call(normal(3, 5)), init=call(-0.5, -0.1)),
    Case(M, "in place", call(normal(3, 5)), init=call(0.1, 0.3, inplace=True), on_copy=True),
    Case(M, "in place, negative slopes", call(normal(3, 5)), init=call(-0.5, -0.1, True), on_copy=True),
    Case(M, "in place on a leaf", call(normal(3, 5)), init=call(0.1, 0.3, True)),
    Case(M, "0-d", call(values(-2.0))),
    Case(M, "empty", call(normal(0, 3))),
    Case(M, "special values", call(SPECIAL)),
    Case(M, "transposed input", call(normal(3, 5).transposed(1, 0))),
    Case(M, "channels last", call(normal(2, 3, 4, 5).transposed(0, 2, 3, 1))),
    Case(M, "negative strides", call(normal(3, 5).flipped(0, 1))),
    Case(M, "strided input", call(normal(3, 5).stepped())),
    Case(M, "expanded input", call(normal(1, 5).expanded(3, 5))),
    Case(M, "bounds in the wrong order", call(normal(3, 5)), init=call(0.5, 0.2)),
    Case(M, "infinite bound", call(normal(3, 5)), init=call(0.5, math.inf)),
    Case(M, "integers", call(ones(3, 5).of("int64"))),
    Case(M, "not a tensor", call([1.0, 2.0])),
    Case(F, "outside training", call(normal(3, 5))),
    Case(F, "training", call(normal(3, 5), 0.1, 0.3, True)),
    Case(F, "in place", call(normal(3, 5), 0.1, 0.3, True, True), on_copy=True),
    Case(F, "training is no bool", call(normal(3, 5), 0.1, 0.3, 1)),
    Case(T, "training", call(normal(3, 5), training=True)),
    Case(T, "bounds are no numbers", call(normal(3, 5), "a")),
    Case(G, "soft", call(normal(4, 5))),
    Case(G, "hard", call(normal(4, 5), hard=True)),
    Case(G, "cold", call(normal(4, 5), tau=0.1)),
    Case(G, "along the first dimension", call(normal(4, 5), 0.7, True, dim=0)),
    Case(G, "transposed", call(normal(4, 5).transposed(1, 0), dim=0)),
    Case(G, "one category", call(normal(3, 1), hard=True)),
    Case(G, "0-d", call(values(2.0))),
    Case(G, "empty", call(normal(3, 0))),
    Case(G, "empty, hard", call(normal(3, 0), hard=True)),
    Case(G, "eps", call(normal(3, 2), eps=1e-5)),
    Case(G, "special values", call(values([[math.nan, 1.0], [math.inf, 0.0], [-math.inf, 0.0]]))),
    Case(G, "dimension out of range", call(normal(3, 2), dim=2)),
    Case(G, "no dimension", call(normal(3, 2), dim=None)),
    Case(G, "integers", call(ones(3, 5).of("int64"))),
    Case(G, "not a tensor", call(3.0)),
]
