"""Distances: equal rows, ties, orders of the norm, broadcasting, special values, wrong calls."""

import math

from conformance.harness.cases import Case, call, normal, ones, uniform, values, zeros

NAN, INF = math.nan, math.inf
COS, FCOS = "nn.CosineSimilarity", "nn.functional.cosine_similarity"
PAIR, FPAIR = "nn.PairwiseDistance", "nn.functional.pairwise_distance"
PDIST, CDIST, NORMALIZE = "nn.functional.pdist", "cdist", "nn.functional.normalize"

A, B = normal(4, 3), normal(4, 3)
MATRIX = "use_mm_for_euclid_dist"
DIFFERENCES = "donot_use_mm_for_euclid_dist"
EQUAL_ROWS = values([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0], [3.0, -3.0], [3.0, 4.0]])
ORDERS = (0, 0.5, 1, 1.5, 2, 2.5, 3, INF)


def of_two(target, module, **named):
    """What both functions of two tensors share."""
    made = {"init": call(**named)} if module else {}
    return [
        Case(target, "pairs", call(A, B), **made),
        Case(target, "broadcast", call(normal(4, 1, 3), normal(2, 3)), **made),
        Case(target, "three dimensions", call(normal(2, 3, 4), normal(2, 3, 4)), **made),
        Case(target, "empty batch", call(normal(0, 3), normal(0, 3)), **made),
        Case(target, "transposed", call(normal(3, 4).transposed(1, 0), B), **made),
        Case(target, "negative strides", call(A.flipped(0, 1), B), **made),
        Case(target, "one constant", call(A, B.constant()), **made),
        Case(target, "half precision", call(A.of("float16"), B.of("float16")), second=False, **made),
        Case(target, "two dtypes", call(A.of("float32"), B.of("float64")), **made),
        Case(target, "shapes that do not broadcast", call(A, normal(4, 2)), **made),
        Case(target, "not a tensor", call([1.0], B), **made),
        Case(target, "second not a tensor", call(A, 1.0), **made),
    ]


ROWS = [
    *of_two(COS, True),
    *of_two(FCOS, False),
    *(Case(COS, f"dim {d}", call(normal(2, 3, 4), normal(2, 3, 4)), init=call(d)) for d in (0, 1, 2, -1, -3)),
    Case(COS, "zeros", call(zeros(2, 3), normal(2, 3)), second=False),  # the norm has a kink there
    Case(COS, "below eps", call(values([[1e-9, 0.0], [1e-3, 1.0]]), values([[1.0, 2.0], [1e-6, 0.0]]))),
    Case(COS, "a large eps", call(A, B), init=call(1, 10.0)),
    Case(COS, "special values", call(values([[NAN, 1.0], [INF, 1.0], [1.0, 1.0]]), values([[1.0, 1.0]]))),
    Case(COS, "empty dimension", call(normal(2, 0), normal(2, 0))),
    Case(COS, "dim out of range", call(normal(3), normal(3))),
    Case(FCOS, "vectors", call(normal(3), normal(3), dim=0)),
    Case(FCOS, "0-d", call(values(2.0), values(-3.0), dim=0)),
    Case(FCOS, "negative eps", call(A, B, 1, -1.0)),
    Case(FCOS, "integers", call(ones(2, 2).of("int64"), ones(2, 2).of("int64"))),
    Case(FCOS, "dim not an int", call(A, B, 1.0)),
    Case(FCOS, "eps not a number", call(A, B, 1, "a")),
    *of_two(PAIR, True),
    *of_two(FPAIR, False),
    *(Case(PAIR, f"p {p}", call(A, B), init=call(p)) for p in (0, 0.5, 1, 3, INF, -1)),
    Case(PAIR, "equal", call(ones(2, 3), ones(2, 3))),
    Case(PAIR, "equal, without eps", call(ones(2, 3), ones(2, 3)), init=call(eps=0.0), second=False),
    Case(PAIR, "keepdim", call(A, B), init=call(keepdim=True)),
    Case(PAIR, "vectors", call(normal(3), normal(3))),
    Case(FPAIR, "0-d", call(values(1.0), values(3.0))),
    Case(FPAIR, "p not a number", call(A, B, "a")),
    Case(FPAIR, "keepdim not a bool", call(A, B, 2.0, 1e-6, "a")),
    *(Case(PDIST, f"p {p}", call(normal(5, 3), p)) for p in ORDERS),
    *(Case(PDIST, f"p {p}, equal rows and ties", call(EQUAL_ROWS, p)) for p in ORDERS),
    Case(PDIST, "default", call(A)),
    Case(PDIST, "many rows", call(normal(40, 7))),
    Case(PDIST, "one row", call(normal(1, 3))),
    Case(PDIST, "no rows", call(normal(0, 3).constant())),  # torch's own backward ends the process
    Case(PDIST, "no columns", call(normal(3, 0))),
    Case(PDIST, "transposed", call(normal(3, 4).transposed(1, 0))),
    Case(PDIST, "a vector", call(normal(3))),
    Case(PDIST, "three dimensions", call(normal(2, 2, 2))),
    Case(PDIST, "negative p", call(A, -1)),
    Case(PDIST, "p is NaN", call(A, NAN)),
    Case(PDIST, "integers", call(ones(3, 2).of("int64"))),
    Case(PDIST, "half precision", call(A.of("float16"))),
    Case(PDIST, "not a tensor", call([1.0])),
    *(Case(CDIST, f"p {p}", call(normal(5, 3), normal(4, 3), p)) for p in ORDERS),
    *(Case(CDIST, f"p {p}, equal rows and ties", call(EQUAL_ROWS, EQUAL_ROWS, p)) for p in ORDERS),
    *(Case(CDIST, f"mode {m}", call(A, B, compute_mode=m)) for m in (MATRIX, DIFFERENCES, "fast", None)),
    Case(CDIST, "many rows", call(normal(30, 3), normal(5, 3))),
    Case(CDIST, "many other rows, one constant", call(normal(5, 3), normal(30, 3).constant())),
    Case(CDIST, "many rows in a batch", call(normal(2, 30, 3), normal(5, 3))),
    Case(CDIST, "batches that broadcast", call(normal(2, 1, 5, 3), normal(3, 4, 3))),
    Case(CDIST, "batches that do not", call(normal(2, 5, 3), normal(3, 4, 3))),
    Case(CDIST, "no rows", call(normal(0, 3), B)),
    Case(CDIST, "no columns", call(normal(3, 0), normal(2, 0))),
    Case(CDIST, "empty batch", call(normal(0, 3, 2), normal(0, 4, 2))),
    Case(CDIST, "transposed", call(normal(3, 4).transposed(1, 0), B)),
    Case(CDIST, "negative strides", call(A.flipped(0, 1), B.flipped(1))),
    Case(CDIST, "a vector", call(normal(3), B)),
    Case(CDIST, "a second vector", call(A, normal(3))),
    Case(CDIST, "columns that differ", call(A, normal(4, 2))),
    Case(CDIST, "integers", call(ones(2, 2).of("int64"), ones(2, 2).of("int64"))),
    Case(CDIST, "two dtypes", call(A.of("float32"), B.of("float64"))),
    Case(CDIST, "half precision", call(A.of("float16"), B.of("float16"))),
    Case(CDIST, "negative p", call(A, B, -1)),
    Case(CDIST, "not a tensor", call([1.0], B)),
    *(Case(NORMALIZE, f"p {p}", call(uniform(4, 3, low=0.5), p)) for p in (0.5, 1, 2.0, 3, INF)),
    *(Case(NORMALIZE, f"dim {d}", call(normal(2, 3, 4), dim=d)) for d in (0, 1, 2, -1)),
    Case(NORMALIZE, "zeros", call(zeros(2, 3)), second=False),
    Case(NORMALIZE, "a large eps", call(A, eps=10.0)),
    Case(NORMALIZE, "special values", call(values([[NAN, 1.0], [INF, 1.0]]))),
    Case(NORMALIZE, "half precision", call(A.of("float16")), second=False),
    Case(NORMALIZE, "a vector", call(normal(3), dim=0)),
    Case(NORMALIZE, "dim out of range", call(normal(3))),
    Case(NORMALIZE, "out", call(A.constant(), out=zeros(4, 3).constant())),
    Case(NORMALIZE, "not a tensor", call([1.0])),
]
