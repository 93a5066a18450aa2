"""Normalisation over cells of each form: the batch, a channel, groups, the last dimensions, uncentred."""

import numpy as np

from refnn.ops import normalization as ops
from refnn.ops.normalization import Form
from tests.ops.rows._rows import Derived, normal, row, uniform

EPS = 1e-5
BATCH = Form(1, 2, None, True, "NativeBatchNormBackward0", constant=True, ordered=True)
CHANNEL = Form(1, 2, None, False, "ViewBackward0", constant=True)
GROUPS = Form(1, 2, 2, False, "NativeGroupNormBackward0", ordered=True)
FORMS = (  # form, shape of x, shape of the weights
    (BATCH, (3, 2), (2,)),
    (BATCH, (2, 2, 3), (2,)),
    (CHANNEL, (2, 2, 3), (2,)),
    (GROUPS, (2, 4, 2), (4,)),
    (Form(1, 3, 1, False, "NativeLayerNormBackward0"), (2, 2, 3), (2, 3)),
    (Form(1, 2, 1, False, "MulBackward0", centred=False), (2, 3), (3,)),
)


def statistic(which, meta):
    """The mean (1) or the variance (2) of the x that stands before it."""
    return Derived(lambda g, x, *rest: ops.normalize(x, None, None, **meta)[which])


def backward_rows(form, shape, channels):
    """All three gradients, and each alone; with given statistics too, where there are such."""
    meta = {"form": form, "eps": EPS}
    found = []
    for fixed in (False, True) if form.batch else (False,):
        statistics = (normal(2), uniform(2)) if fixed else (statistic(1, meta), statistic(2, meta))
        for weight in (uniform(*channels), None):
            for wanted in ((True, True, True), (True, False, False), (False, True, False), (False, False, True)):
                arrays = (normal(*shape), normal(*shape), weight, *statistics)
                wrt = ("g", "x", "weight")
                found.append(row(ops.normalize_backward, *arrays, fixed=fixed, wanted=wanted, wrt=wrt, **meta))
    return found


def rows_of(form, shape, channels):
    x, weight, bias = normal(*shape), uniform(*channels), normal(*channels)
    if not form.centred:
        bias = None
    meta = {"form": form, "eps": EPS}
    found = [
        row(ops.normalize, x, weight, bias, results=(0,), inner=(1, 2), **meta),
        row(ops.normalize, x, None, None, results=(0,), inner=(1, 2), **meta),
        row(ops.normalize, x, weight, None, results=(0,), inner=(1, 2), **meta),
    ]
    if form.batch:
        statistics = (normal(2), uniform(2))
        found += [
            row(ops.normalize_by, x, weight, bias, *statistics, wrt=("x", "weight", "bias"), **meta),
            row(ops.normalize_by, x, None, None, *statistics, wrt=("x",), **meta),
        ]
    return found


def channels_last(*shape):
    return np.moveaxis(normal(shape[0], *shape[2:], shape[1]), -1, 1)


ROWS = [
    *[r for form in FORMS for r in rows_of(*form)],
    *[r for form in FORMS for r in backward_rows(*form)],
    row(
        ops.normalize, channels_last(2, 2, 2, 2), normal(2), normal(2), results=(0,), inner=(1, 2), form=BATCH, eps=EPS
    ),
    row(ops.normalize, channels_last(2, 4, 2, 2), normal(4), None, results=(0,), inner=(1, 2), form=GROUPS, eps=EPS),
    row(ops.normalize, 40 + normal(4, 2), normal(2), None, results=(0,), inner=(1, 2), form=BATCH, eps=EPS, half=False),
]
