"""Reductions, order, running sums, quantiles: ties, NaN, infinities, nothing, scalars, layouts, wrong calls."""

import math

import torch

from conformance.harness.cases import Case, call, classes, normal, steps, uniform, values, zeros
from refnn.testing.conformance.compare import Tolerance

NAN, INF = math.nan, math.inf
X, TIED = normal(3, 4), steps(3, 4, of=3)
SPECIAL = values([[1.0, NAN, -INF], [INF, 2.0, NAN], [0.0, -0.0, 0.0]])
SCALAR, NOTHING, NO_ROWS = uniform(), zeros(0), zeros(2, 0, 3)
COUNTS = classes(6, of=4)
WHOLE = values([[3, 1, 2], [1, 1, 5]]).of("int64")
BOOLS = values([[True, False], [True, True]]).of("bool")

FULL = ("sum", "mean", "prod", "max", "min", "amax", "amin", "argmax", "argmin", "any", "all", "median", "nanmedian",
        "nansum", "nanmean", "var", "std", "norm", "count_nonzero", "aminmax")  # fmt: skip
ALONG = ("sum", "mean", "prod", "max", "min", "amax", "amin", "argmax", "argmin", "any", "all", "median", "nanmedian",
         "nansum", "nanmean", "var", "std", "logsumexp", "kthvalue", "mode", "cumsum", "cumprod", "cummax", "cummin",
         "logcumsumexp", "sort", "count_nonzero")  # fmt: skip
ANY_PLACE = ("kthvalue",)  # among equal values it takes whichever its selection meets
SPREADING = ("prod", "logcumsumexp")  # second derivatives: torch divides, and takes logarithms, and NaN spreads
PRODUCTS = ("prod", "cumprod")
LISTS = ("any", "all", "var", "std", "norm")  # what they say of a number depends on all their overloads
ONE_ARGUMENT = {"kthvalue": (1,)}  # what stands between the tensor and the dimension


def along(name, x, dim, **named):
    return call(x, *ONE_ARGUMENT.get(name, ()), dim, **named)


def everywhere(name):
    """What every reduction over all dimensions is tried on."""
    return [
        Case(name, "all", call(X)),
        Case(name, "all, ties", call(TIED)),
        Case(name, "all, special values", call(X if name in SPREADING else SPECIAL)),
        Case(name, "all, scalar", call(SCALAR)),
        Case(name, "all of nothing", call(NOTHING)),
        Case(name, "all, negative strides", call(X.flipped(0, 1))),
        Case(name, "all, integers", call(WHOLE)),
        Case(name, "all, bools", call(BOOLS)),
        *([] if name in LISTS else [Case(name, "all, not a tensor", call(1.0))]),
    ]


def one_dimension(name):
    """What every function of one dimension is tried on."""
    return [
        Case(name, "last", along(name, X, -1)),
        Case(name, "first, ties", along(name, X if name in ANY_PLACE else TIED, 0)),
        Case(name, "special values", along(name, X if name in (*ANY_PLACE, *SPREADING) else SPECIAL, 1)),
        Case(name, "scalar", along(name, SCALAR, 0)),
        Case(name, "a dimension of length 0", along(name, NO_ROWS, 1)),
        Case(name, "beside a dimension of length 0", along(name, NO_ROWS, 2)),
        Case(name, "transposed", along(name, X.transposed(1, 0), 1)),
        Case(name, "stepped", along(name, X.stepped(), 1)),
        Case(name, "integers", along(name, WHOLE, 0)),
        Case(name, "bools", along(name, BOOLS, 1)),
        Case(name, "no such dimension", along(name, X, 2)),
        Case(name, "no such dimension of a scalar", along(name, SCALAR, 1)),
    ]


ROWS = [
    *[row for name in FULL for row in everywhere(name)],
    *[row for name in ALONG for row in one_dimension(name)],
    *[Case(name, "kept", call(X, (0, 1), True)) for name in ("sum", "mean", "amax", "any", "logsumexp")],
    *[Case(name, "twice", call(X, (0, -2))) for name in ("sum", "mean", "amax", "logsumexp")],
    *[Case(name, "into int32", call(X.constant(), 0, dtype=torch.int32)) for name in ("sum", "prod")],
    Case("max", "two tensors", call(X, TIED)),
    Case("max", "another name for it", call(X, other=TIED)),
    Case("max", "neither", call(X, "a")),
    Case("min", "two tensors that do not broadcast", call(X, normal(3))),
    Case("var", "unbiased alone", call(X, False)),
    Case("std", "correction", call(X, 1, correction=0.5)),
    Case("std", "equal values", call(zeros(3))),
    Case("var", "no degrees of freedom", call(normal(1))),
    Case("std", "unbiased is no bool", call(X, 0, 1)),
    *[Case("norm", f"p = {p}", call(X, p, 1)) for p in (0, 0.5, 1, 2, 3, -1, INF, -INF)],
    *[Case("norm", f"p = {p}, zeros", call(zeros(2, 3), p, 1)) for p in (1, 2, 3, INF)],
    *[Case("norm", f"p = {p}, special values", call(SPECIAL, p, 1)) for p in (1, 2, INF)],
    Case("norm", "∞ of nothing", call(NOTHING, INF)),
    Case("norm", "∞ along nothing", call(NO_ROWS, INF, 1)),
    Case("norm", "nuclear, tall", call(normal(4, 2), "nuc")),
    Case("norm", "nuclear, wide, kept", call(normal(2, 4), "nuc", (0, 1), True)),
    Case("norm", "unknown", call(X, "abc")),
    Case("dist", "broadcast", call(X, normal(4), 3)),
    Case("dist", "equal", call(zeros(3), zeros(3))),
    Case("renorm", "some are longer", call(X, 2, 0, 1.5)),
    Case("renorm", "none is", call(X, 1, 1, 100.0)),
    Case("renorm", "a vector", call(normal(3), 2, 0, 1.0)),
    Case("sort", "descending, ties", call(TIED, dim=1, descending=True, stable=True)),
    Case("sort", "descending, special values", call(SPECIAL, 1, True)),
    Case("argsort", "stable", call(TIED, dim=0, stable=True)),
    Case("msort", "ties", call(SPECIAL)),
    Case("topk", "NaN", call(SPECIAL, 2, 1)),
    Case("topk", "smallest", call(SPECIAL, 2, 1, False)),
    Case("topk", "too many", call(X, 5)),
    Case("topk", "none", call(X, 0)),
    Case("topk", "bools", call(BOOLS, 1)),
    Case("kthvalue", "out of range", call(X, 5)),
    *[
        Case("quantile", f"{way}", call(SPECIAL, values([0.0, 0.3, 0.5, 1.0]).constant(), 1, interpolation=way))
        for way in ("linear", "lower", "higher", "midpoint", "nearest")
    ],
    Case("nanquantile", "NaN", call(values([[NAN, 1.0, 2.0], [NAN, NAN, NAN]]), 0.5, 1)),
    Case("quantile", "out of range", call(X, 1.5)),
    Case("quantile", "of nothing", call(NOTHING, 0.5)),
    Case("quantile", "integers", call(WHOLE, 0.5)),
    Case("quantile", "unknown way", call(X, 0.5, interpolation="between")),
    *[Case("logcumsumexp", "complex", call(normal(3, 4).of("complex128"), d)) for d in (0, 1)],
    Case("logcumsumexp", "from −∞", call(values([-INF, -INF, 1.0]), 0)),
    *[Case(name, "infinity without zeros", call(values([[INF, 2.0, 3.0], [-INF, 1.0, NAN]]), 1)) for name in PRODUCTS],
    Case("unique", "NaN, counted", call(SPECIAL, return_inverse=True, return_counts=True)),
    Case("unique", "slices", call(X, dim=0)),
    Case("unique", "rows", call(WHOLE, dim=1, return_counts=True)),
    Case("unique_consecutive", "runs", call(COUNTS, True, True)),
    Case("unique_consecutive", "NaN", call(values([NAN, NAN, 1.0, 1.0]))),
    Case("searchsorted", "NaN", call(values([1.0, 3.0, 5.0]), values([NAN, 3.0, INF, -INF]))),
    Case("searchsorted", "right", call(values([1.0, 3.0, 3.0]), values([3.0, 0.0]), right=True)),
    Case("searchsorted", "both sides", call(values([1.0]), values([3.0]), side="left", right=True)),
    Case("searchsorted", "rows that differ", call(X, normal(2, 4))),
    Case("bucketize", "a number", call(3, values([1, 3, 5]).of("int64"))),
    Case("bucketize", "a matrix of boundaries", call(X, X)),
    Case("bincount", "weights", call(COUNTS, uniform(6).constant(), 7)),
    Case("bincount", "negative", call(values([-1]).of("int64"))),
    Case("histc", "range", call(X.constant(), 5, -1, 1)),
    Case("histc", "one value", call(values([2.0, 2.0]).constant(), 4)),
    Case("histc", "the wrong way round", call(X.constant(), 4, 2, 1)),
    Case("cov", "rows", call(X)),
    Case("cov", "weights", call(X, correction=0, fweights=values([1, 2, 1, 3]).of("int64"))),
    Case("cov", "negative weights", call(X, fweights=values([1, 2, 1, -3]).of("int64"))),
    Case("corrcoef", "rows", call(X)),
    Case("corrcoef", "a vector", call(normal(4))),
    Case("diff", "prepended, twice", call(X, 2, 0, prepend=normal(1, 4))),
    Case("diff", "bools", call(BOOLS)),
    Case("diff", "more often than there are elements", call(X, 9)),
    Case("diff", "a scalar", call(SCALAR)),
    Case("trapezoid", "points", call(X, normal(4))),
    Case("trapezoid", "other points for each row", call(X, normal(3, 4))),
    Case("trapezoid", "too few points", call(X, normal(3))),
    Case("cumulative_trapezoid", "a step", call(X, dx=0.5, dim=0)),
    Case("logsumexp", "special values", call(values([[-INF, -INF], [INF, 0.0], [NAN, 1.0], [1000.0, 1000.0]]), 1)),
    Case(
        "logcumsumexp",
        "large",
        call(values([1000.0, 1000.0, -1000.0]), 0),
        tolerance=Tolerance(1e-4, 1e-5),
        why="in float32 a sum near 1,000 is rounded to 3e-5, and its gradient is an exponential of that",
    ),
]
