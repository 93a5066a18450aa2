"""Flatten and Unflatten: every range of dimensions, empty sizes, layouts, wrong calls."""

from conformance.harness.cases import Case, call, normal, values

M, U = "nn.Flatten", "nn.Unflatten"
X = normal(2, 3, 4, 5)

ROWS = [
    Case(M, "defaults", call(X)),
    Case(M, "all", call(X), init=call(0)),
    Case(M, "inner", call(X), init=call(1, 2)),
    Case(M, "outer", call(X), init=call(0, 1)),
    Case(M, "negative dimensions", call(X), init=call(-3, -2)),
    Case(M, "one dimension: nothing", call(X), init=call(2, 2)),
    Case(M, "by keyword", call(X), init=call(start_dim=2, end_dim=-1)),
    Case(M, "0-d", call(values(3.0)), init=call(0)),
    Case(M, "1-d", call(normal(4)), init=call(0)),
    Case(M, "empty batch", call(normal(0, 3, 4))),
    Case(M, "empty inner dimension", call(normal(2, 0, 4))),
    Case(M, "channels last", call(X.transposed(0, 2, 3, 1))),
    Case(M, "negative strides", call(X.flipped(0, 2))),
    Case(M, "integers", call(normal(2, 3, 4).of("int64"))),
    Case(M, "start beyond end", call(X), init=call(3, 1)),
    Case(M, "start out of range", call(X), init=call(4)),
    Case(M, "end out of range", call(X), init=call(0, 4)),
    Case(M, "default on one dimension", call(normal(4))),
    Case(M, "default on 0-d", call(values(3.0))),
    Case(M, "not a tensor", call([1, 2])),
    Case("flatten", "defaults", call(X)),
    Case("flatten", "inner", call(X, 1, 2)),
    Case("flatten", "0-d", call(values(3.0))),
    Case("flatten", "by keyword", call(X, start_dim=-2)),
    Case("flatten", "start beyond end", call(X, 2, 1)),
    Case("flatten", "fractional dimension", call(X, 1.0)),
    Case(U, "one dimension to two", call(normal(2, 12)), init=call(1, (3, 4))),
    Case(U, "list", call(normal(2, 12)), init=call(1, [2, 6])),
    Case(U, "negative dimension", call(normal(12, 2)), init=call(-2, (3, 4))),
    Case(U, "one size inferred", call(normal(2, 12)), init=call(1, (3, -1))),
    Case(U, "to ones", call(normal(2, 1)), init=call(1, (1, 1, 1))),
    Case(U, "channels last", call(normal(2, 12, 3).transposed(0, 2, 1)), init=call(1, (3, 4))),
    Case(U, "negative strides", call(normal(2, 12).flipped(1)), init=call(1, (3, 4))),
    Case(U, "sizes do not fit", call(normal(2, 12)), init=call(1, (5, 2))),
    Case(U, "two sizes to infer", call(normal(2, 12)), init=call(1, (-1, -1))),
    Case(U, "dimension out of range", call(normal(2, 12)), init=call(2, (3, 4))),
    Case(U, "sizes not a tuple", call(normal(2, 12)), init=call(1, 12)),
    Case(U, "sizes not integers", call(normal(2, 12)), init=call(1, (3, "4"))),
    Case(U, "a named dimension needs named sizes", call(normal(2, 12)), init=call("features", (3, 4))),
    Case(U, "no sizes", call(normal(2, 12)), init=call(1, ())),
]
