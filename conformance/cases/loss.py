"""Losses: bounds and kinks, weights, reductions, special values, wrong calls."""

import math

import numpy as np

from conformance.harness.cases import Case, call, classes, normal, ones, uniform, values, zeros

NAN, INF = math.nan, math.inf
BCE, FBCE = "nn.BCELoss", "nn.functional.binary_cross_entropy"
BCL, FBCL = "nn.BCEWithLogitsLoss", "nn.functional.binary_cross_entropy_with_logits"
MSE, FMSE = "nn.MSELoss", "nn.functional.mse_loss"
L1, FL1 = "nn.L1Loss", "nn.functional.l1_loss"
NLL, FNLL = "nn.NLLLoss", "nn.functional.nll_loss"
CE, FCE = "nn.CrossEntropyLoss", "nn.functional.cross_entropy"

P, T = uniform(4, 3, low=0.01, high=0.99), uniform(4, 3)
CORNERS = values([0.0, 0.0, 1.0, 1.0, 1e-38, 1 - 6e-8, 0.5]), values([0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.5])
LOGITS = values([-INF, -200.0, -1.0, 0.0, 1.0, 200.0, INF, NAN])
BITS = values([0.0, 1.0, 0.0, 1.0, 0.25, 0.0, 1.0, 1.0])
A, B = normal(4, 3), normal(4, 3)
TIES = values([1.0, 2.0, -3.0, 0.0, INF, NAN]), values([1.0, -2.0, -3.0, -0.0, INF, 1.0])
SCORES, LABELS = normal(4, 5), classes(4, of=5)
IGNORED = values([1, -100, 3, -100]).of("int64")
ALL_IGNORED = values([-100, -100, -100, -100]).of("int64")
WEIGHT = uniform(5, low=0.1, high=2.0).constant()
IMAGE, PIXELS = normal(2, 5, 3, 4), classes(2, 3, 4, of=5)
REDUCTIONS = ("none", "sum", "mean")

ONE = values(1).constant()
ZERO_D = [(f, kind) for f in (FCE, FNLL) for kind in ("int64", "uint8", "float32")]
INTS = (np.int64(1), True, 1.0, np.float32(1), np.True_, "a", None, [1])
BESIDE = [
    *((f, "ignore_index", v) for f in (FCE, FNLL) for v in INTS),
    *((FCE, "label_smoothing", v) for v in (np.float32(0.25), True, np.True_, np.int64(1), "a", None, 1j, 1.5)),
    *((f, "weight", v) for f in (FCE, FNLL) for v in (1.0, np.ones(5))),
]


def every_reduction(target, title, arguments, **init):
    """One row for each way to reduce."""
    return [Case(target, f"{title}, {r}", arguments, init=call(reduction=r, **init)) for r in REDUCTIONS]


def elementwise(module, function, left, right):
    """What all losses over pairs of equal shape share."""
    return [
        *every_reduction(module, "pairs", call(left, right)),
        *every_reduction(module, "0-d", call(uniform(), uniform())),
        *every_reduction(module, "empty batch", call(uniform(0, 3), uniform(0, 3))),
        *every_reduction(module, "constant target", call(left, right.constant())),
        *every_reduction(module, "negative strides", call(left.flipped(0), right.flipped(1))),
        *every_reduction(module, "transposed", call(left.transposed(1, 0), right)),
        Case(module, "deprecated size_average", call(left, right), init=call(size_average=False)),
        Case(module, "deprecated reduce", call(left, right), init=call(reduce=False)),
        Case(module, "unknown reduction", call(left, right), init=call(reduction="average")),
        Case(module, "shapes that broadcast", call(left, uniform(3))),
        Case(module, "shapes that do not", call(left, uniform(4, 2))),
        Case(module, "not a tensor", call(left, 1.0)),
        Case(function, "defaults", call(left, right)),
        Case(function, "unknown reduction", call(left, right, reduction="max")),
        Case(function, "integer target", call(left, ones(4, 3).of("int64"))),
        Case(function, "double target", call(left, ones(4, 3).of("float64").constant())),
        Case(function, "no target", call(left)),
    ]


ROWS = [
    *elementwise(BCE, FBCE, P, T),
    *every_reduction(BCE, "bounds: logs clamped at -100", call(*CORNERS)),
    *every_reduction(BCE, "weight", call(P, T), weight=uniform(3).constant()),
    *every_reduction(BCE, "weight for each element", call(P, T), weight=uniform(4, 3).constant()),
    Case(BCE, "weight that does not fit", call(P, T), init=call(weight=uniform(4).constant())),
    Case(BCE, "input above 1", call(values([0.5, 1.5]), values([0.0, 1.0]))),
    Case(BCE, "input below 0", call(values([0.5, -0.5]), values([0.0, 1.0]))),
    Case(BCE, "target outside", call(values([0.5, 0.5]), values([-2.0, 3.0]))),
    Case(BCE, "NaN input", call(values([0.5, NAN]), values([0.0, 1.0]))),
    Case(BCE, "NaN target", call(values([0.5, 0.5]), values([0.0, NAN]))),
    Case(FBCE, "weight with a gradient", call(P, T, uniform(3))),
    *elementwise(BCL, FBCL, A, T),
    *every_reduction(BCL, "extreme logits", call(LOGITS, BITS)),
    *every_reduction(BCL, "weight", call(A, T), weight=uniform(3).constant()),
    *every_reduction(BCL, "positive weight", call(A, T), pos_weight=uniform(3, low=0.5, high=4.0).constant()),
    *every_reduction(
        BCL, "both weights", call(A, T), weight=uniform(4, 1).constant(), pos_weight=uniform(3).constant()
    ),
    *every_reduction(BCL, "extreme, positive weight", call(LOGITS, BITS), pos_weight=values([3.0]).constant()),
    Case(BCL, "positive weight that does not fit", call(A, T), init=call(pos_weight=uniform(4).constant())),
    *elementwise(MSE, FMSE, A, B),
    *every_reduction(MSE, "special values", call(*TIES)),
    Case(FMSE, "weight", call(A, B, weight=uniform(4, 3).constant())),
    Case(FMSE, "weight, sum", call(A, B, weight=uniform(4, 3).constant(), reduction="sum")),
    Case(FMSE, "weight that does not fit", call(A, B, weight=uniform(3).constant())),
    *elementwise(L1, FL1, A, B),
    *every_reduction(L1, "ties and special values", call(*TIES)),
    *every_reduction(NLL, "classes", call(SCORES, LABELS)),
    *every_reduction(NLL, "weight", call(SCORES, LABELS), weight=WEIGHT),
    *every_reduction(NLL, "some ignored", call(SCORES, IGNORED), weight=WEIGHT),
    *every_reduction(NLL, "all ignored", call(SCORES, ALL_IGNORED)),
    *every_reduction(NLL, "a class ignored", call(SCORES, LABELS), ignore_index=2),
    *every_reduction(NLL, "image", call(IMAGE, PIXELS), weight=WEIGHT),
    *every_reduction(NLL, "image with a row", call(normal(2, 5, 7), classes(2, 7, of=5))),
    *every_reduction(NLL, "five dimensions", call(normal(2, 5, 2, 3, 2), classes(2, 2, 3, 2, of=5))),
    *every_reduction(NLL, "one vector", call(normal(5), values(3).of("int64"))),
    *every_reduction(NLL, "empty batch", call(normal(0, 5), classes(0, of=5))),
    *every_reduction(NLL, "empty image", call(normal(0, 5, 3, 4), classes(0, 3, 4, of=5))),
    *every_reduction(NLL, "negative strides", call(SCORES.flipped(0, 1), LABELS)),
    *every_reduction(
        NLL, "weight 0", call(SCORES, values([1, 1, 1, 1]).of("int64")), weight=values([1, 0, 1, 1, 1.0]).constant()
    ),
    Case(NLL, "infinite scores", call(values([[-INF, 0.0], [NAN, 1.0]]), values([0, 1]).of("int64"))),
    Case(NLL, "class out of range", call(SCORES, values([0, 1, 5, 2]).of("int64"))),
    Case(NLL, "negative class", call(SCORES, values([0, 1, -1, 2]).of("int64"))),
    Case(NLL, "image, class out of range", call(normal(1, 2, 1, 2), values([[[0, 2]]]).of("int64"))),
    Case(NLL, "batch sizes differ", call(SCORES, classes(3, of=5))),
    Case(NLL, "image sizes differ", call(IMAGE, classes(2, 3, 3, of=5))),
    Case(NLL, "float target", call(SCORES, normal(4).constant())),
    Case(NLL, "uint8 target", call(SCORES, values([0, 1, 2, 3]).of("uint8"))),
    Case(NLL, "int32 target", call(SCORES, values([0, 1, 2, 3]).of("int32"))),
    Case(NLL, "weight of the wrong size", call(SCORES, LABELS), init=call(weight=uniform(4).constant())),
    Case(NLL, "0-d input", call(values(1.0), values(0).of("int64"))),
    Case(NLL, "unknown reduction", call(SCORES, LABELS), init=call(reduction="average")),
    Case(FNLL, "defaults", call(SCORES, LABELS)),
    Case(FNLL, "everything", call(SCORES, LABELS, weight=WEIGHT, ignore_index=1, reduction="sum")),
    *every_reduction(CE, "classes", call(SCORES, LABELS)),
    *every_reduction(CE, "weight", call(SCORES, LABELS), weight=WEIGHT),
    *every_reduction(CE, "some ignored", call(SCORES, IGNORED), weight=WEIGHT),
    *every_reduction(CE, "all ignored", call(SCORES, ALL_IGNORED)),
    *every_reduction(CE, "all ignored, smoothing", call(SCORES, ALL_IGNORED), label_smoothing=0.1),
    *every_reduction(CE, "smoothing", call(SCORES, LABELS), label_smoothing=0.1),
    *every_reduction(CE, "smoothing and weight", call(SCORES, IGNORED), label_smoothing=0.3, weight=WEIGHT),
    *every_reduction(CE, "all smoothing", call(SCORES, LABELS), label_smoothing=1.0),
    *every_reduction(CE, "image", call(IMAGE, PIXELS), weight=WEIGHT),
    *every_reduction(CE, "image, smoothing", call(IMAGE, PIXELS), label_smoothing=0.2),
    *every_reduction(CE, "one vector", call(normal(5), values(3).of("int64"))),
    *every_reduction(CE, "probabilities", call(SCORES, uniform(4, 5))),
    *every_reduction(CE, "probabilities and weight", call(SCORES, uniform(4, 5)), weight=WEIGHT),
    *every_reduction(CE, "probabilities, smoothing", call(SCORES, uniform(4, 5)), label_smoothing=0.1),
    *every_reduction(CE, "probabilities of an image", call(IMAGE, uniform(2, 5, 3, 4)), weight=WEIGHT),
    *every_reduction(CE, "probabilities of one vector", call(normal(5), uniform(5))),
    *every_reduction(CE, "one-hot, as probabilities", call(normal(2, 3), values([[1, 0, 0], [0, 0, 1.0]]))),
    *every_reduction(CE, "empty batch", call(normal(0, 5), classes(0, of=5))),
    *every_reduction(CE, "empty batch, probabilities", call(normal(0, 5), uniform(0, 5))),
    *every_reduction(
        CE, "large logits", call(values([[1e4, 0.0, -1e4], [3e38, 3e38, 0.0]]), values([2, 0]).of("int64"))
    ),
    *every_reduction(CE, "infinite logits", call(values([[-INF, 0.0], [INF, 0.0]]), values([1, 0]).of("int64"))),
    *every_reduction(CE, "negative strides", call(SCORES.flipped(0, 1), LABELS)),
    *every_reduction(CE, "channels last", call(IMAGE.transposed(0, 2, 3, 1), PIXELS)),
    Case(CE, "class out of range", call(SCORES, values([0, 1, 5, 2]).of("int64"))),
    Case(
        CE,
        "class out of range, smoothing",
        call(SCORES, values([0, 1, 5, 2]).of("int64")),
        init=call(label_smoothing=0.1),
    ),
    Case(CE, "negative class", call(SCORES, values([0, 1, -1, 2]).of("int64"))),
    Case(CE, "batch sizes differ", call(SCORES, classes(3, of=5))),
    Case(CE, "probabilities of another shape", call(SCORES, uniform(4, 4))),
    Case(CE, "integer target of the input's shape", call(SCORES, classes(4, 5, of=2))),
    Case(CE, "smoothing above 1", call(SCORES, LABELS), init=call(label_smoothing=1.1)),
    Case(CE, "ignore_index with probabilities", call(SCORES, uniform(4, 5)), init=call(ignore_index=1)),
    Case(CE, "weight of the wrong size", call(SCORES, LABELS), init=call(weight=uniform(4).constant())),
    Case(CE, "0-d input", call(values(1.0), values(0).of("int64"))),
    Case(CE, "unknown reduction", call(SCORES, LABELS), init=call(reduction="average")),
    Case(CE, "no classes", call(zeros(4, 0), classes(4, of=5))),
    Case(FCE, "defaults", call(SCORES, LABELS)),
    Case(FCE, "everything", call(SCORES, LABELS, WEIGHT, ignore_index=1, reduction="sum", label_smoothing=0.2)),
    Case(FCE, "deprecated size_average", call(SCORES, LABELS, None, False)),
    *(Case(f, f"{name} {v!r}", call(SCORES, LABELS, **{name: v})) for f, name, v in BESIDE),
    *(Case(f, f"ignore_index, 0-d {kind}", call(SCORES, LABELS, ignore_index=ONE.of(kind))) for f, kind in ZERO_D),
    *(Case(f, "NumPy's array for the input", call(np.ones((4, 5)), LABELS)) for f in (FCE, FNLL)),
    *(Case(f, "NumPy's array for the target", call(SCORES, np.ones(4))) for f in (FCE, FNLL)),
    Case(FCE, "label_smoothing, 0-d", call(SCORES, LABELS, label_smoothing=uniform().constant())),
    Case(FCE, "0-d input, several labels", call(uniform(), LABELS)),
    *(Case(FBCL, f"{name} {v!r}", call(A, T, **{name: v})) for name in ("weight", "pos_weight") for v in (1.0, "a")),
    *(Case(f, "unknown reduction, a list", call(SCORES, LABELS, reduction=["sum"])) for f in (FCE, FNLL)),
]
