"""Smooth L1 and Huber losses: inside and outside the square, and at its border."""

import numpy as np

from refnn.ops import loss_regression as ops
from tests.ops.rows._rows import distinct, normal, row

REDUCTIONS = ("none", "sum", "mean")
BORDER = np.array([0.5, -0.5, 0.0, 1.5, -1.5]), np.zeros(5)


def gradient(reduction, *shape):
    return normal(*shape) if reduction == "none" else normal()


ROWS = [
    *[row(ops.smooth_l1_loss, distinct(3, 4), np.zeros((3, 4)), reduction=r, beta=0.5) for r in REDUCTIONS],
    *[row(ops.smooth_l1_loss, normal(), normal(), reduction=r, beta=100.0) for r in REDUCTIONS],
    *[row(ops.smooth_l1_loss, *BORDER, reduction=r, beta=0.5, kink=True) for r in REDUCTIONS],
    *[
        row(
            ops.smooth_l1_loss_backward, gradient(r, 3, 4), distinct(3, 4), np.zeros((3, 4)),
            reduction=r, beta=0.5,
        )
        for r in REDUCTIONS
    ],
    *[row(ops.huber_loss, distinct(3, 4), np.zeros((3, 4)), reduction=r, delta=0.5) for r in REDUCTIONS],
    *[row(ops.huber_loss, normal(), normal(), reduction=r, delta=100.0) for r in REDUCTIONS],
    *[row(ops.huber_loss, *BORDER, reduction=r, delta=0.5, kink=True) for r in REDUCTIONS],
    *[
        row(ops.huber_loss_backward, gradient(r, 3, 4), distinct(3, 4), np.zeros((3, 4)), reduction=r, delta=0.5)
        for r in REDUCTIONS
    ],
]  # fmt: skip
