"""Losses with a margin.

Those over classes have a first derivative only, as in torch; their own tests check it against finite differences.
"""

import numpy as np

from refnn.ops import loss_margin as ops
from tests.ops.rows._rows import normal, row, uniform

REDUCTIONS = ("none", "sum", "mean")
SIGNS = np.array([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])
LABELS = np.array([2, 0, 1, 1])
SEVERAL = np.array([[2, 0, -1], [-1, 1, 0], [0, 1, 2], [1, -1, -1]])


def gradient(reduction, *shape):
    return normal(*shape) if reduction == "none" else normal()


ROWS = [
    *[row(ops.soft_margin_loss, normal(2, 3), SIGNS, wrt=("x",), reduction=r) for r in REDUCTIONS],
    *[row(ops.soft_margin_loss, normal(2, 3), SIGNS[0], wrt=("x",), reduction=r) for r in REDUCTIONS],
    *[
        row(ops.soft_margin_loss_backward, gradient(r, 2, 3), normal(2, 3), SIGNS, wrt=("gy", "x"), reduction=r)
        for r in REDUCTIONS
    ],
    *[
        row(ops.multi_margin_loss, normal(4, 3), LABELS, w, p=p, margin=1.0, reduction=r, kink=True, half=False)
        for r in REDUCTIONS
        for p in (1, 2)
        for w in (None, uniform(3))
    ],
    row(ops.multi_margin_loss, normal(3), np.array(1), None, p=2, margin=0.5, reduction="none", kink=True, half=False),
    *[row(ops.multilabel_margin_loss, normal(4, 3), SEVERAL, reduction=r, kink=True, half=False) for r in REDUCTIONS],
    row(ops.multilabel_margin_loss, normal(3), SEVERAL[0], reduction="none", kink=True, half=False),
    *[
        row(
            ops.multi_margin_loss_backward, gradient(r, 4), normal(4, 3), LABELS, w,
            p=p, margin=1.0, reduction=r, half=False,
        )
        for r in REDUCTIONS
        for p in (1, 2)
        for w in (None, uniform(3))
    ],
    *[
        row(ops.multilabel_margin_loss_backward, gradient(r, 4), normal(4, 3), SEVERAL, reduction=r, half=False)
        for r in REDUCTIONS
    ],
]  # fmt: skip
