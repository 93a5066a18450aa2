"""Functions of one tensor: 0-d, empty, complex, and the kinks."""

import math

import numpy as np

from refnn.ops import elementary as ops
from tests.ops.rows._rows import away, compound, normal, row, uniform, whole

NAN, INF = math.nan, math.inf
CORNERS = np.array([-INF, -1.0, -0.0, 0.0, 1.0, INF, NAN])

PLAIN = (
    ops.exp, ops.exp2, ops.expm1, ops.sin, ops.cos, ops.sinh, ops.cosh, ops.asinh, ops.atan, ops.square, ops.neg,
    ops.deg2rad, ops.rad2deg,
)  # fmt: skip
POSITIVE = (ops.log, ops.log2, ops.log10, ops.log1p, ops.sqrt, ops.rsqrt)
UNIT = (ops.asin, ops.acos, ops.atanh)
STEPS = (ops.sign, ops.floor, ops.ceil, ops.trunc, ops.round)
HOLOMORPHIC = (*PLAIN[:-2], *POSITIVE, *UNIT, ops.tan, ops.acosh, ops.reciprocal)


def single(op, sample):
    return [row(op, np.asarray(sample(*shape))) for shape in ((3, 4), (), (0,))] + [row(op, CORNERS, kink=True)]


ROWS = [
    *[r for op in PLAIN for r in single(op, normal)],
    *[r for op in POSITIVE for r in single(op, uniform)],
    *[r for op in UNIT for r in single(op, uniform)],
    *[row(op, compound(3)) for op in HOLOMORPHIC],
    *single(ops.reciprocal, away),
    *single(ops.tan, uniform),
    *single(ops.acosh, lambda *shape: 1 + uniform(*shape)),
    *[r for op in (ops.abs, ops.frac, *STEPS) for r in single(op, lambda *s: 3 * uniform(*s) - 0.05)],
    row(ops.abs, -uniform(3)),
    row(ops.abs, compound(3)),
    row(ops.sgn, compound(3)),
    row(ops.sgn, CORNERS, kink=True),
    row(ops.round, uniform(3), decimals=1),
    *[row(op, whole(3, of=5) - 2) for op in (ops.abs, *STEPS)],
    row(ops.nan_to_num, np.array([1.0, NAN, INF, -INF]), nan=2.0, posinf=3.0, neginf=-3.0, kink=True),
    row(ops.nan_to_num, normal(3)),
]
