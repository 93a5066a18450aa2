"""LSTM layers of one direction, padded and packed, with and without a projection."""

from refnn.ops import lstm as ops
from tests.ops.rows._rows import Derived, normal, row
from tests.ops.rows.rnn import FORMS, STATES, WEIGHTS

PROJECTED = 1
CHECKED = ((*STATES, "gc", "c0"), *WEIGHTS, ("gy", "w_hr"))


def inputs(shape, projection):
    """x, h0, c0, four weights and biases, W_hr; hidden size 2."""
    out = PROJECTED if projection else 2
    arrays = [normal(*shape), normal(2, out), normal(2, 2), normal(8, 2), normal(8, out), normal(8), normal(8)]
    return [*arrays, normal(PROJECTED, 2) if projection else None]


def saved(which, meta):
    return Derived(lambda gy, gh, gc, *arrays: ops.lstm_layer(*arrays[:8], **meta)[which])


def rows_of(shape, sizes, reverse, projection):
    meta = {"sizes": sizes, "reverse": reverse}
    arrays = inputs(shape, projection)
    out = PROJECTED if projection else 2
    gradients = (normal(*shape[:-1], out), normal(2, out), normal(2, 2))
    kept = (saved(0, meta), saved(3, meta), saved(4, meta))
    wanted = (True,) * 7 + (projection,)
    return [
        row(ops.lstm_layer, *arrays, results=(0, 1, 2), **meta),
        *[
            row(ops.lstm_layer_backward, *gradients, *arrays, *kept, wanted=wanted, wrt=wrt, **meta)
            for wrt in (CHECKED if projection and sizes is None else CHECKED[:1])
        ],
    ]


ROWS = [r for form in FORMS for projection in (False, True) for r in rows_of(*form, projection)]
