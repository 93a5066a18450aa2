"""CTC: forms of targets and lengths, blanks, impossible and empty targets, special values, wrong calls."""

import math

import numpy as np

from conformance.cases.loss import every_reduction
from conformance.harness.cases import Case, Spec, call, normal, values

NAN, INF = math.nan, math.inf
CTC, F = "nn.CTCLoss", "nn.functional.ctc_loss"


def log_softmax(*shape, scale=1.0):
    """Log probabilities over the last dimension."""

    def make(rng):
        x = scale * rng.standard_normal(shape)
        return x - np.log(np.exp(x).sum(-1, keepdims=True))

    return Spec(make)


def ints(nested):
    return values(nested).of("int64")


def with_special(value):
    """A class that one target needs and one that none needs have this log probability."""

    def make(rng):
        x = rng.standard_normal((5, 2, 4))
        x[1, 0, 3] = x[2, 1, 0] = value
        return x

    return Spec(make)


X = log_softmax(6, 2, 4)
PADDED, FLAT = ints([[1, 2, 2], [3, 0, 0]]), ints([1, 2, 2, 3])
INPUTS, LABELS = (6, 5), (3, 1)

ROWS = [
    *[
        row
        for title, targets in (("padded", PADDED), ("one after the other", FLAT))
        for row in [
            *every_reduction(CTC, title, call(X, targets, INPUTS, LABELS)),
            *every_reduction(CTC, f"{title}, tensors", call(X, targets, ints(INPUTS), ints(LABELS))),
            *every_reduction(CTC, f"{title}, zero_infinity", call(X, targets, INPUTS, LABELS), zero_infinity=True),
        ]
    ],
    *[
        row
        for kind in ("int32", "int64", "uint8", "int16")
        for row in every_reduction(
            CTC,
            f"targets and lengths of {kind}",
            call(X, PADDED.of(kind), values(INPUTS).of(kind), values(LABELS).of(kind)),
        )
    ],
    *[
        row
        for blank in (1, 2, 3)
        for row in every_reduction(CTC, f"blank {blank}", call(X, ints([[0, 0], [0, 0]]), INPUTS, (2, 1)), blank=blank)
    ],
    *every_reduction(CTC, "a label that is the blank", call(X, PADDED, INPUTS, LABELS), blank=2),
    *every_reduction(CTC, "one sample", call(log_softmax(6, 4), ints([1, 1, 3]), (6,), (3,))),
    *every_reduction(CTC, "one sample, 0-d lengths", call(log_softmax(6, 4), ints([1, 1, 3]), ints(6), ints(3))),
    *every_reduction(CTC, "one sample, padded", call(log_softmax(6, 4), ints([[1, 3, 3]]), (6,), (2,))),
    *every_reduction(CTC, "empty targets", call(X, ints([[], []]), INPUTS, (0, 0))),
    *every_reduction(CTC, "empty targets in a row", call(X, ints([]), INPUTS, (0, 0))),
    *every_reduction(CTC, "one empty target", call(X, ints([1, 2]), INPUTS, (0, 2))),
    *every_reduction(CTC, "impossible", call(X, PADDED, (3, 5), LABELS)),
    *every_reduction(CTC, "impossible, zero_infinity", call(X, PADDED, (3, 5), LABELS), zero_infinity=True),
    *every_reduction(CTC, "no time", call(X, PADDED, (0, 5), LABELS)),
    *every_reduction(CTC, "no time, zero_infinity", call(X, PADDED, (0, 5), LABELS), zero_infinity=True),
    *every_reduction(CTC, "no time, empty target", call(X, ints([3]), (0, 5), (0, 1))),
    *every_reduction(CTC, "one step", call(log_softmax(1, 2, 4), ints([1, 2]), (1, 1), (1, 1))),
    *every_reduction(CTC, "one class", call(normal(3, 2, 1), ints([]), (3, 2), (0, 0))),
    *[
        row
        for name, value in (("0", -INF), ("NaN", NAN), ("∞", INF))
        for z in (False, True)
        for row in every_reduction(
            CTC,
            f"a probability {name}, zero_infinity {z}",
            call(with_special(value), ints([[1, 2], [2, 2]]), (5, 4), (2, 1)),
            zero_infinity=z,
        )
    ],
    *every_reduction(CTC, "not normalised", call(normal(6, 2, 4), PADDED, INPUTS, LABELS)),
    *every_reduction(CTC, "confident", call(log_softmax(6, 2, 4, scale=30.0), PADDED, INPUTS, LABELS)),
    *every_reduction(
        CTC, "labels beyond a length are ignored", call(X, ints([[1, 2, 77], [3, -5, 4]]), INPUTS, (2, 1))
    ),
    *every_reduction(CTC, "negative strides", call(X.flipped(0, 2), PADDED.flipped(1), INPUTS, LABELS)),
    *every_reduction(CTC, "batch first in memory", call(X.transposed(1, 0, 2), PADDED, INPUTS, LABELS)),
    Case(CTC, "float targets", call(X, values([[1, 2, 2], [3, 0, 0]]).constant(), INPUTS, LABELS)),
    Case(CTC, "two-dimensional lengths", call(X, PADDED, ints([[6], [5]]), ints([[3], [1]]))),
    Case(CTC, "lists", call(X, PADDED, [6, 5], [3, 1])),
    Case(CTC, "no log probabilities", call(log_softmax(0, 2, 4), PADDED, (0, 0), LABELS)),
    Case(CTC, "empty batch", call(log_softmax(6, 0, 4), ints([]), (), ())),
    Case(CTC, "no classes", call(normal(6, 2, 0), PADDED, INPUTS, LABELS)),
    Case(CTC, "float lengths", call(X, PADDED, values([6.0, 5.0]).constant(), ints(LABELS))),
    Case(CTC, "float target lengths", call(X, PADDED, ints(INPUTS), values([3.0, 1.0]).constant())),
    Case(CTC, "boolean target lengths", call(X, PADDED, ints(INPUTS), values([True, True]).of("bool"))),
    Case(CTC, "lengths of two kinds", call(X, PADDED, INPUTS, ints(LABELS))),
    Case(CTC, "lengths of the other two kinds", call(X, PADDED, ints(INPUTS), LABELS)),
    Case(CTC, "one number", call(X, PADDED, 6, 3)),
    Case(CTC, "float in a list", call(X, PADDED, [6.0, 5], [3, 1])),
    Case(CTC, "blank out of range", call(X, PADDED, INPUTS, LABELS), init=call(blank=4)),
    Case(CTC, "negative blank", call(X, PADDED, INPUTS, LABELS), init=call(blank=-1)),
    Case(CTC, "float blank", call(X, PADDED, INPUTS, LABELS), init=call(blank=1.0)),
    Case(CTC, "zero_infinity no bool", call(X, PADDED, INPUTS, LABELS), init=call(zero_infinity=1)),
    Case(CTC, "one input length", call(X, PADDED, (6,), LABELS)),
    Case(CTC, "one target length", call(X, PADDED, INPUTS, (3,))),
    Case(CTC, "input length too large", call(X, PADDED, (6, 7), LABELS)),
    Case(CTC, "negative input length", call(X, PADDED, (6, -1), LABELS)),
    Case(CTC, "negative target length", call(X, PADDED, INPUTS, (3, -1))),
    Case(CTC, "negative target length, in a row", call(X, FLAT, INPUTS, (3, -1))),
    Case(CTC, "target length too large", call(X, PADDED, INPUTS, (3, 4))),
    Case(CTC, "too many targets in a row", call(X, FLAT, INPUTS, (2, 1))),
    Case(CTC, "too few targets in a row", call(X, FLAT, INPUTS, (3, 2))),
    Case(CTC, "three-dimensional targets", call(X, ints([[[1, 2]]]), INPUTS, LABELS)),
    Case(CTC, "0-d targets", call(X, ints(1), INPUTS, LABELS)),
    Case(CTC, "targets for another batch", call(X, ints([[1, 2, 3]]), INPUTS, LABELS)),
    Case(CTC, "four dimensions", call(normal(1, 6, 2, 4), PADDED, INPUTS, LABELS)),
    Case(CTC, "one dimension", call(normal(4), PADDED, INPUTS, LABELS)),
    Case(CTC, "float16", call(X.of("float16"), PADDED, INPUTS, LABELS)),
    Case(CTC, "integers", call(X.of("int64"), PADDED, INPUTS, LABELS)),
    Case(CTC, "unknown reduction", call(X, PADDED, INPUTS, LABELS), init=call(reduction="average")),
    Case(F, "defaults", call(X, PADDED, INPUTS, LABELS)),
    Case(F, "log_probs no tensor", call(1, PADDED, INPUTS, LABELS)),
    Case(F, "targets no tensor", call(X, 1, INPUTS, LABELS)),
    Case("ctc_loss", "defaults", call(X, PADDED, INPUTS, LABELS)),
    Case("ctc_loss", "sum", call(X, PADDED, INPUTS, LABELS, 0, 2, True)),
    Case("ctc_loss", "none", call(X, PADDED, INPUTS, LABELS, 0, 0)),
]
