"""The error function, the gamma function and their relatives, across the bounds between their polynomials."""

import math

import numpy as np

from refnn.ops import special as ops
from tests.ops.rows._rows import normal, row, uniform

CORNERS = np.array([-math.inf, -7.0, -1.0, -0.0, 0.0, 0.5, 1.0, 6.0, 30.0, math.inf, math.nan])

EVERYWHERE = (ops.erf, ops.erfc, ops.sinc, ops.i0, ops.i1)
POSITIVE = (ops.lgamma, ops.digamma)

ROWS = [
    *[row(op, 2 * normal(4, 5)) for op in EVERYWHERE],
    *[row(op, 9 * uniform(4, 5)) for op in POSITIVE],
    *[row(op, -uniform(4) - 1) for op in POSITIVE],
    *[row(op, np.asarray(uniform())) for op in (*EVERYWHERE, *POSITIVE, ops.erfinv)],
    *[row(op, normal(0), kink=True) for op in (*EVERYWHERE, *POSITIVE, ops.erfinv)],
    *[row(op, CORNERS, kink=True) for op in (*EVERYWHERE, *POSITIVE, ops.erfinv)],
    row(ops.erfinv, uniform(3, 4, low=-0.9)),
    *[row(ops.polygamma, 5 * uniform(2, 3), n=n) for n in range(4)],
    *[row(ops.polygamma, CORNERS, n=n, kink=True) for n in range(3)],
    *[row(ops.logit, uniform(3, 4), eps=e) for e in (None, 0.05)],
    *[row(ops.logit, CORNERS, eps=e, kink=True) for e in (None, 0.2)],
]
