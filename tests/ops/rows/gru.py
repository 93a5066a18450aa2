"""GRU layers of one direction, padded and packed."""

from refnn.ops import gru as ops
from tests.ops.rows._rows import Derived, normal, row
from tests.ops.rows.rnn import FORMS, STATES, WEIGHTS, inputs


def saved(which, meta):
    return Derived(lambda gy, gh, *arrays: ops.gru_layer(*arrays[:6], **meta)[which])


def rows_of(shape, sizes, reverse):
    meta = {"sizes": sizes, "reverse": reverse}
    arrays = inputs(shape, gates=3)
    gradients = (normal(*shape[:-1], 2), normal(2, 2))
    kept = (saved(0, meta), saved(2, meta))
    return [
        row(ops.gru_layer, *arrays, results=(0, 1), **meta),
        row(ops.gru_layer, *arrays[:4], None, None, results=(0, 1), **meta),
        *[
            row(ops.gru_layer_backward, *gradients, *arrays, *kept, wanted=(True,) * 6, wrt=wrt, **meta)
            for wrt in ((STATES, *WEIGHTS) if sizes is None else (("gy", "x"),))
        ],
    ]


ROWS = [r for form in FORMS for r in rows_of(*form)]
