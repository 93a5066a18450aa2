"""Losses over classes: batches, images, one vector; weights, ignored samples, smoothing."""

import numpy as np

from refnn.ops import loss_nll as ops
from tests.ops.rows._rows import normal, row, uniform, whole

REDUCTIONS = ("none", "sum", "mean")
WEIGHTS = (None, uniform(3))
TARGET = np.array([2, 0, 1, 1])
FORMS = (  # shape of x, target, ignored class
    ((4, 3), TARGET, -100),
    ((4, 3), TARGET, 1),
    ((3,), np.array(2), -100),
    ((1, 3, 2, 2), whole(1, 2, 2, of=3), -100),
)


def softmax(shape):
    e = np.exp(normal(*shape))
    return e / e.sum(1 if len(shape) > 1 else 0, keepdims=True)


def gradient(reduction, target):
    return normal(*target.shape) if reduction == "none" else normal()


CASES = [
    (shape, t, w, i, r)
    for k, (shape, t, i) in enumerate(FORMS)
    for w in WEIGHTS
    for r in (REDUCTIONS if k == 1 else REDUCTIONS[k % 3 :: 3])
]
SMOOTHED = [(*case, e) for case in CASES for e in (0.0, 0.2)]

ROWS = [
    *[
        row(ops.nll_loss, normal(*shape), t, w, ignore_index=i, reduction=r, spatial=max(len(shape) - 2, 0))
        for shape, t, w, i, r in CASES
    ],
    *[
        row(
            ops.nll_loss_backward, gradient(r, t), t, w,
            shape=shape, ignore_index=i, reduction=r, spatial=max(len(shape) - 2, 0),
        )
        for shape, t, w, i, r in CASES
    ],
    *[
        row(
            ops.cross_entropy, normal(*shape), t, w, inner=(1,),
            ignore_index=i, label_smoothing=e, reduction=r, spatial=max(len(shape) - 2, 0),
        )
        for shape, t, w, i, r, e in SMOOTHED
    ],
    *[
        row(
            ops.cross_entropy_backward, gradient(r, t), softmax(shape), t, w,
            ignore_index=i, label_smoothing=e, reduction=r,
        )
        for shape, t, w, i, r, e in SMOOTHED
    ],
    *[
        row(
            ops.cross_entropy_slope, normal(*shape), softmax(shape), t, w,
            ignore_index=i, label_smoothing=e, reduction=r,
        )
        for shape, t, w, i, r, e in SMOOTHED
    ],
    *[
        row(ops.cross_entropy_scale, softmax(shape), t, w, ignore_index=i, label_smoothing=e, reduction=r)
        for shape, t, w, i, r, e in SMOOTHED
    ],
    row(ops.per_sample, normal(), count=3),
]  # fmt: skip
