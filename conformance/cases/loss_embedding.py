"""Losses of pairs and triplets: margins hit exactly, equal points, special values, wrong calls."""

import math

from conformance.cases.loss import every_reduction
from conformance.harness.cases import Case, call, normal, ones, values, zeros

NAN, INF = math.nan, math.inf
HINGE, FHINGE = "nn.HingeEmbeddingLoss", "nn.functional.hinge_embedding_loss"
COS, FCOS = "nn.CosineEmbeddingLoss", "nn.functional.cosine_embedding_loss"
RANK, FRANK = "nn.MarginRankingLoss", "nn.functional.margin_ranking_loss"
TRI, FTRI = "nn.TripletMarginLoss", "nn.functional.triplet_margin_loss"
TRID, FTRID = "nn.TripletMarginWithDistanceLoss", "nn.functional.triplet_margin_with_distance_loss"

A, B, C = normal(4, 3), normal(4, 3), normal(4, 3)
SIGNS = values([1.0, -1.0, 1.0, -1.0]).constant()
GRID = values([[1.0, -1.0, 1.0], [-1, -1, 1], [1, 1, 1], [-1, 1, -1]]).constant()
HALVES = [x.of("float16") for x in (A, B, C)]

ROWS = [
    *every_reduction(HINGE, "signs", call(A, GRID)),
    *every_reduction(HINGE, "margins hit exactly", call(values([1.0, 0.5, 2.0, 1.0]), SIGNS)),
    *every_reduction(HINGE, "margin", call(values([1.0, 0.5, 2.0, 0.5]), SIGNS), margin=0.5),
    *every_reduction(HINGE, "other targets", call(A, values([0.0, 2.0, -1.0]).constant())),
    *every_reduction(
        HINGE, "special values",
        call(values([INF, INF, -INF, -INF, NAN]), values([1.0, -1, 1, -1, 1]).constant()),
    ),
    *every_reduction(HINGE, "integer targets", call(normal(3), values([1, -1, 1]).of("int64"))),
    *every_reduction(HINGE, "0-d", call(normal(), ones().constant())),
    *every_reduction(HINGE, "empty batch", call(normal(0, 3), zeros(0, 3).constant())),
    *every_reduction(HINGE, "target with a gradient", call(A, normal(4, 3))),
    Case(HINGE, "float16", call(HALVES[0], GRID.of("float16")), init=call(), second=False),
    Case(HINGE, "shapes that do not broadcast", call(A, SIGNS)),
    Case(HINGE, "unknown reduction", call(A, GRID), init=call(reduction="average")),
    Case(HINGE, "deprecated size_average", call(A, GRID), init=call(size_average=False)),
    Case(FHINGE, "integers", call(ones(3).of("int64"), ones(3).of("int64"), reduction="sum")),
    Case(FHINGE, "integers, mean", call(ones(3).of("int64"), ones(3).of("int64"))),
    Case(FHINGE, "complex", call(ones(3).of("complex64"), ones(3))),
    Case(FHINGE, "margin no number", call(A, GRID, "1")),
    Case(FHINGE, "target no tensor", call(A, 1)),
    *every_reduction(COS, "signs", call(A, B, SIGNS)),
    *every_reduction(COS, "margin", call(A, B, SIGNS), margin=0.3),
    *every_reduction(COS, "other targets", call(A, B, values([0.0, 2.0, 1.0, -1.0]).constant())),
    *every_reduction(COS, "one vector", call(normal(3), normal(3), values(-1.0).constant())),
    *every_reduction(
        COS, "zeros and equals",
        call(values([[0.0, 0], [1, 2], [1, 0]]), values([[0.0, 0], [1, 2], [0, 1]]), values([-1.0, 1, -1]).constant()),
    ),
    *every_reduction(
        COS, "special values",
        call(values([[INF, 0.0], [NAN, 1]]), values([[1.0, 0], [1, 1]]), values([1.0, -1]).constant()),
    ),
    *every_reduction(COS, "empty batch", call(normal(0, 3), normal(0, 3), zeros(0).constant())),
    *every_reduction(COS, "no features", call(normal(4, 0), normal(4, 0), SIGNS)),
    *every_reduction(COS, "negative strides", call(A.flipped(0), B.flipped(1), SIGNS.flipped(0))),
    Case(COS, "float16", call(*HALVES[:2], SIGNS.of("float16")), init=call(), second=False),
    Case(COS, "integer targets", call(A, B, values([1, -1, 1, -1]).of("int64"))),
    Case(COS, "inputs broadcast", call(A, normal(1, 3), SIGNS)),
    Case(COS, "inputs that do not", call(A, normal(4, 2), SIGNS)),
    Case(COS, "batch sizes differ", call(A, B, ones(3).constant())),
    Case(COS, "two-dimensional target", call(A, B, GRID)),
    Case(COS, "0-d target of a batch", call(A, B, ones().constant())),
    Case(COS, "target for one vector", call(normal(3), normal(3), ones(1).constant())),
    Case(COS, "unknown reduction", call(A, B, SIGNS), init=call(reduction="average")),
    Case(COS, "deprecated reduce", call(A, B, SIGNS), init=call(reduce=False)),
    Case(FCOS, "integers", call(ones(2, 3).of("int64"), ones(2, 3).of("int64"), ones(2).of("int64"))),
    Case(FCOS, "margin no number", call(A, B, SIGNS, "1")),
    Case(FCOS, "target no tensor", call(A, B, 1)),
    *every_reduction(RANK, "signs", call(A, B, GRID)),
    *every_reduction(RANK, "margin", call(A, B, GRID), margin=0.5),
    *every_reduction(
        RANK, "margins hit exactly",
        call(values([1.0, 2.0, 1.0, 0.0]), values([1.0, 1.0, 2.0, 0.0]), SIGNS),
    ),
    *every_reduction(RANK, "special values", call(values([INF, INF, NAN, 1.0]), values([INF, 1.0, 1.0, -INF]), SIGNS)),
    *every_reduction(RANK, "0-d", call(normal(), normal(), ones().constant())),
    *every_reduction(RANK, "empty batch", call(normal(0), normal(0), zeros(0).constant())),
    *every_reduction(RANK, "target with a gradient", call(A, B, normal(4, 3))),
    Case(RANK, "float16", call(*HALVES), init=call(), second=False),
    Case(RANK, "shapes that broadcast", call(A, normal(1, 3), ones(4, 1).constant())),
    Case(RANK, "shapes that do not", call(A, normal(4, 2), GRID)),
    Case(RANK, "ranks differ", call(A, B, SIGNS)),
    Case(RANK, "unknown reduction", call(A, B, GRID), init=call(reduction="average")),
    Case(RANK, "deprecated size_average", call(A, B, GRID), init=call(size_average=False)),
    Case(FRANK, "integers, sum", call(*[ones(3).of("int64")] * 3, reduction="sum")),
    Case(FRANK, "margin no number", call(A, B, GRID, "1")),
    Case(FRANK, "target no tensor", call(A, B, 1)),
    *every_reduction(TRI, "triplets", call(A, B, C)),
    *every_reduction(TRI, "margin, p, eps", call(A, B, C), margin=0.5, p=3.0, eps=1e-2),
    *every_reduction(TRI, "p 1", call(A, B, C), p=1.0),
    *every_reduction(TRI, "p ∞", call(A, B, C), p=INF),
    *every_reduction(TRI, "swap", call(A, B, C), swap=True),
    *every_reduction(
        TRI, "swap, equal distances",
        call(values([[0.0, 0.0]]), values([[1.0, 0.0]]), values([[0.5, 2.0]])), swap=True,
    ),
    *every_reduction(TRI, "one vector", call(normal(3), normal(3), normal(3))),
    *every_reduction(TRI, "equal points", call(ones(2, 3), ones(2, 3), ones(2, 3))),
    *every_reduction(
        TRI, "special values",
        call(values([[INF, 0.0], [NAN, 1.0], [0.0, 0.0]]), zeros(3, 2), ones(3, 2)),
    ),
    *every_reduction(TRI, "empty batch", call(normal(0, 3), normal(0, 3), normal(0, 3))),
    *every_reduction(TRI, "three dimensions", call(normal(2, 3, 4), normal(2, 3, 4), normal(2, 3, 4))),
    Case(TRI, "float16", call(*HALVES), init=call(), second=False),
    Case(TRI, "shapes that broadcast", call(A, normal(1, 3), normal(4, 1))),
    Case(TRI, "shapes that do not", call(A, normal(4, 2), C)),
    Case(TRI, "ranks differ", call(A, B, normal(3))),
    Case(TRI, "margin 0", call(A, B, C), init=call(margin=0.0)),
    Case(TRI, "unknown reduction", call(A, B, C), init=call(reduction="average")),
    Case(TRI, "deprecated size_average", call(A, B, C), init=call(size_average=False)),
    Case(FTRI, "margin 0", call(A, B, C, 0)),
    Case(FTRI, "margin no number", call(A, B, C, "1")),
    Case(FTRI, "p no number", call(A, B, C, p="1")),
    Case(FTRI, "swap no bool", call(A, B, C, swap="1")),
    Case(FTRI, "negative no tensor", call(A, B, 1)),
    Case(FTRI, "integers", call(ones(2, 3).of("int64"), zeros(2, 3).of("int64"), ones(2, 3).of("int64"))),
    *every_reduction(TRID, "triplets", call(A, B, C)),
    *every_reduction(TRID, "swap", call(A, B, C), swap=True),
    *every_reduction(TRID, "margin", call(A, B, C), margin=0.25),
    *every_reduction(TRID, "empty batch", call(normal(0, 3), normal(0, 3), normal(0, 3))),
    Case(TRID, "margin 0", call(A, B, C), init=call(margin=0.0)),
    Case(TRID, "ranks differ", call(A, B, normal(3))),
    Case(TRID, "unknown reduction", call(A, B, C), init=call(reduction="average")),
    Case(FTRID, "defaults", call(A, B, C)),
    Case(FTRID, "margin 0", call(A, B, C, margin=0)),
    Case(FTRID, "swap, sum", call(A, B, C, swap=True, reduction="sum")),
]  # fmt: skip
