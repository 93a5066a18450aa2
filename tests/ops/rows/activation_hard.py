"""Rows of refnn/ops/activation_hard.py."""

from refnn.ops import activation_hard as ops
from tests.ops.rows._rows import away, normal, row, uniform

STEEP, FLAT = uniform(3, 4, low=-2.8, high=2.8), uniform(3, 4, low=3.2, high=5)

ROWS = [
    row(ops.threshold, away(3, 4), threshold=0.0, value=-7.0),
    row(ops.threshold_backward, normal(3, 4), away(3, 4), threshold=0.0),
    row(ops.hardtanh, uniform(3, 4, low=-0.9, high=0.9), min_val=-1.0, max_val=1.0),
    row(ops.hardtanh, FLAT, min_val=-1.0, max_val=1.0),
    row(ops.hardtanh_backward, normal(3, 4), away(3, 4), min_val=-0.1, max_val=0.1),
    *(row(ops.hardsigmoid, x) for x in (STEEP, FLAT, -FLAT)),
    *(row(ops.hardsigmoid_backward, normal(3, 4), x) for x in (STEEP, FLAT)),
    *(row(ops.hardswish, x) for x in (STEEP, FLAT, -FLAT)),
    *(row(ops.hardswish_backward, normal(3, 4), x) for x in (STEEP, FLAT, -FLAT)),
    row(ops.hardshrink, away(3, 4), lambd=0.1),
    row(ops.softshrink, away(3, 4), lambd=0.1),
    row(ops.softshrink, uniform(3, 4, low=-0.4, high=0.4), lambd=0.5),
    row(ops.hardshrink_backward, normal(3, 4), away(3, 4), lambd=0.1),
]
