"""Arithmetic and functions element by element: broadcasting, 0-d, empty, complex, and the kinks."""

import math

import numpy as np

from refnn.ops import pointwise as ops
from tests.ops.rows._rows import away, compound, distinct, normal, row, uniform

NAN, INF = math.nan, math.inf
CORNERS = np.array([-INF, -1.0, -0.0, 0.0, 1.0, INF, NAN])
OTHERS = np.array([-1.0, -1.0, 0.0, 1.0, NAN, INF, 1.0])

EXTREMES = (ops.maximum, ops.minimum, ops.fmax, ops.fmin)


def pairs(op):
    """A binary op whose operands may be anything but 0: equal shapes, broadcast, a number on either side."""
    return [
        row(op, away(3, 4), away(3, 4)),
        row(op, away(3, 1), away(4)),
        row(op, away(3), away()),
        row(op, away(0, 3), away(3)),
        row(op, away(3), 2.0),
        row(op, 2.0, away(3)),
        row(op, CORNERS, OTHERS, kink=True),
    ]


ROWS = [
    row(ops.clamp, distinct(3, 4), min=-0.4, max=0.4),
    row(ops.clamp, distinct(3, 4), min=None, max=0.2),
    row(ops.clamp, distinct(3, 4), min=0.2, max=None),
    row(ops.clamp, CORNERS, min=-1.0, max=1.0, kink=True),
    *[r for op in (ops.add, ops.sub, ops.mul, ops.div) for r in pairs(op)],
    *[row(op, compound(2, 3), compound(3)) for op in (ops.add, ops.sub, ops.mul, ops.div)],
    *[row(op, compound(3), normal(3)) for op in (ops.add, ops.mul)],
    row(ops.add, normal(2, 3), normal(3), alpha=-2.5),
    row(ops.sub, normal(2, 3), normal(3), alpha=3),
    *[r for op in (ops.div_floor, ops.div_trunc, ops.remainder, ops.fmod) for r in pairs(op)],
    row(ops.pow, uniform(3, 4), uniform(3, 4)),
    row(ops.pow, uniform(3, 1), away(4)),
    row(ops.pow, compound(3), compound(3)),
    *[row(ops.pow, away(3), y) for y in (-2, -1, 0, 1, 2, 3, 4, 2.0)],
    *[row(ops.pow, uniform(3), y) for y in (0.5, -0.5, 2.5)],
    row(ops.pow, 2.0, away(3)),
    row(ops.pow, CORNERS, OTHERS, kink=True),
    *pairs(ops.atan2),
    *[row(op, distinct(12)[:6], distinct(6) + 0.013) for op in EXTREMES],
    *[row(op, distinct(3, 1) + 0.013, distinct(4)) for op in EXTREMES],
    *[row(op, CORNERS, OTHERS, kink=True) for op in EXTREMES],
    row(ops.lerp, normal(3, 4), normal(4), uniform(3, 1)),
    row(ops.lerp, normal(3), normal(3), 0.25),
    row(ops.lerp, normal(3), normal(3), np.array([-1.0, 0.3, 2.0])),
    *[row(ops.lerp_number, normal(3, 4), normal(4), weight=weight) for weight in (0.25, 0.75, -2)],
    row(ops.addcmul, normal(3, 4), normal(4), normal(3, 1), value=-2.5),
    row(ops.addcdiv, normal(3, 4), normal(4), away(3, 1), value=-2.5),
]
