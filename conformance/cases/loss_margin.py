"""Losses with a margin: margins hit exactly, ignored places, special values, wrong calls."""

import math

import numpy as np

from conformance.cases.loss import every_reduction
from conformance.harness.cases import Case, call, classes, normal, ones, steps, uniform, values, zeros

NAN, INF = math.nan, math.inf
SOFT, FSOFT = "nn.SoftMarginLoss", "nn.functional.soft_margin_loss"
MM, FMM = "nn.MultiMarginLoss", "nn.functional.multi_margin_loss"
ML, FML = "nn.MultiLabelMarginLoss", "nn.functional.multilabel_margin_loss"
MLS, FMLS = "nn.MultiLabelSoftMarginLoss", "nn.functional.multilabel_soft_margin_loss"

A = normal(4, 3)
SIGNS = values([[1.0, -1.0, 1.0], [-1, -1, 1], [1, 1, 1], [-1, 1, -1]]).constant()
SCORES, LABELS = normal(4, 5), classes(4, of=5)
TIES = values([[1.0, 0.0, 0.5, -1.0, 2.0], [0, 0, 0, 0, 0]])
WEIGHT = uniform(5, low=0.1, high=2.0).constant()
SPECIAL = values([[NAN, 1.0, 2.0], [INF, 1, 2], [1, 2, INF], [1, -INF, 3], [1, 0, NAN]])
SEVERAL = values([[3, 0, -1, 1, 2], [1, 1, 1, -1, -1], [-1, 2, 0, 1, 3], [0, 1, 2, 3, 4]]).of("int64")
BITS = steps(4, 3, of=2).constant()

ROWS = [
    *every_reduction(SOFT, "signs", call(A, SIGNS)),
    *every_reduction(SOFT, "0-d", call(normal(), ones().constant())),
    *every_reduction(SOFT, "empty batch", call(normal(0, 3), zeros(0, 3).constant())),
    *every_reduction(SOFT, "negative strides", call(A.flipped(0), SIGNS.flipped(1))),
    *every_reduction(SOFT, "other targets", call(A, normal(4, 3).constant())),
    *every_reduction(
        SOFT, "overflow", call(values([-89.0, -88.0, -800.0, 800.0, INF, -INF, NAN, 0.0]), ones(8).constant())
    ),
    *every_reduction(SOFT, "targets broadcast", call(A, values([1.0, -1.0, 1.0]).constant())),
    *every_reduction(SOFT, "integer targets", call(A, values([1, -1, 1]).of("int64"))),
    Case(SOFT, "float16", call(A.of("float16"), SIGNS.of("float16")), init=call(), second=False),
    Case(SOFT, "boolean targets", call(A, ones(4, 3).of("bool"))),
    Case(SOFT, "double targets", call(A, ones(4, 3).of("float64").constant())),
    Case(SOFT, "input broadcasts", call(normal(3), ones(4, 3).constant())),
    Case(SOFT, "shapes that do not", call(normal(4), ones(4, 3).constant())),
    Case(SOFT, "unknown reduction", call(A, SIGNS), init=call(reduction="average")),
    Case(SOFT, "deprecated size_average", call(A, SIGNS), init=call(size_average=False)),
    Case(SOFT, "deprecated reduce", call(A, SIGNS), init=call(reduce=False)),
    Case(FSOFT, "target with a gradient", call(A, normal(4, 3))),
    Case(FSOFT, "integers", call(ones(3).of("int64"), ones(3).of("int64"))),
    Case(FSOFT, "booleans", call(ones(3).of("bool"), ones(3).of("bool"))),
    Case(FSOFT, "complex", call(ones(3).of("complex64"), ones(3).of("complex64"))),
    Case(FSOFT, "complex targets", call(normal(3), ones(3).of("complex64"))),
    Case(FSOFT, "target no tensor", call(A, 1.0)),
    Case(FSOFT, "input no tensor", call(1.0, A)),
    *[
        row
        for p in (1, 2)
        for row in [
            *every_reduction(MM, f"classes, p {p}", call(SCORES, LABELS), p=p),
            *every_reduction(MM, f"weight, p {p}", call(SCORES, LABELS), p=p, weight=WEIGHT),
            *every_reduction(MM, f"margin, p {p}", call(SCORES, LABELS), p=p, margin=0.5),
            *every_reduction(MM, f"margins hit exactly, p {p}", call(TIES, values([0, 2]).of("int64")), p=p),
            *every_reduction(MM, f"special values, p {p}", call(SPECIAL, values([0, 0, 0, 0, 1]).of("int64")), p=p),
            *every_reduction(MM, f"one vector, p {p}", call(normal(5), values(3).of("int64")), p=p),
            *every_reduction(MM, f"one vector, one label, p {p}", call(normal(5), values([3]).of("int64")), p=p),
        ]
    ],
    *every_reduction(MM, "negative margin", call(SCORES, LABELS), margin=-0.5),
    *every_reduction(MM, "one sample, 0-d label", call(normal(1, 5), values(3).of("int64"))),
    *every_reduction(MM, "0-d", call(normal(), values(0).of("int64"))),
    *every_reduction(MM, "negative strides", call(SCORES.flipped(0, 1), LABELS)),
    *every_reduction(MM, "one class", call(normal(4, 1), zeros(4).of("int64"))),
    Case(MM, "empty batch, none", call(normal(0, 5), classes(0, of=5)), init=call(reduction="none")),
    Case(MM, "no classes", call(normal(4, 0), classes(4, of=5))),
    Case(MM, "no classes, one vector", call(normal(0), classes(1, of=5))),
    Case(MM, "three dimensions", call(normal(2, 3, 4), classes(2, of=3))),
    Case(MM, "class out of range", call(SCORES, values([0, 5, 1, 1]).of("int64"))),
    Case(MM, "negative class", call(SCORES, values([0, -1, 1, 1]).of("int64"))),
    Case(MM, "batch sizes differ", call(SCORES, classes(3, of=5))),
    Case(MM, "two-dimensional target", call(SCORES, classes(4, 1, of=5))),
    Case(MM, "two labels for one vector", call(normal(5), classes(2, of=5))),
    Case(MM, "int32 target", call(SCORES, values([0, 1, 2, 3]).of("int32"))),
    Case(MM, "float target", call(SCORES, ones(4).constant())),
    Case(MM, "float16", call(SCORES.of("float16"), LABELS)),
    Case(MM, "integer input", call(ones(4, 5).of("int64"), LABELS)),
    Case(MM, "unknown reduction", call(SCORES, LABELS), init=call(reduction="average")),
    Case(MM, "p 3", call(SCORES, LABELS), init=call(p=3)),
    Case(MM, "p 2.0", call(SCORES, LABELS), init=call(p=2.0)),
    Case(MM, "weight of the wrong size", call(SCORES, LABELS), init=call(weight=uniform(4).constant())),
    Case(MM, "weight of the wrong rank", call(SCORES, LABELS), init=call(weight=uniform(5, 1).constant())),
    Case(MM, "deprecated size_average", call(SCORES, LABELS), init=call(size_average=False)),
    Case(FMM, "p 3", call(SCORES, LABELS, 3)),
    Case(FMM, "double weight", call(SCORES, LABELS, weight=uniform(5).of("float16").constant())),
    Case(FMM, "weight of the wrong rank", call(SCORES, LABELS, weight=uniform(5, 1).constant())),
    Case(FMM, "weight with a gradient", call(SCORES, LABELS, weight=uniform(5))),
    *(Case(FMM, f"margin {v!r}", call(SCORES, LABELS, margin=v)) for v in ("1", None, [1], np.ones(1), np.True_, 1j)),
    *(Case(FMM, f"p {v!r}", call(SCORES, LABELS, p=v)) for v in (np.ones(1), True, np.int64(2))),
    Case(FMM, "target no tensor", call(SCORES, 1)),
    *every_reduction(ML, "classes", call(SCORES, SEVERAL)),
    *every_reduction(ML, "margins hit exactly", call(TIES, values([[0, 4, -1, 0, 0], [1, -1, 2, 3, 4]]).of("int64"))),
    *every_reduction(ML, "special values", call(SPECIAL, values([[0, -1, -1]] * 4 + [[1, 0, -1]]).of("int64"))),
    *every_reduction(ML, "no targets", call(SCORES, values([[-1, 0, 1, 2, 3]] * 4).of("int64"))),
    *every_reduction(ML, "one vector", call(normal(5), values([3, 1, -1, 0, 0]).of("int64"))),
    *every_reduction(ML, "0-d", call(normal(), values(0).of("int64"))),
    *every_reduction(ML, "0-d, no target", call(normal(), values(-1).of("int64"))),
    *every_reduction(ML, "negative strides", call(SCORES.flipped(0, 1), SEVERAL.flipped(0))),
    Case(ML, "0-d, one target", call(normal(), values([0]).of("int64"))),
    Case(ML, "one element, 0-d target", call(normal(1), values(0).of("int64"))),
    Case(ML, "empty batch, none", call(normal(0, 5), classes(0, 5, of=5)), init=call(reduction="none")),
    Case(ML, "no classes", call(normal(4, 0), classes(4, 0, of=5))),
    Case(ML, "three dimensions", call(normal(2, 3, 4), classes(2, 3, 4, of=3))),
    Case(ML, "class out of range", call(SCORES, values([[0, 5, 1, 1, 1]] * 4).of("int64"))),
    Case(ML, "class below −1", call(SCORES, values([[0, -2, 1, 1, 1]] * 4).of("int64"))),
    Case(ML, "batch sizes differ", call(SCORES, classes(3, 5, of=5))),
    Case(ML, "classes differ", call(SCORES, classes(4, 3, of=3))),
    Case(ML, "one vector, two rows", call(normal(5), classes(1, 5, of=3))),
    Case(ML, "int32 target", call(SCORES, SEVERAL.of("int32"))),
    Case(ML, "float target", call(SCORES, zeros(4, 5).constant())),
    Case(ML, "float16", call(SCORES.of("float16"), SEVERAL)),
    Case(ML, "unknown reduction", call(SCORES, SEVERAL), init=call(reduction="average")),
    Case(FML, "target no tensor", call(SCORES, 1)),
    *every_reduction(MLS, "bits", call(A, BITS)),
    *every_reduction(MLS, "weight", call(A, BITS), weight=uniform(3).constant()),
    *every_reduction(MLS, "probabilities", call(A, uniform(4, 3))),
    *every_reduction(MLS, "one vector", call(normal(3), ones(3).constant())),
    *every_reduction(MLS, "three dimensions", call(normal(2, 3, 4), steps(2, 3, 4, of=2).constant())),
    *every_reduction(
        MLS, "extreme",
        call(values([[-200.0, 200.0, INF, -INF, NAN]]), values([[1.0, 1, 1, 1, 1]]).constant()),
    ),
    *every_reduction(MLS, "empty batch", call(normal(0, 3), zeros(0, 3).constant())),
    *every_reduction(MLS, "no classes", call(normal(2, 0), zeros(2, 0).constant())),
    Case(MLS, "float16", call(A.of("float16"), BITS.of("float16")), init=call(), second=False),
    Case(MLS, "integer targets", call(A, ones(4, 3).of("int64"))),
    Case(MLS, "0-d", call(normal(), normal())),
    Case(MLS, "shapes that do not broadcast", call(A, ones(4, 2).constant())),
    Case(MLS, "unknown reduction", call(A, BITS), init=call(reduction="average")),
    Case(MLS, "deprecated reduce", call(A, BITS), init=call(reduce=False)),
    Case(FMLS, "weight that does not fit", call(A, BITS, uniform(4))),
    Case(FMLS, "integers", call(ones(2, 3).of("int64"), ones(2, 3).of("int64"))),
    Case(FMLS, "input no tensor", call(1.0, A)),
]  # fmt: skip
