"""Comparisons, logic, bits and selection: ties, NaN, infinities."""

import math

import numpy as np

from refnn.ops import comparison as ops
from tests.ops.rows._rows import compound, normal, row, whole

NAN, INF = math.nan, math.inf
CORNERS = np.array([-INF, -1.0, -0.0, 0.0, 1.0, INF, NAN])
OTHERS = np.array([-1.0, -1.0, 0.0, 1.0, NAN, INF, 1.0])
BITS = np.array([True, False, True])

COMPARISONS = (ops.equal, ops.not_equal, ops.less, ops.less_equal, ops.greater, ops.greater_equal)
TESTS = (ops.isnan, ops.isinf, ops.isfinite, ops.isposinf, ops.isneginf, ops.isreal, ops.signbit, ops.logical_not)
LOGIC = (ops.logical_and, ops.logical_or, ops.logical_xor)
BITWISE = (ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor)

ROWS = [
    *[row(op, CORNERS, OTHERS) for op in COMPARISONS],
    *[row(op, whole(3, 4, of=3), whole(4, of=3)) for op in COMPARISONS],
    *[row(op, CORNERS) for op in TESTS],
    *[row(op, whole(3, of=3)) for op in TESTS],
    row(ops.isreal, compound(3)),
    *[row(op, CORNERS, OTHERS) for op in LOGIC],
    *[row(op, whole(3, 4, of=9), whole(4, of=9)) for op in BITWISE],
    *[row(op, whole(5, of=9), whole(5, of=4)) for op in (ops.left_shift, ops.right_shift)],
    row(ops.bitwise_not, whole(5, of=9)),
    row(ops.where, BITS, normal(3), normal(3)),
    row(ops.where, BITS, normal(2, 1), normal(3)),
    row(ops.where, BITS, normal(3), normal()),
]
