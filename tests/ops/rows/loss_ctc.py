"""CTC has a first derivative only, as in torch, and that one is no derivative of its scores as they are given.

Its own tests check it against finite differences through log_softmax.
"""

import numpy as np

from refnn.ops import loss_ctc as ops
from tests.ops.rows._rows import normal, row

TARGETS = np.array([[1, 2, 2], [3, 0, 0]])


def log_softmax(*shape):
    x = normal(*shape)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


SCORES = log_softmax(6, 2, 4)
META = {"input_lengths": (6, 4), "target_lengths": (3, 1), "blank": 0, "zero_infinity": False}

ROWS = [
    row(ops.ctc_loss, SCORES, TARGETS, results=(0,), kink=True, half=False, **META),
    row(ops.ctc_loss, SCORES, np.array([1, 2, 2, 3]), results=(0,), kink=True, half=False, **META),
    row(ops.ctc_loss_backward, normal(2), SCORES, TARGETS, *ops.ctc_loss(SCORES, TARGETS, **META), half=False, **META),
]
