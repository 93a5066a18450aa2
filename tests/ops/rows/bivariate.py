"""Less common functions of two: equal shapes, broadcast, ties and infinities."""

import math

import numpy as np

from refnn.ops import bivariate as ops
from tests.ops.rows._rows import away, compound, normal, row, uniform, whole

NAN, INF = math.nan, math.inf
CORNERS = np.array([-INF, -1.0, -0.0, 0.0, 1.0, INF, NAN, 0.0])
OTHERS = np.array([-1.0, -1.0, 0.0, 1.0, NAN, INF, 1.0, -0.0])

ROWS = [
    *[row(op, away(3, 4), away(4)) for op in (ops.hypot, ops.copysign, ops.logaddexp, ops.logaddexp2, ops.ldexp)],
    *[row(op, away(3), away()) for op in (ops.hypot, ops.copysign, ops.logaddexp, ops.logaddexp2, ops.ldexp)],
    *[row(op, away(0, 3), away(3)) for op in (ops.hypot, ops.copysign, ops.logaddexp, ops.logaddexp2, ops.ldexp)],
    *[
        row(op, CORNERS, OTHERS, kink=True)
        for op in (ops.hypot, ops.copysign, ops.logaddexp, ops.logaddexp2, ops.ldexp, ops.xlogy, ops.nextafter)
    ],
    row(ops.logaddexp, compound(3), compound(3)),
    row(ops.ldexp, normal(3), whole(3, of=5)),
    row(ops.xlogy, away(3, 1), uniform(4)),
    row(ops.xlogy, 2.0, uniform(4)),
    row(ops.nextafter, normal(3), normal(3), kink=True),
    row(ops.heaviside, CORNERS, OTHERS, kink=True),
    *[row(op, whole(3, 1, of=20), whole(4, of=20) - 10) for op in (ops.gcd, ops.lcm)],
    row(ops.frexp, away(3, 4), results=(0,)),
    row(ops.frexp, CORNERS, results=(0,), kink=True),
]
