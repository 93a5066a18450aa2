"""Losses, each with every reduction, with weights and without."""

import numpy as np

from refnn.ops import loss as ops
from tests.ops.rows._rows import normal, row, uniform

REDUCTIONS = ("none", "sum", "mean")
WEIGHTS = (None, uniform(3))
BOUNDS = np.array([0.0, 0.0, 1.0, 1.0, 0.5]), np.array([0.0, 1.0, 0.0, 1.0, 0.5])


def gradient(reduction, *shape):
    return normal(*shape) if reduction == "none" else normal()


ROWS = [
    *[row(ops.mse_loss, normal(2, 3), normal(2, 3), reduction=r) for r in REDUCTIONS],
    *[row(ops.mse_loss, normal(), normal(), reduction=r) for r in REDUCTIONS],
    *[row(ops.mse_loss_backward, gradient(r, 2, 3), normal(2, 3), normal(2, 3), reduction=r) for r in REDUCTIONS],
    *[row(ops.binary_cross_entropy, uniform(2, 3), uniform(2, 3), w, reduction=r) for r in REDUCTIONS for w in WEIGHTS],
    *[row(ops.binary_cross_entropy, *BOUNDS, None, reduction=r, kink=True) for r in REDUCTIONS],
    *[
        row(ops.binary_cross_entropy_backward, gradient(r, 2, 3), uniform(2, 3), uniform(2, 3), w, reduction=r)
        for r in REDUCTIONS
        for w in WEIGHTS
    ],
    *[
        row(ops.binary_cross_entropy_with_logits, normal(2, 3), uniform(2, 3), w, p, reduction=r)
        for r in REDUCTIONS
        for w in WEIGHTS
        for p in WEIGHTS
    ],
    *[
        row(
            ops.binary_cross_entropy_with_logits_backward,
            gradient(r, 2, 3), normal(2, 3), uniform(2, 3), w, p,
            reduction=r,
        )
        for r in REDUCTIONS
        for w in WEIGHTS
        for p in WEIGHTS
    ],
    row(ops.softplus_of_minus, normal(2, 3)),
    row(ops.softplus_of_minus, np.array([-1000.0, 0.0, 1000.0])),
]  # fmt: skip
