"""Recurrent layers of one direction, padded and packed."""

from refnn.ops import rnn as ops
from tests.ops.rows._rows import Derived, normal, row

SIZES = (2, 1, 1)
FORMS = (((2, 2, 2), None, False), ((4, 2), SIZES, True))  # shape of x, sizes, reverse
# What is checked together of a backward pass: all pairs of all arguments at once would take long.
STATES = ("gy", "gh", "x", "h0")
WEIGHTS = (("gy", "w_ih", "b_ih"), ("gy", "w_hh", "b_hh"))


def inputs(shape, gates=1, hidden=2):
    return [
        normal(*shape),
        normal(2, hidden),
        normal(gates * hidden, 2),
        normal(gates * hidden, hidden),
        normal(gates * hidden),
        normal(gates * hidden),
    ]


def saved(meta):
    return Derived(lambda gy, gh, *arrays: ops.rnn_layer(*arrays, **meta)[0])


def rows_of(shape, sizes, reverse, nonlinearity):
    meta = {"nonlinearity": nonlinearity, "sizes": sizes, "reverse": reverse}
    arrays = inputs(shape)
    gradients = (normal(*shape[:-1], 2), normal(2, 2))
    return [
        row(ops.rnn_layer, *arrays, **meta),
        row(ops.rnn_layer, *arrays[:4], None, None, **meta),
        *[
            row(ops.rnn_layer_backward, *gradients, *arrays, saved(meta), wanted=(True,) * 6, wrt=wrt, **meta)
            for wrt in ((STATES, *WEIGHTS) if nonlinearity == "tanh" else (STATES,))
        ],
    ]


ROWS = [r for form in FORMS for kind in ("tanh", "relu") for r in rows_of(*form, kind)]
