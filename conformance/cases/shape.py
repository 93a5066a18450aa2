"""Shapes, joining, splitting, gathering, masks: layouts, empty and 0-dim tensors, repeated places, wrong calls."""

import math

from conformance.harness.cases import Case, arange, call, normal, values, zeros

NAN, INF = math.nan, math.inf
X, CUBE, VECTOR, SCALAR = normal(3, 4), normal(2, 3, 4), normal(4), normal()
NONE, NO_ROWS = zeros(0), zeros(0, 4)
SPECIAL = values([[NAN, INF, -INF], [1.0, -0.0, 2.0]])
TWICE = values([0, 2, 0]).of("int64")
PLACES = values([[0, 2, 1, 0], [2, 2, 0, 1]]).of("int64")
SRC = normal(2, 4)
MASK = values([[True, False, True, True], [False] * 4, [True] * 4]).of("bool")


def ints(*numbers, dtype="int64"):
    return values(list(numbers)).of(dtype)


ROWS = [
    *[
        Case("broadcast_to", t, call(x, size))
        for t, x, size in (
            ("one more", X, (2, 3, 4)),
            ("as it is, −1", X, (2, -1, 4)),
            ("two lengths differ", X, (7, 5)),
            ("too few", X, (4,)),
            ("−1 for a dimension that is not there", X, (-1, 3, 4)),
            ("−1 for a scalar", SCALAR, (-1,)),
            ("a negative length", normal(1), (-2,)),
        )
    ],
    Case("addmm", "a tensor of more dimensions", call(normal(4, 5, 1), X, normal(4, 2))),
    Case("addmm", "two lengths differ", call(normal(4, 5), X, normal(4, 2))),
    *[
        Case("cat", t, call([a, b], d))
        for t, a, b, d in (
            ("rows", X, normal(2, 4), 0),
            ("an empty vector", NONE, X, 1),
            ("empty vectors", NONE, NONE, 0),
            ("negative strides", X.flipped(0), X.transposed(1, 0), -1),
            ("integers beside floats", X, PLACES, 0),
            ("other sizes", X, normal(3, 3), 0),
            ("other ranks", X, CUBE, 0),
            ("no such dimension", X, X, 2),
            ("scalars", SCALAR, SCALAR, 0),
            ("no rows", NO_ROWS, X, 0),
        )
    ],
    Case("cat", "nothing", call([])),
    Case("cat", "a tensor", call(X)),
    Case("cat", "no tensor", call([X, 1])),
    Case("stack", "a new last", call([X, X.flipped(1)], -1)),
    Case("stack", "other sizes", call([X, VECTOR])),
    *[Case(name, "scalars", call([SCALAR, SCALAR])) for name in ("hstack", "vstack", "dstack", "column_stack")],
    *[Case(name, "nothing", call([])) for name in ("hstack", "vstack", "dstack", "column_stack")],
    *[Case("split", str(s), call(X, s, 1)) for s in (3, 9, 0, -1, [1, 3], [1, 2], [-1, 5])],
    *[Case("tensor_split", str(s), call(X, s, 1)) for s in (3, 0, 7, [1, -1], [9, 2])],
    *[Case("chunk", str(n), call(X, n, 1)) for n in (1, 3, 9, 0)],
    *[Case(name, "a scalar", call(SCALAR, 1)) for name in ("split", "chunk", "tensor_split", "hsplit")],
    Case("unbind", "a scalar", call(SCALAR)),
    Case("block_diag", "of all ranks", call(X, VECTOR, SCALAR)),
    Case("combinations", "with replacement", call(VECTOR, 3, True)),
    Case("combinations", "more than there are", call(VECTOR, 5)),
    Case("cartesian_prod", "vectors", call(VECTOR, normal(2))),
    Case("meshgrid", "xy", call(VECTOR, normal(2), normal(3), indexing="xy")),
    Case("meshgrid", "other dtypes", call(VECTOR, ints(1, 2), indexing="ij")),
    Case("movedim", "several", call(CUBE, (0, 1), (-1, 0))),
    Case("movedim", "one twice", call(CUBE, (0, -3), (1, 0))),
    Case("rot90", "a quarter", call(CUBE, 3, (0, 2))),
    Case("rot90", "one dimension twice", call(CUBE, 1, (1, -2))),
    Case("roll", "over and over", call(CUBE, (7, -2, 1), (0, 1, 0))),
    Case("roll", "without dimensions", call(SCALAR, 2)),
    Case("flip", "one twice", call(X, (0, -2))),
    Case("tril", "no rows", call(NO_ROWS, 1)),
    Case("triu", "NaN", call(SPECIAL, 1)),
    Case("tril", "a vector", call(VECTOR)),
    *[Case("diag", str(d), call(x, d)) for x in (X, VECTOR) for d in (-1, 0, 2, 9)],
    Case("diagonal", "as a view", call(CUBE, -1, 2, 0)),
    Case("diag_embed", "a scalar", call(SCALAR)),
    Case("diagonal_scatter", "another size", call(X, normal(2))),
    Case("select_scatter", "from the end", call(X, VECTOR, 0, -1)),
    Case("slice_scatter", "every second", call(X, normal(2, 4), 0, 0, None, 2)),
    Case("repeat_interleave", "for each", call(X, ints(2, 0, 1), 0)),
    Case("repeat_interleave", "negative", call(X, ints(2, -1, 1), 0)),
    Case("repeat_interleave", "too few", call(X, ints(2, 1), 0)),
    Case("unflatten", "one to work out", call(X, 1, (2, -1))),
    Case("unflatten", "that does not fit", call(X, 1, (3, -1))),
    Case("squeeze", "several", call(normal(1, 3, 1), (0, 1, 2))),
    Case("broadcast_tensors", "that do not", call(X, normal(3))),
    Case("narrow", "from the end", call(X, 1, -3, 2)),
    Case("narrow", "too far", call(X, 1, 3, 2)),
    *[
        Case("gather", t, call(a, d, i))
        for t, a, d, i in (
            ("repeated places", X, 0, PLACES),
            ("int32", X, 1, ints([0, 3], dtype="int32")),
            ("scalar", SCALAR, 0, ints(0, 0)),
            ("special values", SPECIAL, 1, values([[2, 0, 0]]).of("int64")),
            ("out of range", X, 0, PLACES.of("int64")),
            ("negative", X, 0, ints([-1])),
            ("another rank", X, 0, TWICE),
            ("floats", X, 0, SRC),
            ("nothing", X, 0, NONE.of("int64")),
        )
    ],
    *[
        Case("scatter", t, call(a, d, i, s))
        for t, a, d, i, s in (
            ("part of src", X, 0, values([[2, 1]]).of("int64"), SRC),
            ("a number", X, 1, values([[0, 3]]).of("int64"), 2.5),
            ("scalar", SCALAR, 0, ints(0), normal(1)),
            ("out of range", X, 0, values([[3]]).of("int64"), SRC),
            ("src too small", X, 0, PLACES, normal(1, 4)),
            ("another dtype", X, 0, PLACES, PLACES),
            ("complex", X, 0, PLACES, 1j),
        )
    ],
    Case("scatter", "add", call(X.constant(), 0, PLACES, SRC.constant(), reduce="add")),
    Case("scatter", "unknown reduction", call(X.constant(), 0, PLACES, SRC.constant(), reduce="max")),
    Case("scatter", "nothing to write", call(X, 0, PLACES)),
    Case("scatter_add", "repeated places", call(X, 0, PLACES, SRC)),
    *[
        Case("scatter_reduce", f"{how}, {own}", call(X, 0, PLACES, SRC, how, include_self=own))
        for how in ("sum", "prod", "mean", "amax", "amin")
        for own in (True, False)
    ],
    Case("scatter_reduce", "ties", call(zeros(3, 4), 0, PLACES, zeros(2, 4), "amax")),
    Case("scatter_reduce", "unknown", call(X, 0, PLACES, SRC, "median")),
    Case("take_along_dim", "broadcast, from the end", call(CUBE, values([[[-1], [0], [1]]]).of("int64"), 2)),
    Case("take_along_dim", "another rank", call(X, TWICE, 0)),
    *[Case(f"index_{n}", "repeated places", call(X, 0, TWICE, normal(3, 4))) for n in ("add",)],
    Case("index_add", "alpha", call(X, 1, ints(3, 3), normal(3, 2), alpha=-2)),
    Case("index_add", "another count", call(X, 0, TWICE, normal(2, 4))),
    Case("index_add", "out of range", call(X, 0, ints(3), normal(1, 4))),
    Case("index_copy", "columns", call(X, 1, ints(3, 0), normal(3, 2))),
    Case("index_copy", "another slice", call(X, 0, ints(1), normal(1, 3))),
    Case("index_copy", "a scalar", call(SCALAR, 0, ints(0), SCALAR)),
    Case("index_fill", "from the end, repeated", call(X, 0, ints(-1, 2), SCALAR)),
    Case("index_fill", "complex", call(X, 0, ints(0), 1j)),
    Case("index_select", "repeated places", call(X, 1, ints(3, 3, 0))),
    Case("index_select", "a scalar", call(SCALAR, 0, ints(0))),
    Case("index_select", "out of range", call(X, 0, ints(3))),
    Case("index_reduce", "prod", call(X, 0, TWICE, normal(3, 4), "prod")),
    Case("take", "from the end", call(X, values([[0, -1], [11, 3]]).of("int64"))),
    Case("take", "out of range", call(X, ints(12))),
    Case("put", "added", call(X, TWICE, normal(3), True)),
    Case("put", "another count", call(X, TWICE, normal(2))),
    Case("masked_fill", "broadcast", call(X, values([[True], [False], [True]]).of("bool"), -INF)),
    Case("masked_fill", "NaN is not spread", call(SPECIAL, values([[True, True, False]]).of("bool"), 0.0)),
    Case("masked_fill", "a vector of values", call(X, MASK, VECTOR)),
    Case("masked_fill", "no mask", call(X, X, 1.0)),
    Case("masked_select", "broadcast", call(VECTOR, MASK)),
    Case("masked_select", "bytes", call(X, values([[1, 0, 1, 1]]).of("uint8"))),
    Case("masked_scatter", "in order", call(X, MASK, arange(8))),
    Case("masked_scatter", "too few", call(X, MASK, arange(3))),
    Case("nonzero", "NaN and −0", call(SPECIAL.constant())),
    Case("argwhere", "a scalar", call(SCALAR.constant())),
]
